/** An agent in a process of its own, as on a device, and a client at its socket. */
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import type { AgentClient } from "../../../runtime/protocol/client.ts";
import { createAgentClient } from "../../../runtime/protocol/client.ts";
import { largestAnswer, streamTransports } from "../../../runtime/protocol/connection.ts";
import { agentSocketPath } from "../../../runtime/protocol/socket.ts";
import { type RunningProgram, startProgram } from "../../testbed/processes.ts";
import { eventually } from "../../testbed/resources.ts";
import { type Compiled, createTestCompiler } from "./device.ts";
import { type Desk, install, makeArtifact, type WorkflowText } from "./workflows.ts";

/** What runs the agent. */
export interface AgentCommand {
  readonly command: string;
  readonly options: readonly string[];
  readonly script: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** The sources, by the Node that runs the tests. */
export const fromSources: AgentCommand = {
  command: process.execPath,
  options: [],
  script: fileURLToPath(new URL("../../../runtime/agent/main.ts", import.meta.url)),
};

export interface AgentProcess extends AsyncDisposable {
  readonly program: RunningProgram;
  readonly client: AgentClient;
  /** As a power cut would. */
  kill(): Promise<void>;
}

/** Starts it and waits until it answers. */
export async function startAgentProcess(
  home: string,
  {
    command = fromSources,
    words = [],
    within = 60_000,
  }: { readonly command?: AgentCommand; readonly words?: readonly string[]; readonly within?: number } = {},
): Promise<AgentProcess> {
  const program = await startProgram(
    command.command,
    [...command.options, command.script, "run", "--home", home, ...words],
    {
      ready: () => answers(home),
      readyWithin: within,
      ...(command.environment ? { environment: command.environment } : {}),
    },
  );
  const socket = connect(agentSocketPath(home));
  const client = createAgentClient(streamTransports(socket, socket, { largestMessage: largestAnswer }));
  const end = async (signal: NodeJS.Signals) => {
    client.close();
    await program.stop(signal);
  };
  return { program, client, kill: () => end("SIGKILL"), [Symbol.asyncDispose]: () => end("SIGTERM") };
}

function answers(home: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(agentSocketPath(home));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

export async function deployTo(
  client: AgentClient,
  desk: Desk,
  workflow: WorkflowText | Compiled,
): Promise<string> {
  const { bytes, version } = "bytes" in workflow ? workflow : await makeArtifact(workflow);
  await install(client, workflow.id, version, desk.sign(bytes));
  await client.request("workflow/activate", { id: workflow.id, version });
  return version;
}

export async function injectInto(client: AgentClient, id: string, payload: unknown = 0): Promise<unknown> {
  const record = await client.request("workflow/inject", { id, node: "work", message: { payload } });
  return Reflect.get(Object(record.nodes[0]?.output?.[0]?.message), "payload");
}

export function becomes(client: AgentClient, id: string, state: string): Promise<unknown> {
  return eventually(
    `${id} is ${state}`,
    async () => {
      const { workflows } = await client.request("workflow/list", {});
      const found = workflows.find((one) => one.id === id);
      if (found?.state !== state) throw new Error(`It is ${found?.state}. ${found?.reason?.message ?? ""}`);
      return true;
    },
    { timeout: 120_000 },
  );
}

/** A workflow that counts what it is given at `work`, as the compiler makes it. Its last node is `answer`. */
export async function compileCounter(): Promise<Compiled> {
  await using compiler = createTestCompiler();
  return compiler.compile(
    "counter",
    `eddy: 1
name: Counter
state: { count: { type: number, initial: 0 } }
nodes:
  in: { type: inject }
  add: { type: state, from: in, set: { count: state.count + 1 } }
  answer: { type: map, from: add, payload: state.count }
  out: { type: log, from: answer }
`,
  );
}

/** What the counter has come to, with this one. */
export async function count(client: AgentClient): Promise<unknown> {
  const { nodes } = await client.request("workflow/inject", {
    id: "counter",
    node: "in",
    message: { payload: 0 },
  });
  const output = nodes.find(({ id }) => id === "answer")?.output?.[0];
  return Reflect.get(Object(output?.message), "payload");
}
