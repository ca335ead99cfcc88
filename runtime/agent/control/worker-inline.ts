import { EddyError } from "../../../language/problem.ts";
import { inlineChannels } from "../link.ts";
import { createShell } from "../worker/shell.ts";
import { dataFor, linkTo, type WorkerHandle, type WorkerOptions } from "./worker-handle.ts";

/** In any other worker, a workflow ends its worker; here it would end the agent and everybody else. */
function refuseToExit(): never {
  throw new EddyError("EDDY_EXIT", "A workflow must not end the agent's process.");
}

/** The agent's own thread: least memory. There is no watchdog, and whoever blocks blocks the agent too. */
export function startInline(options: WorkerOptions): WorkerHandle {
  const [near, far] = inlineChannels();
  const { link, closed } = linkTo(near, options);
  const shell = createShell(far, dataFor(options, undefined));
  const take = (error: unknown) => {
    if (shell.failed(error)) return;
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    options.events.log({ time: Date.now(), level: "error", workflow: "", message });
  };
  const exit = process.exit;
  process.exit = refuseToExit;
  process.on("uncaughtException", take);
  process.on("unhandledRejection", take);
  return {
    kind: "inline",
    link,
    async close() {
      if (process.exit === refuseToExit) process.exit = exit;
      process.off("uncaughtException", take);
      process.off("unhandledRejection", take);
      await shell.close();
      closed();
    },
  };
}
