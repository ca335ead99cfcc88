import { inlineChannels } from "../link.ts";
import { createShell } from "../worker/shell.ts";
import { dataFor, linkTo, type WorkerHandle, type WorkerOptions } from "./worker-handle.ts";

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
  process.on("uncaughtException", take);
  process.on("unhandledRejection", take);
  return {
    kind: "inline",
    link,
    async close() {
      process.off("uncaughtException", take);
      process.off("unhandledRejection", take);
      await shell.close();
      closed();
    },
  };
}
