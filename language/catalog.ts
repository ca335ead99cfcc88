import type { Json } from "./model.ts";

/** The shape of a literal param. Durations are written `250ms`, `5s`, `10m`, `1h`, `1d`; sizes `64kB`, `10MB`. */
export type LiteralSchema =
  | { readonly type: "string"; readonly pattern?: string; readonly examples?: readonly string[] }
  | { readonly type: "number" | "integer"; readonly minimum?: number; readonly maximum?: number }
  | { readonly type: "boolean" }
  /** Milliseconds once parsed. */
  | { readonly type: "duration"; readonly minimum?: number }
  /** Bytes once parsed. */
  | { readonly type: "size" }
  | { readonly type: "cron" }
  /** A number, or a percentage such as `5%` (parsed to `{ percent: 5 }`). */
  | { readonly type: "number-or-percent" }
  /** A number of things (parsed to `{ count: 5 }`), or a duration (milliseconds). */
  | { readonly type: "count-or-duration" }
  | { readonly type: "enum"; readonly values: readonly string[] }
  | { readonly type: "list"; readonly items: LiteralSchema };

/** What every param has, of whichever kind. */
interface ParamBase {
  /** One sentence for hover, inspector and docs. */
  readonly doc: string;
  readonly required?: boolean;
  /** Shown among the rarely needed ones in the inspector. */
  readonly advanced?: boolean;
  /** An example as it would be written in the file. */
  readonly example?: string;
  /** What to do instead, as a sentence, where a later version will not have the param any more. */
  readonly deprecated?: string;
  /** The param that takes the place of a deprecated one, with the same value. */
  readonly instead?: string;
}

/** One param of a node or connection type: which of the three kinds it is, or how it is made up of them. */
export type ParamDescriptor = ParamBase &
  (
    | { readonly kind: "literal"; readonly schema: LiteralSchema; readonly default?: Json }
    /** A string with `${…}`; `default` is written as it would be in the file. `secrets: true` lets a Secret in. */
    | { readonly kind: "template"; readonly default?: string; readonly secrets?: boolean }
    /** A TypeScript expression over `msg` and the names in `scope` (such as `result`); `returns` is its TypeScript type. */
    | {
        readonly kind: "expression";
        readonly default?: string;
        readonly returns?: string;
        readonly scope?: readonly string[];
        readonly secrets?: boolean;
      }
    /** A TypeScript function body. */
    | { readonly kind: "code" }
    /** TypeScript type text. */
    | { readonly kind: "type" }
    /** The name of a connection of this type. */
    | { readonly kind: "connection"; readonly of: string }
    /** A map with free names, or with the names of declared `state:`. */
    | { readonly kind: "record"; readonly of: ParamDescriptor; readonly keys?: "state" }
    | { readonly kind: "list"; readonly of: ParamDescriptor }
    | { readonly kind: "object"; readonly properties: Readonly<Record<string, ParamDescriptor>> }
    /** The first alternative that the written value fits. */
    | { readonly kind: "either"; readonly of: readonly ParamDescriptor[] }
  );

/** A port of a node type. */
export interface PortDescriptor {
  /** As wires name it: `rejected` in `warm.rejected`. */
  readonly name: string;
  /** One sentence: which messages pass. */
  readonly doc: string;
}

/** What a node needs from its device; refused or granted at install. */
export type Capability = "network" | "files" | "exec" | "native";

/** What a payload is at a glance. */
export type PayloadKind = "text" | "bytes" | "number" | "boolean" | "list" | "object";

/** Where the palette and the documentation list a node type. */
export type NodeCategory =
  | "trigger"
  | "logic"
  | "transform"
  | "time"
  | "state"
  | "output"
  | "network"
  | "files"
  | "subflow"
  | "own";

/**
 * All that palette, inspector, completion, checks, docs and compiler know of a node type.
 * A static literal: own nodes (`*.node.ts`) are read from the syntax tree and never run.
 */
export interface NodeDescriptor {
  /** As `type:` names it: `filter`, or a path or package for a type that a workflow brings with it. */
  readonly type: string;
  /** For people. */
  readonly title: string;
  readonly category: NodeCategory;
  /** A codicon name. */
  readonly icon: string;
  /** One sentence. */
  readonly summary: string;
  /** Markdown: what it does, when to use it, an example. */
  readonly doc: string;
  /** `named`: `from` is a map whose keys are the input ports (`join`). */
  readonly inputs: "none" | "single" | "named";
  /** The inputs of a `named` type that fixes them, such as a subflow; where absent, `from` names them freely. */
  readonly inputPorts?: readonly PortDescriptor[];
  /** Without the implicit `error`. */
  readonly outputs: readonly PortDescriptor[];
  /** Further ports named by the keys of a record param or the items of a list param; `replace`: instead of `outputs`. */
  readonly outputsFrom?: { readonly param: string; readonly mode: "add" | "replace" };
  /**
   * Conditions that decide by which port a message leaves: one expression (`met` where it holds), or a record of them by
   * the names of their ports. A port that a constant condition never takes is not compiled.
   */
  readonly chooses?: { readonly param: string; readonly met?: string; readonly otherwise: string };
  /**
   * `immediate`: emits before it returns. `asynchronous`: emits later, in the same execution.
   * `holding`: keeps messages and emits in a new execution.
   */
  readonly timing: "immediate" | "asynchronous" | "holding" | "trigger";
  readonly params: Readonly<Record<string, ParamDescriptor>>;
  /** Payloads that it is made for, where those are some only: what is offered behind a wire begins with what suits. */
  readonly suits?: readonly PayloadKind[];
  readonly capabilities?: readonly Capability[];
  /** Node modules that a package needs at run time and that cannot be bundled. */
  readonly native?: readonly string[];
  /** Says what to use instead. */
  readonly deprecated?: string;
}

/** A kind of shared configuration (`connections:`): a broker, an HTTP server. */
export interface ConnectionDescriptor {
  readonly type: string;
  readonly title: string;
  readonly doc: string;
  readonly params: Readonly<Record<string, ParamDescriptor>>;
  /** What holds where a workflow declares no connection of this type; absent where one must be declared. */
  readonly default?: Readonly<Record<string, string | number | boolean>>;
}

/** How the type checker sees a node type. */
export interface NodeSignature {
  /** TypeScript text: a generic function from the incoming message and the params to the messages of each port. */
  readonly text: string;
  /** The file that it comes from, where the type is not built in. */
  readonly file?: string;
  /** The script of the workflow that the type is: the signature may name its types. */
  readonly script?: string;
}

/** The node types and connection types known to a check, a palette or a compile; passed in, never imported by `language/`. */
export interface Catalog {
  readonly nodes: ReadonlyMap<string, NodeDescriptor>;
  readonly connections: ReadonlyMap<string, ConnectionDescriptor>;
  /** By the node type. What nodes without one give to others is not known. */
  readonly signatures?: ReadonlyMap<string, NodeSignature>;
}

/** Keys of every node that no descriptor may use for a param of another meaning. */
export const reservedNodeKeys = [
  "type",
  "from",
  "output",
  "label",
  "notes",
  "disabled",
  "at",
  "placement",
  "timeout",
  "retry",
  "concurrency",
  "ordered",
  "queue",
] as const;
