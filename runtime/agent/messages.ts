/** What the control thread and the workers say to each other. */
import type { ExecutionRecord, InjectedMessage, LogRecord, WorkflowCounters } from "../engine/contract.ts";
import type { Artifact, Manifest } from "../protocol/artifact.ts";
import type { LiveValue } from "../protocol/contract.ts";
import type { Binding } from "./configuration.ts";
import type { CommitResult, OutboxEntry, StoreOperation, StoreSnapshot } from "./host/storage.ts";

export interface Problem {
  readonly code: string;
  readonly message: string;
}

export interface Program {
  readonly id: string;
  readonly version: string;
  /** The body of `(host) => CompiledWorkflow`. */
  readonly code: string;
  /** Stands in shared memory while the workflow runs: see pulse.ts. */
  readonly slot: number;
  /** Where in the author's files its nodes and lines are. */
  readonly places: Pick<Artifact, "map"> & { readonly manifest: Pick<Manifest, "file" | "nodes"> };
}

export interface Start extends Program {
  readonly binding: Binding;
  /** Of no use where the workflow runs there already: its values are in the worker's memory. */
  readonly snapshot: StoreSnapshot;
  /** Milliseconds that the version before it has to end what is under way. */
  readonly deadline: number;
  /** Messages that this version has ended a worker over: see kept.ts. */
  readonly kept: readonly string[];
}

/** What somebody wants to see of a workflow. */
export interface Watch {
  /** Of these nodes, or of all. */
  readonly values: readonly string[] | "all" | "none";
  readonly executions: boolean;
}

/** Requests and events that a worker takes. */
export interface WorkerSide {
  readonly requests: {
    /** Evaluates a version without opening anything; with a binding, its nodes are made too. */
    readonly load: {
      readonly params: Program & { readonly binding: Binding | undefined };
      readonly result: undefined;
    };
    /** Starts a version, in place of the one that runs there. When it cannot start, that one goes on. */
    readonly start: { readonly params: Start; readonly result: undefined };
    readonly stop: {
      readonly params: { readonly id: string; readonly deadline: number };
      readonly result: undefined;
    };
    readonly inject: {
      readonly params: { readonly id: string; readonly node: string; readonly message: InjectedMessage };
      readonly result: ExecutionRecord;
    };
    /** Bytes of heap in use. */
    readonly heap: { readonly params: undefined; readonly result: number };
    readonly counters: {
      readonly params: undefined;
      readonly result: readonly (WorkflowCounters & { readonly id: string; readonly rate: number })[];
    };
  };
  readonly events: {
    readonly watch: Watch & { readonly id: string };
    /** Another worker has changed values that are shared on the device; `undefined` deletes. */
    readonly device: readonly (readonly [key: string, value: string | undefined])[];
  };
}

/** Requests and events that the control thread takes. */
export interface ControlSide {
  readonly requests: {
    readonly commit: {
      readonly params: { readonly id: string; readonly operations: readonly StoreOperation[] };
      readonly result: CommitResult;
    };
    readonly readOutbox: {
      readonly params: {
        readonly id: string;
        readonly connection: string;
        readonly after: number;
        readonly limit: number;
      };
      readonly result: readonly OutboxEntry[];
    };
  };
  readonly events: {
    readonly log: LogRecord;
    readonly values: {
      readonly id: string;
      readonly values: readonly LiveValue[];
      readonly dropped: number;
    };
    readonly executions: {
      readonly id: string;
      readonly records: readonly ExecutionRecord[];
      readonly dropped: number;
    };
    /** The ids of a workflow's nodes, in the order in which its engine numbers them. Told before it starts. */
    readonly nodes: { readonly id: string; readonly nodes: readonly string[] };
    /** A workflow threw where nothing catches, and has been stopped. */
    readonly failed: { readonly id: string; readonly problem: Problem };
    /** Something stands in the way of a connection, or no longer does. */
    readonly connection: {
      readonly id: string;
      readonly connection: string;
      readonly problem: Problem | undefined;
    };
    readonly beat: undefined;
  };
}

/** Marks a thread of the agent as one of its workers. */
export interface WorkerMark {
  readonly kind: "eddy-worker";
}

/** What a worker is told first. */
export interface WorkerData extends WorkerMark {
  /** Unique to the device: begins the client ids that brokers see. */
  readonly clientPrefix: string;
  /** Where memory can be shared: see pulse.ts. */
  readonly pulse: SharedArrayBuffer | undefined;
  /** The file descriptor of a sheet that stands for it in a process of its own: see sheet.ts. */
  readonly sheet?: number | undefined;
  /** Values shared on the device, as JSON by key. */
  readonly device: readonly (readonly [key: string, value: string])[];
}
