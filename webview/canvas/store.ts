import { useSyncExternalStore } from "react";
import type { InputEnd, OutputEnd } from "../../language/edits/edit.ts";
import type { Position } from "../../language/model.ts";
import type { ToCanvas } from "../protocol.ts";

export type Snapshot = Extract<ToCanvas, { type: "snapshot" }>;

/** What the list of node types adds to, once one is chosen. */
export interface QuickAdd {
  /** Where the list opens, in pixels of the page. */
  readonly screen: Position;
  /** Where the node goes. */
  readonly at: Position;
  readonly from?: OutputEnd;
  readonly wire?: { readonly source: OutputEnd; readonly target: InputEnd };
}

/** A wire that is drawn with the keyboard. */
export interface Wiring {
  readonly source: OutputEnd;
  readonly targets: readonly InputEnd[];
  readonly index: number;
}

export interface CanvasState {
  readonly snapshot: Snapshot | undefined;
  /** Where the layout puts nodes without a place of their own. */
  readonly automatic: ReadonlyMap<string, Position>;
  readonly arranging: boolean;
  /** Where nodes are while they are dragged, and until the text says so. */
  readonly moved: ReadonlyMap<string, Position>;
  readonly selection: ReadonlySet<string>;
  readonly selectedWire: string | undefined;
  readonly quickAdd: QuickAdd | undefined;
  readonly wiring: Wiring | undefined;
  readonly find: boolean;
  readonly cheatSheet: boolean;
  /** Undefined until somebody opens or closes it: until then it is open where there is room. */
  readonly paletteOpen: boolean | undefined;
  /** Payloads, as JSON, that previews of a node's fields are made with, by the node. */
  readonly pins: ReadonlyMap<string, string>;
  /** Why the last gesture was refused. */
  readonly refusal: string | undefined;
  /** For screen readers. */
  readonly announcement: string;
  /** The field of the inspector that is to get the focus; `tick` makes each wish a new one. */
  readonly focusField: { readonly name: string; readonly tick: number } | undefined;
}

export const initialState: CanvasState = {
  snapshot: undefined,
  automatic: new Map(),
  arranging: false,
  moved: new Map(),
  selection: new Set(),
  selectedWire: undefined,
  quickAdd: undefined,
  wiring: undefined,
  find: false,
  cheatSheet: false,
  paletteOpen: undefined,
  pins: new Map(),
  refusal: undefined,
  announcement: "",
  focusField: undefined,
};

export interface Store<State> {
  get(): State;
  set(patch: Partial<State>): void;
  subscribe(listener: () => void): () => void;
}

export function createStore<State extends object>(initial: State): Store<State> {
  let state = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => state,
    set: (patch) => {
      state = { ...state, ...patch };
      for (const listener of listeners) listener();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Part of a store; `select` has to give the same object for the same state. */
export function useStore<State, Part>(store: Store<State>, select: (state: State) => Part): Part {
  return useSyncExternalStore(store.subscribe, () => select(store.get()));
}
