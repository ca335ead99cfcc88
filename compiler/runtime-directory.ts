import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { EddyError } from "../language/problem.ts";

/** The engine and the node types that are linked into workflows. */
export interface Runtime {
  readonly directory: string;
  /** `engine/engine` → the file. */
  file(name: string): string;
  /** The library that runs one workflow without an agent. Throws `EDDY_NO_RUNTIME` where it was left out. */
  standalone(): string;
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
        const file = (name: string) => join(place, `${name}${ending}`);
        return { directory: place, file, standalone: () => standaloneLibrary(place) };
      }
    }
  }
  throw new EddyError(
    "EDDY_NO_RUNTIME",
    `The engine is not where it belongs (${candidates.join(", ")}). Install Eddy again, or run npm run build in a checkout.`,
  );
}

/** In the sources of a checkout, or beside the built engine. An installed extension has none. */
function standaloneLibrary(directory: string): string {
  const candidates = [join(directory, "standalone.ts"), join(directory, "..", "lib", "standalone.js")];
  const found = candidates.find((candidate) => existsSync(candidate));
  if (found !== undefined) return found;
  throw new EddyError(
    "EDDY_NO_RUNTIME",
    `What runs a workflow by itself is not where it belongs (${candidates.join(", ")}). Use the eddy command of a checkout, after npm run build.`,
  );
}

/** Beside the built file that this is part of (dist/cli.mjs), or a folder up (dist/lib/compiler.js; compiler/ in a checkout). */
function places(): readonly string[] {
  const here = dirname(fileURLToPath(import.meta.url));
  return [join(here, "runtime"), join(here, "..", "runtime")];
}
