import { connect } from "node:net";
import { join } from "node:path";
import type { Device, Fleet } from "../fleet/index.ts";
import { EddyError } from "../language/problem.ts";
import type { AgentClient } from "../runtime/protocol/client.ts";
import { agentSocketPath } from "../runtime/protocol/socket.ts";
import type { DeviceOutput } from "./contract.ts";
import { type Output, printable } from "./output.ts";

/** Milliseconds that a device may take to answer before it counts as offline. */
const patience = 15_000;

/** What is known of a device now. It is connected to, except that this computer's agent is not started for a look. */
export async function lookAt(fleet: Fleet, device: Device, signal: AbortSignal): Promise<DeviceOutput> {
  const { id, name, url } = device;
  const known = { id, name, url, workflows: [] };
  if (url === "local" && !(await listens(agentSocketPath(join(fleet.home, "local")))))
    return { ...known, state: "idle" };
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
    return await describe(device, await fleet.connect(id, { signal: limit }), limit);
  } catch (error) {
    signal.throwIfAborted();
    return { ...known, state: "offline", reason: reasonOf(error) };
  }
}

/** A device that answers. */
export async function describe(
  { id, name, url }: Device,
  client: AgentClient,
  signal: AbortSignal,
): Promise<DeviceOutput> {
  const [{ agent, os, arch }, { workflows }] = await Promise.all([
    client.request("agent/info", {}, signal),
    client.request("workflow/list", {}, signal),
  ]);
  return {
    id,
    name,
    url,
    state: "connected",
    agent,
    os,
    arch,
    workflows: workflows.map(({ id: name, version, state, probation, rolledBack }) => ({
      name,
      version,
      state,
      ...(probation === undefined ? {} : { probation }),
      ...(rolledBack === undefined ? {} : { rolledBack }),
    })),
  };
}

function reasonOf(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof EddyError) return { code: error.code, message: error.message };
  if (error instanceof Error && error.name === "TimeoutError")
    return { code: "EDDY_UNREACHABLE", message: `It did not answer within ${patience / 1000} seconds.` };
  throw error;
}

/** Whether a program listens at a socket of this computer. */
function listens(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

const stateStyles = { connected: "green", offline: "red", idle: "dim" } as const;
const workflowStyles = {
  running: "green",
  starting: "yellow",
  installed: "dim",
  stopped: "dim",
  failed: "red",
  quarantined: "red",
} as const;

export function renderState({ state }: DeviceOutput, output: Output): string {
  return output.style(stateStyles[state], `● ${state}`);
}

export function renderWorkflow(
  { name, version, state, probation, rolledBack }: DeviceOutput["workflows"][number],
  output: Output,
): readonly string[] {
  const note =
    probation !== undefined
      ? output.style("yellow", "on probation")
      : rolledBack &&
        `${output.style("yellow", `${rolledBack.version.slice(0, 7)} was taken back:`)} ${printable(rolledBack.message)}`;
  return [
    name,
    output.style("dim", version.slice(0, 7)),
    output.style(workflowStyles[state], state),
    ...(note === undefined ? [] : [note]),
  ];
}
