/** What a thread is doing that does not come to an end by itself: its debugger can stop it anywhere. */
import type { Session } from "node:inspector";

/** Milliseconds. */
const patience = 8_000;

interface Frame {
  readonly location: {
    readonly scriptId: string;
    readonly lineNumber: number;
    readonly columnNumber?: number;
  };
}

interface Said {
  readonly id?: number;
  readonly method?: string;
  readonly params?: {
    readonly scriptId?: string;
    readonly url?: string;
    readonly callFrames?: readonly Frame[];
  };
}

const enable = 1;
const pause = 2;
const resume = 3;

/** A stack trace as an error has it. Undefined where the thread cannot be asked: on Deno, and in a Node without a debugger. */
export async function stackOf(threadId: number): Promise<string | undefined> {
  if (process.versions.deno !== undefined) return undefined;
  let session: Session;
  try {
    const inspector = await import("node:inspector");
    session = new inspector.Session();
    session.connect();
  } catch {
    return undefined;
  }
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), patience);
  });
  try {
    return await Promise.race([ask(session, threadId), tooLong]);
  } finally {
    clearTimeout(timer);
    session.disconnect();
  }
}

function ask(session: Session, threadId: number): Promise<string | undefined> {
  const scripts = new Map<string, string>();
  const done = Promise.withResolvers<string | undefined>();
  let own: string | undefined;
  let stack: string | undefined;
  const send = (id: number, method: string) => {
    if (own === undefined) return;
    const message = JSON.stringify({ id, method });
    session.post("NodeWorker.sendMessageToWorker", { sessionId: own, message });
  };
  session.on("NodeWorker.attachedToWorker", ({ params: { sessionId, workerInfo } }) => {
    // `workerId` counts the workers of the session; the thread's own number stands in the title.
    if (!workerInfo.title.startsWith(`[worker ${threadId}]`)) return;
    own = sessionId;
    send(enable, "Debugger.enable");
    send(pause, "Debugger.pause");
  });
  session.on("NodeWorker.receivedMessageFromWorker", ({ params: { sessionId, message } }) => {
    if (sessionId !== own) return;
    const { id, method, params }: Said = JSON.parse(message);
    if (method === "Debugger.scriptParsed") scripts.set(params?.scriptId ?? "", params?.url ?? "");
    if (method === "Debugger.paused") {
      stack = params?.callFrames?.map((frame) => lineOf(frame, scripts)).join("\n");
      // A thread that stands still cannot be ended.
      send(resume, "Debugger.resume");
    }
    if (id === resume) done.resolve(stack);
  });
  session.post("NodeWorker.enable", { waitForDebuggerOnStart: false }, (error) => {
    // Those that there are have been told by now.
    if (error || own === undefined) done.resolve(undefined);
  });
  return done.promise;
}

/** Lines and columns of the debugger begin at 0, those of an error's stack at 1. */
function lineOf(
  { location: { scriptId, lineNumber, columnNumber = 0 } }: Frame,
  scripts: ReadonlyMap<string, string>,
): string {
  return `    at ${scripts.get(scriptId) ?? ""}:${lineNumber + 1}:${columnNumber + 1}`;
}
