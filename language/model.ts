/** A half-open range of UTF-16 offsets into the text of the workflow file. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A value and where it stands in the file. */
export interface Located<T> {
  readonly value: T;
  readonly range: Range;
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * One stretch of a scalar's text that stands in the file character by character:
 * text[textStart … textStart+length) is source[sourceStart … sourceStart+length).
 * Escapes and folded line breaks lie between runs.
 */
export interface MappingRun {
  readonly textStart: number;
  readonly sourceStart: number;
  readonly length: number;
}

export type ScalarStyle = "plain" | "single" | "double" | "literal" | "folded";

/** A value as it is written. Params are read from `text`, never from what YAML makes of it (`1.10` stays `1.10`). */
export type SourceValue = SourceScalar | SourceList | SourceMap;

export interface SourceScalar {
  readonly kind: "scalar";
  /** The scalar's own text: as in the source when plain, unescaped when quoted, without indentation when block. */
  readonly text: string;
  readonly style: ScalarStyle;
  /** What YAML 1.2 core makes of it. */
  readonly value: null | boolean | number | string;
  /** The whole scalar in the file, quotes and block header included. */
  readonly range: Range;
  readonly runs: readonly MappingRun[];
}

export interface SourceList {
  readonly kind: "list";
  readonly items: readonly SourceValue[];
  readonly range: Range;
}

export interface SourceMap {
  readonly kind: "map";
  readonly entries: readonly SourceEntry[];
  readonly range: Range;
}

export interface SourceEntry {
  readonly key: Located<string>;
  readonly value: SourceValue;
}

/** The wire from an output port of another node into `input` of the node that declares it. */
export interface Wire {
  /** The input port; `in` where the node has just one. */
  readonly input: string;
  /** The id of the node it comes from; `any` stands for every node (only with the port `error`). */
  readonly node: string;
  /** The output port; `out` where none is written. */
  readonly port: string;
  /** The reference as written: `a` or `a.rejected`. */
  readonly range: Range;
}

export interface Position {
  readonly x: number;
  readonly y: number;
}

export type OverflowPolicy = "block" | "drop-oldest" | "drop-newest" | "spill";
export type Placement = "edge" | "cloud" | "auto";

export interface QueueSettings {
  readonly limit: number;
  readonly overflow: OverflowPolicy;
}

/** The reserved keys that every node may have beside its own params. Durations in milliseconds. */
export interface NodeSettings {
  readonly placement?: Placement;
  readonly timeout?: number;
  readonly retry?: { readonly attempts: number; readonly backoff: number };
  readonly concurrency?: number;
  readonly ordered?: boolean;
  readonly queue?: QueueSettings;
}

export interface WorkflowNode {
  readonly id: string;
  /** Where the id (the key) stands. */
  readonly idRange: Range;
  /** From the first character of the key to the end of the node's last value. */
  readonly range: Range;
  readonly type: Located<string>;
  readonly from: readonly Wire[];
  /** The range of the whole `from` value, where there is one. */
  readonly fromRange?: Range;
  readonly params: ReadonlyMap<string, SourceEntry>;
  /** The declared payload type of `out`: TypeScript text. */
  readonly output?: SourceScalar;
  readonly label?: string;
  readonly notes?: string;
  readonly disabled: boolean;
  readonly at?: Position;
  readonly settings: NodeSettings;
}

/** A declared name that is bound on the device at activation. */
export interface EnvDeclaration {
  readonly name: Located<string>;
  readonly type: "string" | "number" | "boolean";
  readonly default?: string | number | boolean;
  readonly description?: string;
}

export interface SecretDeclaration {
  readonly name: Located<string>;
  readonly description?: string;
}

export interface StateDeclaration {
  readonly name: Located<string>;
  /** TypeScript text. */
  readonly type: string;
  readonly initial: Json;
  readonly scope: "workflow" | "device";
}

export interface Connection {
  readonly name: Located<string>;
  readonly type: Located<string>;
  readonly params: ReadonlyMap<string, SourceEntry>;
  readonly range: Range;
}

/** A declared port of a workflow that is used as a node: `inputs:` and `outputs:`, name → TypeScript type of the payload. */
export interface WorkflowPort {
  readonly name: Located<string>;
  readonly type: string;
  /** For an output: the node and port whose messages leave by it. */
  readonly from: readonly Wire[];
}

export interface WorkflowParam {
  readonly name: Located<string>;
  readonly type: "string" | "number" | "boolean" | "duration";
  readonly default?: Json;
  readonly description?: string;
}

export interface WorkflowSettings {
  /** Milliseconds for one execution. */
  readonly timeout?: number;
  readonly timezone?: string;
  readonly isolation: "shared" | "worker" | "process";
  /** Bytes. */
  readonly memory?: number;
  readonly queue: QueueSettings;
  readonly restart: "always" | "on-failure" | "never";
  readonly placement: Placement;
  readonly types: "lenient" | "strict";
}

export interface Note {
  readonly id: string;
  readonly text: string;
  readonly at: Position;
  readonly size?: { readonly width: number; readonly height: number };
  readonly range: Range;
}

export interface Group {
  readonly id: string;
  readonly label: string;
  readonly nodes: readonly string[];
  readonly color?: string;
  readonly range: Range;
}

/** One entry of `tests:`; plain data, run on virtual time. Times in milliseconds from the start. */
export interface WorkflowTest {
  readonly name: Located<string>;
  readonly given: readonly { readonly at: number; readonly node: string; readonly message: Json }[];
  readonly expect: readonly {
    readonly at?: number;
    readonly node: string;
    readonly payload?: Json;
    readonly message?: Json;
  }[];
  readonly range: Range;
}

/**
 * One `*.flow.yaml` as data. Made by `parseWorkflow`, which always returns one, however broken the text is:
 * what could not be read is left out and reported as a problem.
 */
export interface Workflow {
  /** `id:`, else the file name without `.flow.yaml`. */
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly settings: WorkflowSettings;
  readonly script?: SourceScalar;
  readonly env: ReadonlyMap<string, EnvDeclaration>;
  readonly secrets: ReadonlyMap<string, SecretDeclaration>;
  readonly state: ReadonlyMap<string, StateDeclaration>;
  readonly connections: ReadonlyMap<string, Connection>;
  /** A node takes an input's messages by its name, as a node's (`from: reading`), so both share one set of names. */
  readonly inputs: ReadonlyMap<string, WorkflowPort>;
  readonly outputs: ReadonlyMap<string, WorkflowPort>;
  readonly params: ReadonlyMap<string, WorkflowParam>;
  /** In the order of the file. */
  readonly nodes: ReadonlyMap<string, WorkflowNode>;
  readonly tests: readonly WorkflowTest[];
  readonly notes: readonly Note[];
  readonly groups: readonly Group[];
}
