import * as vscode from "vscode";
import {
  type AddOptions,
  type BrokerSettings,
  type DeployResult,
  type Device,
  type DeviceState,
  type Diagnosis,
  defaultHome,
  type Fleet,
  openFleet,
  thisComputer,
} from "../../fleet/index.ts";
import type { AgentClient } from "../../runtime/protocol/client.ts";
import type { AgentInfo, WorkflowStatus } from "../../runtime/protocol/contract.ts";
import { sshQuestions } from "./questions.ts";

/** A device as the views show it: who it is, how it is, and what it runs. */
export interface DeviceView {
  readonly device: Device;
  readonly state: "away" | "connecting" | "connected" | "failed";
  /** Why it is not reachable. */
  readonly reason?: string;
  readonly info?: AgentInfo;
  readonly workflows: readonly WorkflowStatus[];
  /** Another number for each connection, so that streams know when to begin again. */
  readonly connection: number;
}

export interface DeviceJob {
  readonly progress: (message: string) => void;
  readonly signal: AbortSignal;
}

export interface RolledBack {
  readonly device: Device;
  readonly workflow: WorkflowStatus;
}

interface Connection {
  readonly client: AgentClient;
  readonly number: number;
  workflows: readonly WorkflowStatus[];
}

/** How often figures such as rates come from a connected device, milliseconds. */
const metricsInterval = 2000;

/** The devices of this desk and what is known of each. The fleet is opened when somebody first asks for it. */
export class Devices implements vscode.Disposable {
  readonly #open: () => Fleet;
  readonly #log: vscode.LogOutputChannel;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #connections = new Map<string, Connection>();
  readonly #trust: vscode.Disposable;
  #fleet: Fleet | undefined;
  #devices: readonly Device[] = [thisComputer];
  #numbers = 0;

  readonly onDidChange = this.#changed.event;
  readonly #rolledBack = new vscode.EventEmitter<RolledBack>();
  /** A version did not pass its probation, and the one before runs again. */
  readonly onDidRollBack = this.#rolledBack.event;

  constructor({
    distribution,
    log,
  }: { readonly distribution: vscode.Uri; readonly log: vscode.LogOutputChannel }) {
    this.#log = log;
    this.#open = () => openFleet({ home: home(), agentDirectory: distribution.fsPath });
    this.#trust = vscode.workspace.onDidGrantWorkspaceTrust(() => void this.refresh());
    if (vscode.workspace.isTrusted) void this.refresh();
  }

  get views(): readonly DeviceView[] {
    return this.#devices.map((device) => this.#view(device));
  }

  get local(): DeviceView {
    return this.#view(this.#devices.find(({ url }) => url === thisComputer.url) ?? thisComputer);
  }

  /** Reads the list again, and what every connected device runs. */
  async refresh(): Promise<void> {
    this.#devices = await this.#opened().list();
    this.#changed.fire();
    await Promise.all([...this.#connections].map(([id, connection]) => this.#readWorkflows(id, connection)));
  }

  /** The agent of a device; it is connected to, and on this computer started, where that is needed. */
  async client(id: string): Promise<AgentClient> {
    const client = await this.#opened().connect(id, { questions: sshQuestions });
    await this.#follow(id, client);
    return client;
  }

  /** Also of a device that is not reached: that is what it is for. */
  diagnose(id: string, signal: AbortSignal): Promise<Diagnosis> {
    return this.#opened().diagnose(id, { questions: sshQuestions, signal });
  }

  async connect(id: string): Promise<void> {
    await this.client(id);
  }

  async add(
    url: string,
    {
      name,
      broker,
      confirm,
      progress,
      signal,
    }: DeviceJob & {
      name: string;
      /** As whom to go to the broker, where the address is one of a broker. */
      broker: Omit<BrokerSettings, "url">;
      confirm: (steps: readonly string[]) => Promise<boolean>;
    },
  ): Promise<Device> {
    const plan: NonNullable<AddOptions["confirm"]> = ({ device, steps, warnings }) =>
      confirm([device, ...steps.map(({ text }) => text), ...warnings]);
    const device = await this.#opened().add(url, {
      name,
      broker,
      questions: sshQuestions,
      confirm: plan,
      progress: ({ message }) => progress(message),
      signal,
    });
    await this.refresh();
    await this.connect(device.id);
    return device;
  }

