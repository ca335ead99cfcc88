/**
 * All messages between the extension and the canvas. Both sides validate what they get.
 * Snapshots, not deltas: a hidden webview gets nothing, and asks for a snapshot when it shows again (`ready`).
 */

import type { ConnectionDescriptor, NodeDescriptor } from "../language/catalog.ts";
import type { Edit } from "../language/edits/edit.ts";
import type { Group, Note, Position, SourceValue, Wire } from "../language/model.ts";
import type { FieldAnswer, FieldQuestion } from "../language/server/field.ts";

export const canvasProtocolVersion = 1;

export interface ProblemView {
  readonly code: string;
  readonly severity: "error" | "warning" | "hint";
  readonly message: string;
  readonly node?: string;
  /** The wires into the node that it is about. */
  readonly wires?: readonly Pick<Wire, "input" | "node" | "port">[];
  /** 0-based. */
  readonly line: number;
}

/** The type of the payload that leaves by an output port. */
export interface PortTypeView {
  /** TypeScript for people to read. */
  readonly payload: string;
  /** Nobody has declared what it is, or it cannot be told. */
  readonly isUnknown: boolean;
  /** No message can ever come by it. */
  readonly isNever: boolean;
}

export interface NodeView {
  readonly id: string;
  readonly type: string;
  readonly from: readonly Pick<Wire, "input" | "node" | "port">[];
  readonly params: Readonly<Record<string, SourceValue>>;
  /** What is written for the reserved keys that change how a node runs: `timeout`, `retry`, `queue` and so on. */
  readonly settings?: Readonly<Record<string, SourceValue>>;
  readonly output?: string;
  readonly label?: string;
  readonly notes?: string;
  readonly disabled: boolean;
  readonly at?: Position;
  /** As `inputPorts` and `outputPorts` of `language/` give them, `error` last. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

export interface WorkflowView {
  readonly id: string;
  readonly name: string;
  readonly nodes: readonly NodeView[];
  readonly groups: readonly Omit<Group, "range">[];
  readonly notes: readonly Omit<Note, "range">[];
  readonly connections: readonly { readonly name: string; readonly type: string }[];
}

export interface CatalogView {
  readonly nodes: readonly NodeDescriptor[];
  readonly connections: readonly ConnectionDescriptor[];
}

/** What the device that the canvas watches says of this workflow. */
export type TargetView =
  | { readonly kind: "none" }
  | {
      readonly kind: "device";
      readonly device: string;
      /** `idle`: nobody has asked for the device yet. */
      readonly state:
        | "idle"
        | "connecting"
        | "unreachable"
        | "not-deployed"
        | "running"
        | "stopped"
        | "failed";
      /** True where the device runs something else than what is on screen. */
      readonly stale: boolean;
      readonly rate: number;
      readonly reason?: string;
    };

export interface WireValue {
  readonly node: string;
  readonly port: string;
  /** JSON text, cut. */
  readonly text: string;
  /** Bytes of the whole value. */
  readonly size: number;
  readonly count: number;
  readonly time: number;
}

/** What does the text of a field give for a payload (JSON)? */
export interface PreviewQuestion {
  readonly language: "expression" | "template";
  readonly text: string;
  readonly payload: string;
}

/** A value as JSON, or what keeps it from being one. */
export type Preview =
  | { readonly kind: "value"; readonly text: string }
  | { readonly kind: "error"; readonly message: string };

export type ToCanvas =
  | {
      readonly type: "snapshot";
      readonly protocol: number;
      readonly documentVersion: number;
      /** The last workflow that could be read; absent in a file that never could. */
      readonly workflow?: WorkflowView;
      /** Where the text cannot be read now: nothing may be edited, the last good workflow is shown dimmed. */
      readonly broken?: { readonly message: string; readonly line: number };
      /** Why nothing may be edited at all (git document, merge conflict). */
      readonly readOnly?: string;
      readonly problems: readonly ProblemView[];
      /** By node, then by output port; empty until types were looked at. */
      readonly types: Readonly<Record<string, Readonly<Record<string, PortTypeView>>>>;
      readonly catalog: CatalogView;
      readonly target: TargetView;
      readonly live: boolean;
      /** Localised strings by English text. */
      readonly strings: Readonly<Record<string, string>>;
    }
  | { readonly type: "values"; readonly values: readonly WireValue[] }
  | {
      readonly type: "edit-result";
      readonly request: number;
      readonly ok: boolean;
      readonly message?: string;
    }
  /** To `ask`, by its number; without an answer where there is nothing to say. */
  | { readonly type: "answer"; readonly request: number; readonly answer?: FieldAnswer }
  /** To `preview`, by its number; without one where it cannot be told. */
  | { readonly type: "preview"; readonly request: number; readonly preview?: Preview }
  | { readonly type: "reveal"; readonly node: string }
  | { readonly type: "command"; readonly command: CanvasCommand };

/** Contributed commands with `when: eddy.canvasFocused` that act inside the canvas; all rebindable. */
export const canvasCommands = [
  "addNode",
  "insertOnWire",
  "startWire",
  "rename",
  "deleteSelection",
  "deleteAndHeal",
  "duplicate",
  "copy",
  "cut",
  "paste",
  "selectAll",
  "nextProblem",
  "fitSelection",
  "fitAll",
  "layout",
  "find",
  "toggleLive",
  "cheatSheet",
] as const;
export type CanvasCommand = (typeof canvasCommands)[number];

export type FromCanvas =
  | { readonly type: "ready"; readonly protocol: number }
  /** One gesture, one edit; refused when the document has moved on from `documentVersion`. */
  | { readonly type: "edit"; readonly request: number; readonly documentVersion: number; readonly edit: Edit }
  /** What the language server knows of the text in a field. */
  | { readonly type: "ask"; readonly request: number; readonly question: FieldQuestion }
  | { readonly type: "preview"; readonly request: number; readonly question: PreviewQuestion }
  | { readonly type: "copy"; readonly nodes: readonly string[] }
  | { readonly type: "paste"; readonly at: Position }
  | { readonly type: "open-text"; readonly node?: string; readonly line?: number; readonly param?: string }
  | { readonly type: "inject"; readonly node: string; readonly payload: string }
  | { readonly type: "set-live"; readonly live: boolean }
  | { readonly type: "focus"; readonly focused: boolean; readonly editing: boolean }
  | { readonly type: "selection"; readonly nodes: readonly string[] }
  | { readonly type: "history"; readonly action: "undo" | "redo" }
  | { readonly type: "run-command"; readonly command: "deploy" | "showProblems" }
  | { readonly type: "failure"; readonly message: string };
