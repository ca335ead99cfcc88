/** What is told of a worker's end, and of the message that it was at. */
import { createLocator } from "../../protocol/locate.ts";
import type { Layout } from "../layout.ts";
import type { Problem } from "../messages.ts";
import type { Activity } from "../pulse.ts";
import type { Entry } from "./entries.ts";
import type { KeptMessage } from "./kept.ts";
import { type InstalledProgram, readProgram } from "./programs.ts";
import type { WorkerEnd } from "./worker-handle.ts";

export interface Failure {
  readonly problem: Problem;
  /** The message that was under way, where one was. */
  readonly message: Omit<KeptMessage, "key" | "time" | "times"> | undefined;
}

/** `entry`: the workflow whose code was running, where that is known. */
export function failureOf(layout: Layout, entry: Entry | undefined, end: WorkerEnd): Failure {
  const { problem, running } = end;
  if (!entry?.launched || !running) return { problem, message: undefined };
  const where = placeOf(layout, entry, entry.launched, running);
  const told = where === undefined ? problem : { ...problem, message: `${problem.message} It was ${where}.` };
  const node = entry.nodes[running.message?.trigger ?? -1];
  if (!running.message || node === undefined) return { problem: told, message: undefined };
  const { text } = running.message;
  return {
    problem: told,
    message: { version: entry.launched, node, reason: told, ...(text === undefined ? {} : { text }) },
  };
}

/** The line that it was at, where its stack could be had; else the node that was entered last. */
function placeOf(layout: Layout, entry: Entry, version: string, running: Activity): string | undefined {
  let program: InstalledProgram;
  try {
    program = readProgram(layout, entry.id, version);
  } catch {
    return undefined;
  }
  const stack = stackIn(running.stack);
  const locate = createLocator(program);
  const node = entry.nodes[running.node ?? -1];
  if (stack && program.map !== undefined) return locate("", stack).split("\n")[0];
  return node === undefined ? undefined : `${locate(node, undefined)} or after it`;
}

function stackIn(stack: string | undefined): Error | undefined {
  return stack?.includes("eddy-workflow:") ? Object.assign(new Error(), { stack }) : undefined;
}