  async setBroker(id: string, broker: BrokerSettings | undefined, signal: AbortSignal): Promise<void> {
    await this.#opened().setBroker(id, broker, { questions: sshQuestions, signal });
    await this.refresh();
    await this.connect(id);
  }

  async deploy(
    id: string,
    artifact: Uint8Array,
    { progress, signal }: DeviceJob,
  ): Promise<DeployResult["outcome"]> {
    await this.client(id);
    const { outcome } = await this.#opened().deploy(id, artifact, {
      questions: sshQuestions,
      progress: ({ message }) => progress(message),
      signal,
    });
    const connection = this.#connections.get(id);
    if (connection) await this.#readWorkflows(id, connection);
    return outcome;
  }

  async forget(id: string): Promise<void> {
    await this.#opened().remove(id, { mode: "forget" });
    this.#connections.delete(id);
    await this.refresh();
  }

  async uninstall(id: string, { progress, signal }: DeviceJob): Promise<void> {
    await this.#opened().remove(id, {
      mode: "uninstall",
      questions: sshQuestions,
      progress: ({ message }) => progress(message),
      signal,
    });
    this.#connections.delete(id);
    await this.refresh();
  }

  stopAgent(id: string): Promise<void> {
    return this.#opened().stopAgent(id);
  }

  dispose(): void {
    this.#trust.dispose();
    this.#changed.dispose();
    this.#rolledBack.dispose();
    void this.#fleet?.dispose();
  }

  #opened(): Fleet {
    if (!this.#fleet) {
      this.#fleet = this.#open();
      this.#fleet.onDidChange((id) => void this.#stateChanged(id));
    }
    return this.#fleet;
  }

  #view(device: Device): DeviceView {
    const state = this.#fleet?.state(device.id) ?? { kind: "idle" };
    const connection = state.kind === "connected" ? this.#connections.get(device.id) : undefined;
    return {
      device,
      ...shown(state),
      workflows: connection?.workflows ?? [],
      connection: connection?.number ?? 0,
    };
  }

  async #stateChanged(id: string): Promise<void> {
    this.#changed.fire();
    // The fleet connects again by itself after a loss; then there is a new client to listen to.
    if (this.#fleet?.state(id).kind !== "connected") return;
    try {
      await this.#follow(id, await this.#fleet.connect(id));
    } catch (error) {
      this.#log.debug(`${id}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Listens to what happens on a device for as long as this connection lasts. */
  async #follow(id: string, client: AgentClient): Promise<void> {
    if (this.#connections.get(id)?.client === client) return;
    const connection: Connection = { client, number: ++this.#numbers, workflows: [] };
    this.#connections.set(id, connection);
    client.on("workflow/changed", ({ status }) => {
      if (status) this.#tellRollBack(id, connection, status);
      void this.#readWorkflows(id, connection);
    });
    await this.#readWorkflows(id, connection);
    await client.subscribe("metrics/subscribe", { interval: metricsInterval }, ({ workflows }) => {
      connection.workflows = workflows;
      this.#changed.fire();
    });
  }

  #tellRollBack(id: string, { workflows }: Connection, workflow: WorkflowStatus): void {
    const known = workflows.find((one) => one.id === workflow.id)?.rolledBack?.version;
    const device = this.#devices.find((one) => one.id === id);
    if (
      device &&
      workflow.rolledBack &&
      workflow.state === "running" &&
      workflow.rolledBack.version !== known
    )
      this.#rolledBack.fire({ device, workflow });
  }

  async #readWorkflows(id: string, connection: Connection): Promise<void> {
    try {
      connection.workflows = (await connection.client.request("workflow/list", {})).workflows;
      this.#changed.fire();
    } catch (error) {
      // The connection's end is told by the fleet.
      this.#log.debug(`${id}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

function shown(state: DeviceState): Pick<DeviceView, "state" | "reason" | "info"> {
  switch (state.kind) {
    case "idle":
      return { state: "away" };
    case "connecting":
      return { state: "connecting" };
    case "connected":
      return { state: "connected", info: state.info };
    case "offline":
      return { state: "failed", reason: state.message };
  }
}

function home(): string {
  return vscode.workspace.getConfiguration("eddy").get<string>("home") || defaultHome(process.env);
}
