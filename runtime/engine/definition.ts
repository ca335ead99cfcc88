import type { Json, NodeSettings, OverflowPolicy } from "../../language/model.ts";
import type { Message } from "./contract.ts";

/** What the compiler tells the engine of a workflow, as a literal in the emitted code. */
export interface WorkflowDefinition {
  readonly id: string;
  /** The name of the workflow's file, for errors. */
  readonly file: string;
  readonly timezone: string;
  /** Milliseconds for one execution. */
  readonly timeout?: number;
  readonly queue: { readonly limit: number; readonly overflow: OverflowPolicy };
  readonly nodes: readonly NodeDefinition[];
  /** Every output port, in the order of the counters. */
  readonly ports: readonly { readonly node: number; readonly name: string }[];
  /** For each node, the counters of the ports that feed it. */
  readonly fedBy: readonly (readonly number[])[];
  readonly state: Readonly<Record<string, { readonly initial: Json; readonly scope: "workflow" | "device" }>>;
}

export interface NodeDefinition {
  readonly id: string;
  readonly type: string;
  /** 1-based line of the node in the file. */
  readonly line: number;
  readonly settings?: NodeSettings;
}

/** What the emitted code hands back: how messages get into it from outside. */
export interface WorkflowEntries {
  /** For each node its input; for a trigger, its output. By index. */
  readonly inputs: readonly ((message: Message, input: string) => void)[];
  /** For each node what is wired to its `error` port, where something is. */
  readonly errors: Readonly<Record<number, (message: Message) => void>>;
  /** What is wired to `any.error`. */
  readonly anyError?: (message: Message) => void;
}
