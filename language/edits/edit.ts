import type { Position } from "../model.ts";

/** Where a wire starts: a node and one of its output ports. */
export interface OutputEnd {
  readonly node: string;
  readonly port: string;
}

/** Where a wire ends: a node and one of its input ports. */
export interface InputEnd {
  readonly node: string;
  readonly input: string;
}

/**
 * What can be done to a workflow without touching its text by hand. `applyEdit(text, edit)` turns each into minimal text edits.
 * Param values are source text as it would be written by a person: the edit chooses a YAML style that keeps every character.
 */
export type Edit =
  | {
      readonly kind: "add-node";
      readonly id: string;
      readonly type: string;
      readonly at?: Position;
      readonly params?: Readonly<Record<string, string>>;
      readonly from?: OutputEnd;
      readonly after?: string;
    }
  /** `heal` wires what fed the node to what it fed. */
  | { readonly kind: "remove-nodes"; readonly ids: readonly string[]; readonly heal: boolean }
  | {
      readonly kind: "insert-on-wire";
      readonly id: string;
      readonly type: string;
      readonly source: OutputEnd;
      readonly target: InputEnd;
      readonly at?: Position;
      readonly port?: string;
    }
  | { readonly kind: "connect"; readonly source: OutputEnd; readonly target: InputEnd }
  | { readonly kind: "disconnect"; readonly source: OutputEnd; readonly target: InputEnd }
  | { readonly kind: "rename-node"; readonly id: string; readonly newId: string }
  /** `path` leads from the node to the value: `["topic"]`, `["cases", "hot"]`, `["rotate", "size"]`; list items by their index. */
  | {
      readonly kind: "set-param";
      readonly id: string;
      readonly path: readonly (string | number)[];
      readonly text: string;
    }
  | { readonly kind: "unset-param"; readonly id: string; readonly path: readonly (string | number)[] }
  | { readonly kind: "move-nodes"; readonly positions: Readonly<Record<string, Position>> }
  | { readonly kind: "duplicate-nodes"; readonly ids: readonly string[]; readonly offset: Position }
  /** `fragment` is workflow text (`nodes:` …), as `copyFragment` makes it. */
  | { readonly kind: "paste"; readonly fragment: string; readonly at: Position }
  | { readonly kind: "group"; readonly id: string; readonly label: string; readonly nodes: readonly string[] }
  | { readonly kind: "ungroup"; readonly id: string }
  | {
      readonly kind: "set-note";
      readonly id: string;
      readonly text: string;
      readonly at: Position;
      readonly size?: { readonly width: number; readonly height: number };
    }
  | { readonly kind: "remove-note"; readonly id: string }
  /** Touches `at:` alone. */
  | { readonly kind: "layout"; readonly positions: Readonly<Record<string, Position>> };
