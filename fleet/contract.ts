import type { AgentClient } from "../runtime/protocol/client.ts";
import type { AgentInfo, RequestParams, WorkflowStatus } from "../runtime/protocol/contract.ts";
import type { BrokerSettings } from "../runtime/protocol/mqtt/broker.ts";
import type { MovedData } from "./data.ts";
import type { Device } from "./devices.ts";
import type { Diagnosis } from "./doctor/findings.ts";
import type { InstallPlan, Threads } from "./install/plan.ts";
import type { SshQuestions } from "./ssh/questions.ts";

/** What is known of the connection to a device. */
export type DeviceState =
  /** Nobody has asked for it yet, or it was disconnected on purpose. */
  | { readonly kind: "idle" }
  | { readonly kind: "connecting" }
  | { readonly kind: "connected"; readonly info: AgentInfo }
  /** `retryAt` (milliseconds since 1970): when it is tried again by itself; absent where a person has to act first. */
  | {
      readonly kind: "offline";
      readonly code: string;
      readonly message: string;
      readonly retryAt?: number;
    };

/** A step on the way, for progress. `done` and `total` count bytes where the step moves some. */
export interface Progress {
  readonly step: string;
  /** What is being done, for a person. */
  readonly message: string;
  readonly done?: number;
  readonly total?: number;
}

