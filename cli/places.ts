import type { Fleet } from "../fleet/index.ts";
import { EddyError } from "../language/problem.ts";
import type { AgentClient } from "../runtime/protocol/client.ts";
import type { CommonOptions, Context } from "./context.ts";
import { usageError } from "./errors.ts";
import { sshQuestions } from "./terminal.ts";

/** What every command has that connects to a device. */
export interface ConnectionOptions extends CommonOptions {
  readonly yes?: boolean;
}

export interface Place {
  readonly device: string;
  readonly workflow: string;
  readonly node?: string;
}

/** `DEVICE/WORKFLOW` or `DEVICE/WORKFLOW/NODE`. A device's name may hold slashes, the others never do. */
export function readPlace(text: string, form: "workflow" | "node" | "workflow or node"): Place {
  const parts = text.split("/");
  const wanted = {
    workflow: "DEVICE/WORKFLOW",
    node: "DEVICE/WORKFLOW/NODE",
    "workflow or node": "DEVICE/WORKFLOW[/NODE]",
  }[form];
  const count = form === "workflow" ? 2 : form === "node" ? 3 : Math.min(parts.length, 3);
  if (parts.length < Math.max(2, count) || parts.some((part) => part === ""))
    throw usageError(`"${text}" has to be ${wanted}.`);
  const names = parts.slice(parts.length - (count - 1));
  const device = parts.slice(0, parts.length - (count - 1)).join("/");
  const [workflow = "", node] = names;
  return { device, workflow, ...(node === undefined ? {} : { node }) };
}

/** `DEVICE` or `DEVICE/WORKFLOW`. */
export function readScope(text: string): { readonly device: string; readonly workflow?: string } {
  return text.includes("/") ? readPlace(text, "workflow") : { device: text };
}

export interface Connected {
  readonly fleet: Fleet;
  readonly client: AgentClient;
  readonly device: { readonly id: string; readonly name: string };
}

/** The agent of a device, by the device's name or id. */
export async function connectTo(
  context: Context,
  name: string,
  { yes }: ConnectionOptions,
): Promise<Connected> {
  const { output, signal } = context;
  const fleet = await context.fleet();
  const device = await fleet.find(name);
  output.progress(`Connecting to ${device.name} …`);
  const client = await fleet.connect(device.id, {
    questions: sshQuestions({ output, signal, yes }),
    signal,
  });
  output.clear();
  return { fleet, client, device };
}

/** For a stream whose device went away. */
export function connectionLost(device: string): EddyError {
  return new EddyError("EDDY_CONNECTION_LOST", `The connection to ${device} was lost.`);
}

/** Until the person has had enough, or the connection is over. Subscriptions end with the connection, which ends with the command. */
export function untilInterrupted(
  signal: AbortSignal,
  closed: Promise<void>,
): Promise<"interrupted" | "lost"> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve("interrupted");
    signal.addEventListener("abort", () => resolve("interrupted"), { once: true });
    closed.then(() => resolve("lost"));
  });
}
