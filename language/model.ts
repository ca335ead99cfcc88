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

/** Plain data, as JSON has it. */
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

/** How a scalar is written: without quotes, in one of the two kinds of them, or as a block (`|` literal, `>` folded). */
export type ScalarStyle = "plain" | "single" | "double" | "literal" | "folded";

/** A value as it is written. Params are read from `text`, never from what YAML makes of it (`1.10` stays `1.10`). */
export type SourceValue = SourceScalar | SourceList | SourceMap;

/** A single value: a text, whatever YAML makes of it. */
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

/** A list, in brackets or with dashes. */
export interface SourceList {
  readonly kind: "list";
  readonly items: readonly SourceValue[];
  /** Up to the end of the last item, or behind the bracket. */
  readonly range: Range;
}

/** A map, in braces or with a key a line. */
export interface SourceMap {
  readonly kind: "map";
  /** In the order of the file; no key twice. */
  readonly entries: readonly SourceEntry[];
  /** Up to the end of the last entry, or behind the brace. */
  readonly range: Range;
}

/** A key and its value. A key without value has an empty plain scalar behind its colon. */
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

/** A place on the canvas, in pixels at zoom 1: x to the right, y down. */
export interface Position {
  readonly x: number;
  readonly y: number;
}

/** What happens to a message that finds a queue full; `spill` puts it on the device's disk. */
export type OverflowPolicy = "block" | "drop-oldest" | "drop-newest" | "spill";
/** Where a node or workflow is to run. */
export type Placement = "edge" | "cloud" | "auto";

/** The bound of a queue, in messages, and what holds beyond it. */
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

/** A step of a workflow. */
export interface WorkflowNode {
  readonly id: string;
  /** Where the id (the key) stands. */
  readonly idRange: Range;
  /** From the first character of the key to the end of the node's last value. */
  readonly range: Range;
  /** The name of the node type; empty, and at the id, where none is written. */
  readonly type: Located<string>;
  /** The wires that lead to it. */
  readonly from: readonly Wire[];
  /** The range of the whole `from` value, where there is one. */
  readonly fromRange?: Range;
  /** What is written beside the reserved keys, by key, unread: what it means depends on the type. */
  readonly params: ReadonlyMap<string, SourceEntry>;
  /** The declared payload type of `out`: TypeScript text. */
  readonly output?: SourceScalar;
  readonly label?: string;
  readonly notes?: string;
  /** Left out of what runs; its errors are hints. */
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

/** A declared secret, bound on the device at activation. Its value is never in a file. */
export interface SecretDeclaration {
  readonly name: Located<string>;
  readonly description?: string;
}

/** A declared value that outlives restarts and new versions. */
export interface StateDeclaration {
  readonly name: Located<string>;
  /** TypeScript text. */
  readonly type: string;
  /** What it is before it is first set. */
  readonly initial: Json;
  /** Its own, or shared by all workflows on the device that declare it. */
  readonly scope: "workflow" | "device";
}

/** Named configuration that nodes share: a broker, a server. */
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

/** A declared param of a workflow that is used as a node. */
export interface WorkflowParam {
  readonly name: Located<string>;
  readonly type: "string" | "number" | "boolean" | "duration";
  /** A duration as it is written (`5m`). Without default the param has to be given. */
  readonly default?: Json;
  readonly description?: string;
}

/** How a workflow runs; defaults are filled in. */
export interface WorkflowSettings {
  /** Milliseconds for one execution. */
  readonly timeout?: number;
  /** An IANA name such as `Europe/Berlin`. */
  readonly timezone?: string;
  readonly isolation: "shared" | "worker" | "process";
  /** Bytes. */
  readonly memory?: number;
  readonly queue: QueueSettings;
  readonly restart: "always" | "on-failure" | "never";
  readonly placement: Placement;
  readonly types: "lenient" | "strict";
}

/** A note on the canvas. */
export interface Note {
  readonly id: string;
  readonly text: string;
  readonly at: Position;
  /** Pixels at zoom 1. */
  readonly size?: { readonly width: number; readonly height: number };
  readonly range: Range;
}

/** A frame around nodes on the canvas. */
export interface Group {
  readonly id: string;
  readonly label: string;
  /** Their ids. */
  readonly nodes: readonly string[];
  readonly color?: string;
  readonly range: Range;
}

/** One entry of `tests:`; plain data, run on virtual time. Times in milliseconds from the start. */
export interface WorkflowTest {
  readonly name: Located<string>;
  readonly mocks: readonly TestMock[];
  readonly given: readonly GivenMessage[];
  readonly expect: readonly ExpectedMessage[];
  readonly range: Range;
}

/** What a node gets from the outside in a test: its first call the first one that names it, its last ones the last. */
export interface TestMock {
  readonly node: string;
  /** What a node that fetches has as `result`; of any other node, the payload that leaves it. */
  readonly result?: Json;
  /** What the node fails with instead. */
  readonly error?: { readonly code: string; readonly message: string };
  /** How long it takes. */
  readonly after: number;
  readonly range: Range;
}

/** A message that a test puts in: out of a trigger, or into any other node. */
export interface GivenMessage {
  readonly at: number;
  readonly node: string;
  readonly message: Json;
  readonly range: Range;
}

/** What has to come of a node. What is left out is not compared. */
export interface ExpectedMessage {
  readonly at?: number;
  readonly node: string;
  /** The output; `out` where it is left out. */
  readonly port?: string;
  readonly payload?: Json;
  readonly message?: Json;
  /** What a node that fetches has asked for, in place of what leaves it. */
  readonly request?: Json;
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
