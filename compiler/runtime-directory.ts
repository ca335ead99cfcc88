import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { EddyError } from "../language/problem.ts";

/** The engine and the node types that are linked into workflows. */
export interface Runtime {
  readonly directory: string;
  /** `engine/engine` → the file. */
  file(name: string): string;
}

/**
 * Finds `runtime/`: the sources in a checkout, or `runtime/` among the built files, where each module is JavaScript
 * already. Throws `EDDY_NO_RUNTIME`.
 */
export function openRuntime(directory?: string): Runtime {
  const candidates = directory === undefined ? places() : [directory];
  for (const place of candidates) {
    for (const ending of [".js", ".ts"]) {
      if (existsSync(join(place, `engine/engine${ending}`))) {
        return { directory: place, file: (name) => join(place, `${name}${ending}`) };
      }
    }
  }
  throw new EddyError(
    "EDDY_NO_RUNTIME",
    `The engine is not where it belongs (${candidates.join(", ")}). Install Eddy again, or run npm run build in a checkout.`,
  );
}

/** Beside the built file that this is part of (dist/cli.mjs), or a folder up (dist/lib/compiler.js; compiler/ in a checkout). */
function places(): readonly string[] {
  const here = dirname(fileURLToPath(import.meta.url));
  return [join(here, "runtime"), join(here, "..", "runtime")];
}
