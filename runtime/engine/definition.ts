import type { Json, NodeSettings, QueueSettings } from "../../language/model.ts";
import type { Message } from "./contract.ts";

/** What the compiler tells the engine of a workflow, as a literal in the emitted code. */
export interface WorkflowDefinition {
  readonly id: string;
  /** IANA name; the device's own where left out. */
  readonly timezone?: string;
  /** Milliseconds for one execution. */
  readonly timeout?: number;
  readonly queue: QueueSettings;
  /** Without those that were compiled away. Emitted code names nodes by their place here. */
  readonly nodes: readonly NodeDefinition[];
  /** Every output port, and behind them what is wired to errors. Emitted code names ports by their place here. */
  readonly ports: readonly PortDefinition[];
  /** By name; in a subflow, `alarm/count` is the `count` of the instance `alarm`. */
  readonly state?: Readonly<Record<string, StateDefinition>>;
}

export interface NodeDefinition {
  /** In a subflow, `alarm/check` is the node `check` of the instance `alarm`. */
  readonly id: string;
  readonly settings?: NodeSettings;
  /** Where the inputs have names: those that are wired. */
  readonly inputs?: readonly string[];
}

export interface PortDefinition {
  /** None for the wires of errors, which may be those of many nodes. */
  readonly node?: number;
  /** `out` where left out, as on the wires of a workflow. */
  readonly name?: string;
  /** The nodes that it is wired to. */
  readonly to?: readonly number[];
}

export interface StateDefinition {
  readonly initial: Json;
  readonly scope: "workflow" | "device";
}

type Receive = (message: Message) => void;

/** What the emitted code hands back: how messages get into it from outside. */
export interface WorkflowEntries {
  /** For each node its input; for a trigger, its output. By index. */
  readonly inputs: readonly Receive[];
  /** For each node what is wired to its own `error` port, where something is. */
  readonly errors?: Readonly<Record<number, Receive>>;
  /** What is wired to `any.error`. */
  readonly anyError?: Receive;
  /** The same for nodes of a subflow, where it is something else. */
  readonly anyErrors?: Readonly<Record<number, Receive>>;
}
