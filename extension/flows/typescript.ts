import type { TypeScriptModule } from "../../language/index.ts";

/** TypeScript, which lies beside the extension. It is large: only workflows with nodes of their own make it load. */
export async function loadTypeScript(): Promise<TypeScriptModule> {
  return (await import("typescript")).default;
}
