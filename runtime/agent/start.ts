/**
 * Where the built agent begins: it runs the program beside it (main.ts), by what V8 made of it at an earlier start where
 * that is kept. From the sources, main.ts is run as it is.
 */
import { join } from "node:path";
import { isMainThread } from "node:worker_threads";
import { runKept } from "./kept-code.ts";

/** Milliseconds after which all that a start takes has been compiled, and V8 has thrown away none of it. */
const keepAfter = 5_000;

const verb = process.argv[2];
// Deno keeps code by itself.
if (process.versions.deno !== undefined) await import("./main.ts");
else {
  // Each uses other functions of the program.
  const part = isMainThread && verb !== "worker" ? "agent" : "worker";
  const { isKept, keep } = runKept(join(import.meta.dirname, "agent-program.mjs"), part);
  // Not of a process of another kind, which would keep little of what these need.
  if (!isKept && (!isMainThread || verb === "run")) setTimeout(keep, keepAfter).unref();
}