/** How a device is added, and who is asked and told meanwhile. */
export interface AddOptions {
  /** Default: the device's own host name. */
  readonly name?: string;
  /** The agent's folder on the device; default `~/.eddy`. */
  readonly agentHome?: string;
  /** `own`: the agent gets a Node of its own even where the device has a suitable one. Default: `any`. */
  readonly node?: "any" | "own";
  /** Default: what was asked for when it was added before, else as many as it has memory for. */
  readonly threads?: Threads;
  /** As whom to go to the broker of an `mqtt(s)://` address. */
  readonly broker?: Omit<BrokerSettings, "url">;
  readonly questions?: SshQuestions;
  /** Shown what will be done before anything is; `false` leaves the device as it is (`EDDY_DECLINED`). Default: yes. */
  readonly confirm?: (plan: InstallPlan) => Promise<boolean>;
  readonly progress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

/** How a device is removed, and who is asked and told meanwhile. */
export interface RemoveOptions {
  /**
   * `uninstall` (default): the agent, its workflows and their data go from the device, which has to be reachable.
   * `forget`: the desk forgets it, and the device goes on as it is.
   */
  readonly mode?: "uninstall" | "forget";
  readonly questions?: SshQuestions;
  readonly progress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

/** How a connection is made, where there is none yet. */
export interface ConnectOptions {
  /** Who answers while this connection is made. Without it, what would have to be asked is refused. */
  readonly questions?: SshQuestions;
  readonly signal?: AbortSignal;
}

/** How an artifact is deployed, and who is told meanwhile. */
export interface DeployOptions extends ConnectOptions {
  /** Bound on the device for this workflow before it starts. */
  readonly config?: Pick<RequestParams<"config/set">, "env" | "secrets">;
  /** Waits until the new version has passed its probation; `EDDY_ROLLED_BACK` where it does not. */
  readonly wait?: boolean;
  /** `stopped`: it is the device's version, of which nothing runs until somebody starts it. Default: `running`. */
  readonly state?: "running" | "stopped";
  readonly progress?: (progress: Progress) => void;
}

/** What came of a deployment. */
export interface DeployResult {
  /** `unchanged`: the same version is there in that state already, there was nothing to deploy. */
  readonly outcome: "deployed" | "unchanged";
  readonly status: WorkflowStatus;
}

/** What came of a change of the desk's key. */
export interface KeyRotation {
  /** The new key's id. */
  readonly id: string;
  /** `reason` where a device still has to be told, which is done when it is next connected to. */
  readonly devices: readonly {
    readonly id: string;
    readonly name: string;
    readonly reason?: { readonly code: string; readonly message: string };
  }[];
}

/** Who is asked and told while a spare takes a device's place. */
export interface ReplaceOptions extends ConnectOptions {
  /** Secrets are told by no device, so that they have to be given again. `workflow` absent: for all of them. */
  readonly secret: (name: string, workflow: string | undefined) => Promise<string>;
  readonly progress?: (progress: Progress) => void;
}

/** What became of the data of a workflow (`workflow` absent: of what all on the device share). */
export interface ReplacedData extends MovedData {
  readonly workflow?: string;
  /** Why it did not move: `EDDY_UNREACHABLE` where the old device does not answer. */
  readonly reason?: { readonly code: string; readonly message: string };
}

/** What came of it. */
export interface ReplaceResult {
  /** The spare, under the name of the one that it replaces. */
  readonly device: Device;
  /** That one, under a name that says so. */
  readonly replaced: Device;
  readonly deployed: readonly string[];
  /** Those of `deployed` that stay stopped, as they were on the old device. */
  readonly stopped: readonly string[];
  readonly data: readonly ReplacedData[];
  /** Secrets that were asked for; `workflow` absent: for all of them. */
  readonly secrets: readonly { readonly name: string; readonly workflow?: string }[];
  /** Workflows of the old device that this desk has not deployed there, so that it cannot deploy them again. */
  readonly left: readonly string[];
  /** The old device answers. What has moved is stopped there. */
  readonly isOldReachable: boolean;
}

/** A terminal on a device. */
export interface DeviceShell {
  readonly input: NodeJS.WritableStream;
  readonly output: NodeJS.ReadableStream;
  resize(columns: number, rows: number): void;
  /** The exit code of the shell. */
  readonly ended: Promise<number>;
  close(): void;
}

/**
 * The devices of one desk. Connections are made when first needed, kept and shared: whoever gets an `AgentClient` from
 * `connect` uses it and does not close it. All failures are an `EddyError` or the reason of an aborted signal.
 */
export interface Fleet {
  /** Where the desk's own data is. */
  readonly home: string;
  /** *This computer* first. */
  list(): Promise<readonly Device[]>;
  /** By id or name; unknown: `EDDY_UNKNOWN_DEVICE`. */
  find(nameOrId: string): Promise<Device>;
  state(id: string): DeviceState;
  /** A device was added, renamed or removed, or its state is another one. */
  onDidChange(listener: (id: string) => void): { dispose(): void };
  /**
   * Connects to `local` or `ssh://[user@]host[:port]`, installs the agent where it is missing or older, and remembers the
   * device; or meets an agent that trusts this desk at its broker (`mqtt(s)://host[:port]/device-id`). What an interrupted attempt has brought there already is used; doing it twice changes nothing.
   */
  add(url: string, options?: AddOptions): Promise<Device>;
  rename(id: string, name: string): Promise<Device>;
  remove(id: string, options?: RemoveOptions): Promise<void>;
  /**
   * The agent on a device; starts it where it does not run. When the connection is lost it is made anew by itself, with
   * growing pauses: `onDidChange` tells, and `connect` then gives the new client.
   */
  connect(id: string, options?: ConnectOptions): Promise<AgentClient>;
  /**
   * Has the agent go to a broker, too, and reaches it there from now on, ssh being the second choice; `undefined` takes it
   * back. Rejects where the agent or this desk does not get there, and leaves everything as it was.
   */
  setBroker(id: string, broker: BrokerSettings | undefined, options?: ConnectOptions): Promise<Device>;
  /** Ends the connection; it is not made anew until somebody asks for it. */
  disconnect(id: string): void;
  /** Stops the agent itself, and with it every workflow on the device, until it is connected to again. */
  stopAgent(id: string): Promise<void>;
  /** Signs an artifact, sends it and makes it the running version, or the stopped one. */
  deploy(id: string, artifact: Uint8Array, options?: DeployOptions): Promise<DeployResult>;
  shell(
    id: string,
    terminal: { readonly columns: number; readonly rows: number; readonly type: string },
    options?: ConnectOptions,
  ): Promise<DeviceShell>;
  /** Who this desk is to its devices: the key that signs what is deployed. */
  publisher(): Promise<{ readonly id: string; readonly publicKey: string }>;
  /** The private key as PEM, under a passphrase; plain where that is `undefined`. */
  exportKey(passphrase: string | undefined): Promise<string>;
  /** Makes an exported key this desk's own; `EDDY_KEY_EXISTS` where it has another one, unless `force`. */
  importKey(pem: string, options?: { readonly passphrase?: string; readonly force?: boolean }): Promise<void>;
  /**
   * Makes a new key and has devices trust it in place of the old one. Those that are not reached now are told when they are
   * next connected to; until then the old key is kept for them. Called again meanwhile, tries those once more.
   */
  rotateKey(options?: ConnectOptions): Promise<KeyRotation>;
  /**
   * Deploys to a spare what this desk has deployed to another device, with what was bound there, and gives it that one's name.
   * The old device may be dead. Where it answers, what moves is stopped there and its data comes along.
   * `EDDY_NOTHING_KEPT` where this desk deployed nothing to it.
   */
  replace(old: string, spare: string, options: ReplaceOptions): Promise<ReplaceResult>;
  /** Looks a device over, from the way to it to the workflows on it. Nothing is started or changed. */
  diagnose(id: string, options?: ConnectOptions): Promise<Diagnosis>;
  /** Ends every connection. Agents and workflows go on. */
  dispose(): Promise<void>;
}
