// Loaded by mocha before the tests: a run fails when its tests leave a server, socket, timer, worker or child behind.
import { setTimeout as pause } from "node:timers/promises";

/** Open as long as the process lives. */
const ownResources = new Set(["TTYWrap", "PipeWrap", "FileHandle"]);

export const mochaHooks = {
  async afterAll(): Promise<void> {
    // What was closed just now takes a moment to be gone.
    for (let attempt = 0; attempt < 40 && leaks().length > 0; attempt++) await pause(50);
    const left = leaks();
    if (left.length > 0) throw new Error(`The tests left open: ${left.join(", ")}`);
  },
};

function leaks(): readonly string[] {
  const resources = process.getActiveResourcesInfo().filter((name) => !ownResources.has(name));
  // Mocha's own timer for this hook is one of them.
  const timer = resources.indexOf("Timeout");
  return timer < 0 ? resources : resources.toSpliced(timer, 1);
}
