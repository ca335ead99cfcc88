import type { Message } from "esbuild";
import type { Problem, ProblemCode } from "../language/problem.ts";
import type { EmittedModule } from "./emit.ts";
import { offsetOf } from "./syntax.ts";

/** What the bundler found, where the author wrote it: in the workflow's text, or at the node or script that led there. */
export function bundleProblems(
  messages: readonly Message[],
  modules: readonly EmittedModule[],
): readonly Problem[] {
  return messages.map((message) => {
    const place = message.location ?? message.notes[0]?.location;
    const module = modules.find(({ name }) => {
      const file = place?.file.replace(/^eddy:/, "");
      return name === (file === "entry" ? "main" : file);
    });
    const [main] = modules;
    const code: ProblemCode = isCode(message.detail) ? message.detail : "EDDY_SYNTAX";
    if (!place || !module || !main) {
      const where = place ? `${place.file.replace(/^user:/, "")}:${place.line}: ` : "";
      return { code, severity: "error", message: `${where}${message.text}`, range: fallbackRange(main) };
    }
    const text = module.text.toString();
    const start = offsetOf(text, place.line, place.column);
    const end = start + Math.max(1, place.length);
    const origins = module.text.origins();
    const origin = origins(start);
    if (!origin) return { code, severity: "error", message: message.text, range: fallbackRange(main) };
    // A subflow's text is another one than that whose problems these are.
    if (module !== main) {
      const node = module.instance.scope.split("/")[0] ?? "";
      const range = main.instance.workflow.nodes.get(node)?.type.range ?? fallbackRange(main);
      return { code, severity: "error", message: `${origin.file.name}: ${message.text}`, range, node };
    }
    const last = origins(end - 1);
    const range = {
      start: origin.offset,
      end: last && last.offset >= origin.offset ? last.offset + 1 : origin.offset + 1,
    };
    const node = [...main.instance.workflow.nodes.values()].find(
      (one) => one.range.start <= range.start && range.start < one.range.end,
    );
    return {
      code,
      severity: "error",
      message: `${message.text}.`.replace(/\.\.$/, "."),
      range,
      ...(node ? { node: node.id } : {}),
    };
  });
}

function fallbackRange(main: EmittedModule | undefined): { readonly start: number; readonly end: number } {
  return main?.instance.workflow.script?.range ?? { start: 0, end: 0 };
}

/** Our own parts of the bundler say which problem it is. */
function isCode(detail: unknown): detail is ProblemCode {
  return typeof detail === "string" && detail.startsWith("EDDY_");
}
