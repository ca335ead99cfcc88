/** A device for tests: an agent in this process on a folder of its own, and the desk that deploys to it. */
import assert from "node:assert/strict";
import { type Compiler, createCompiler } from "../../../compiler/index.ts";
import { EddyError } from "../../../language/problem.ts";
import { type Agent, type AgentOptions, createAgent } from "../../../runtime/agent/agent.ts";
import { builtinCatalog, inlineTemplate } from "../../../runtime/nodes/catalog.ts";
import type { AgentClient } from "../../../runtime/protocol/client.ts";
import type { AgentLogRecord, WorkflowStatus } from "../../../runtime/protocol/contract.ts";
import { eventually, temporaryFolder } from "../../testbed/resources.ts";
import { createDesk, type Desk, install, makeArtifact, type WorkflowText } from "./workflows.ts";

export interface Device extends AsyncDisposable {
  readonly home: string;
  readonly desk: Desk;
  readonly client: AgentClient;
  /** Installs and activates; gives the version. */
  deploy(workflow: WorkflowText | Compiled): Promise<string>;
  status(id: string): Promise<WorkflowStatus | undefined>;
  becomes(id: string, state: WorkflowStatus["state"]): Promise<WorkflowStatus>;
  /** The payload that a node makes of this one. */
  inject(id: string, payload?: unknown, node?: string): Promise<unknown>;
  logs(id?: string): Promise<readonly AgentLogRecord[]>;
  /** Ends the agent in good order, and starts another one on its folder. */
  restart(): Promise<void>;
}

/** What suites ask of a device, wherever its agent runs. `home` stays where it is when the device goes. */
export type DeviceOptions = Pick<
  Partial<AgentOptions>,
  "home" | "singleThreaded" | "workerMemory" | "blockedAfter" | "drain" | "probation"
>;

export type StartDevice = (options?: DeviceOptions) => Promise<Device>;

/** One whose agent runs in this process. */
export interface DeviceHere extends Device {
  agent(): Agent;
}

export async function startDevice({ home, ...options }: Partial<AgentOptions> = {}): Promise<DeviceHere> {
  await using stack = new AsyncDisposableStack();
  const folder = home ?? stack.use(await temporaryFolder("agent")).path;
  const desk = createDesk();
  await desk.trust(folder);
  const start = () => createAgent({ home: folder, drain: 500, ...options });
  let agent = start();
  let client = agent.connect();
  stack.defer(() => agent.close());
  const owned = stack.move();
  const device = deviceOver({
    home: folder,
    desk,
    client: () => client,
    async restart() {
      await agent.close();
      agent = start();
      client = agent.connect();
      await agent.booted;
    },
    dispose: () => owned.disposeAsync(),
  });
  return Object.assign(device, { agent: () => agent });
}

interface Connected {
  readonly home: string;
  readonly desk: Desk;
  /** Another one after each start. */
  client(): AgentClient;
  restart(): Promise<void>;
  dispose(): Promise<void>;
}

/** What can be done with an agent that runs somewhere. */
export function deviceOver({ home, desk, client, restart, dispose }: Connected): Device {
  const device: Device = {
    home,
    desk,
    get client() {
      return client();
    },
    async deploy(workflow) {
      const { id, bytes, version } =
        "bytes" in workflow ? workflow : { id: workflow.id, ...(await makeArtifact(workflow)) };
      await install(client(), id, version, desk.sign(bytes));
      await client().request("workflow/activate", { id, version });
      return version;
    },
    async status(id) {
      const { workflows } = await client().request("workflow/list", {});
      return workflows.find((one) => one.id === id);
    },
    becomes: (id, state) =>
      eventually(
        `${id} is ${state}`,
        async () => {
          const found = await device.status(id);
          return found?.state === state && found;
        },
        { timeout: 40_000 },
      ),
    async inject(id, payload = 0, node = "work") {
      const record = await client().request("workflow/inject", { id, node, message: { payload } });
      return Reflect.get(Object(record.nodes[0]?.output?.[0]?.message), "payload");
    },
    async logs(id) {
      const about = id === undefined ? {} : { id };
      return (await client().request("logs/tail", { ...about, lines: 1_000, follow: false })).records;
    },
    restart,
    [Symbol.asyncDispose]: dispose,
  };
  return device;
}

export interface Compiled {
  readonly id: string;
  readonly version: string;
  readonly bytes: Uint8Array;
}

export interface TestCompiler extends AsyncDisposable {
  /** Fails with the problems where there are any. */
  compile(id: string, yaml: string): Promise<Compiled>;
}

/** The compiler with the node types that everybody has. */
export function createTestCompiler(): TestCompiler {
  const compiler: Compiler = createCompiler({ catalog: builtinCatalog, template: inlineTemplate });
  return {
    async compile(id, yaml) {
      const { artifact, problems } = await compiler.compile({
        file: `/flows/${id}.flow.yaml`,
        text: yaml,
        read: async () => undefined,
        target: "node",
        optimize: "basic",
      });
      assert.ok(artifact, problems.map(({ message }) => message).join("\n"));
      assert.equal(artifact.manifest.id, id);
      return { id, version: artifact.manifest.version, bytes: artifact.bytes };
    },
    [Symbol.asyncDispose]: () => compiler.dispose(),
  };
}

/** For `assert.rejects`: an error that says what is wrong by its code, and in a sentence that fits. */
export function refused(code: string, pattern = /./): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof EddyError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, pattern);
    return true;
  };
}
