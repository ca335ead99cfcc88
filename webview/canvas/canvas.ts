import { createContext, useContext } from "react";
import type { Edit, InputEnd, OutputEnd } from "../../language/edits/edit.ts";
import type { Position } from "../../language/model.ts";
import type { FieldAnswer, FieldQuestion } from "../../language/server/field.ts";
import type { Preview, PreviewQuestion, ToCanvas } from "../protocol.ts";
import type { Bridge } from "./bridge.ts";
import type { Arrange } from "./layout.ts";
import { LiveStore } from "./live.ts";
import { cardWidth, newInput } from "./model/cards.ts";
import { cardBox, freePlace, snap } from "./model/geometry.ts";
import { chooseId } from "./model/ids.ts";
import { ownPayload } from "./model/payload.ts";
import { columnStep, fitIn, layeredPositions, needsLayout } from "./model/placement.ts";
import { createPictures, type Picture } from "./picture.ts";
import { type CanvasState, createStore, initialState, type Store, useStore } from "./store.ts";

/** The part of the drawing area that gestures need; the graph gives it once it is there. */
export interface Viewport {
  /** The middle of what is visible, in canvas coordinates. */
  centre(): Position;
  toScreen(position: Position): Position;
  /** Moves and zooms so that these nodes are visible; all of them where none are named. */
  fit(ids?: readonly string[], options?: { readonly instant?: boolean }): void;
  /** Moves, without zooming, where the node is not visible. */
  show(id: string): void;
  /** Goes so near to a place that its nodes can be read. */
  goTo(place: Position): void;
  focus(): void;
}

export interface WireEnds {
  readonly source: OutputEnd;
  readonly target: InputEnd;
}

/** Who waits for an answer, by the number of the request. */
type Waiting<Answer> = Map<number, (answer: Answer | undefined) => void>;

function settle<Answer>(waiting: Waiting<Answer>, request: number, answer: Answer | undefined): void {
  waiting.get(request)?.(answer);
  waiting.delete(request);
}

/** One canvas: what it shows, and every gesture, each of which is one message to the extension. */
export class Canvas {
  readonly store: Store<CanvasState> = createStore(initialState);
  readonly live = new LiveStore();
  readonly bridge: Bridge;
  readonly #arrange: Arrange;
  readonly #pictures = createPictures();
  viewport: Viewport | undefined;
  #request = 0;
  readonly #asked: Waiting<FieldAnswer> = new Map();
  readonly #previewed: Waiting<Preview> = new Map();
  /** The next snapshot's new nodes are what this gesture made: they get selected. */
  #selectNew = false;

  constructor(bridge: Bridge, arrange: Arrange) {
    this.bridge = bridge;
    this.#arrange = arrange;
  }

  get picture(): Picture {
    return this.#pictures(this.store.get()).picture;
  }

  get settled(): Picture {
    return this.#pictures(this.store.get()).settled;
  }

  /** The strings of the interface, in the language of VS Code. */
  readonly t = (english: string, ...values: readonly (string | number)[]): string =>
    (this.store.get().snapshot?.strings[english] ?? english).replace(/\{(\d)\}/g, (whole, index) =>
      String(values[Number(index)] ?? whole),
    );

  receive(
    message: Extract<ToCanvas, { type: "snapshot" | "edit-result" | "values" | "answer" | "preview" }>,
  ): void {
    if (message.type === "values") this.live.put(message.values);
    else if (message.type === "answer") settle(this.#asked, message.request, message.answer);
    else if (message.type === "preview") settle(this.#previewed, message.request, message.preview);
    else if (message.type === "snapshot") this.#show(message);
    else if (!message.ok) {
      this.#selectNew = false;
      this.store.set({ refusal: message.message ?? this.t("That could not be done."), moved: new Map() });
    }
  }

  /** Asks the language server about the text of a field. */
  ask(question: FieldQuestion): Promise<FieldAnswer | undefined> {
    this.#request++;
    const request = this.#request;
    this.bridge.send({ type: "ask", request, question });
    return new Promise((resolve) => this.#asked.set(request, resolve));
  }

  /** What the text of a field gives for a payload. */
  preview(question: PreviewQuestion): Promise<Preview | undefined> {
    this.#request++;
    const request = this.#request;
    this.bridge.send({ type: "preview", request, question });
    return new Promise((resolve) => this.#previewed.set(request, resolve));
  }

  /** Keeps a payload for the previews of a node; none: the last one that came. */
  pin(node: string, payload: string | undefined): void {
    const pins = new Map(this.store.get().pins);
    if (payload === undefined) pins.delete(node);
    else pins.set(node, payload);
    this.store.set({ pins });
  }

  /** Sends an edit, unless nothing may be edited. */
  edit(edit: Edit, announcement: string): boolean {
    const { snapshot } = this.store.get();
    if (!snapshot || this.picture.locked) return false;
    this.#request++;
    this.bridge.send({
      type: "edit",
      request: this.#request,
      documentVersion: snapshot.documentVersion,
      edit,
    });
    this.store.set({ refusal: undefined, announcement });
    return true;
  }

  addNode(type: string, at: Position, from?: OutputEnd): void {
    const id = chooseId(type, new Set(this.picture.cardsById.keys()));
    this.#selectNew = this.edit(
      { kind: "add-node", id, type, at: snap(at), ...(from ? { from } : {}) },
      this.t("{0} was added.", id),
    );
  }

  insertOnWire(type: string, at: Position, wire: WireEnds): void {
    const id = chooseId(type, new Set(this.picture.cardsById.keys()));
    const { source, target } = wire;
    this.#selectNew = this.edit(
      { kind: "insert-on-wire", id, type, source, target, at: snap(at) },
      this.t("{0} was inserted between {1} and {2}.", id, source.node, target.node),
    );
  }

  connect(source: OutputEnd, { node, input }: InputEnd): void {
    const taken = new Set(this.picture.cardsById.get(node)?.inputs.map(({ name }) => name));
    // A new input is called after what comes in by it.
    const target = { node, input: input === newInput ? chooseId(source.node, taken) : input };
    this.edit(
      { kind: "connect", source, target },
      this.t("{0} is connected to {1}.", source.node, target.node),
    );
  }

  disconnect(source: OutputEnd, target: InputEnd): void {
    const done = this.edit(
      { kind: "disconnect", source, target },
      this.t("The wire from {0} to {1} is gone.", source.node, target.node),
    );
    if (done) this.store.set({ selectedWire: undefined });
  }

  /** An end of a wire was moved. The new wire comes first: where it is refused, the old one is still there. */
  reconnect(from: WireEnds, to: WireEnds): void {
    this.connect(to.source, to.target);
    this.disconnect(from.source, from.target);
  }

  rename(id: string, newId: string): void {
    this.#selectNew = this.edit(
      { kind: "rename-node", id, newId },
      this.t("{0} is now called {1}.", id, newId),
    );
  }

  remove(ids: readonly string[], heal: boolean): void {
    if (ids.length > 0)
      this.edit({ kind: "remove-nodes", ids, heal }, this.t("{0} deleted.", ids.join(", ")));
  }

  duplicate(ids: readonly string[]): void {
    if (ids.length === 0) return;
    this.#selectNew = this.edit(
      { kind: "duplicate-nodes", ids, offset: { x: 40, y: 40 } },
      this.t("{0} duplicated.", ids.join(", ")),
    );
  }

  paste(): void {
    const at = this.viewport?.centre();
    if (!at || this.picture.locked) return;
    this.#selectNew = true;
    this.bridge.send({ type: "paste", at: snap(at) });
  }

  group(nodes: readonly string[]): void {
    const id = chooseId("group", new Set(this.picture.workflow.groups.map((group) => group.id)));
    this.edit(
      { kind: "group", id, label: this.t("Group"), nodes },
      this.t("{0} nodes grouped.", nodes.length),
    );
  }

  ungroup(id: string): void {
    this.edit({ kind: "ungroup", id }, this.t("The group is gone."));
  }

  addNote(): void {
    const { notes } = this.picture.workflow;
    const id = chooseId("note", new Set(notes.map((note) => note.id)));
    const at = snap(this.freeCentre());
    this.edit({ kind: "set-note", id, text: this.t("Double-click to write"), at }, this.t("Note added."));
  }

  /** Nodes were dragged to new places. */
  move(positions: ReadonlyMap<string, Position>): void {
    const moved = new Map([...positions].map(([id, position]) => [id, snap(position)]));
    const done = this.edit(
      { kind: "move-nodes", positions: Object.fromEntries(moved) },
      this.t("{0} moved.", [...moved.keys()].join(", ")),
    );
    this.store.set({ moved: done ? moved : new Map() });
  }

  select(ids: Iterable<string>): void {
    const selection = new Set(ids);
    const [first] = selection;
    const card = first === undefined ? undefined : this.picture.cardsById.get(first);
    const announcement =
      selection.size > 1
        ? this.t("{0} nodes selected.", selection.size)
        : card
          ? `${card.title}, ${card.subtitle}`
          : "";
    this.store.set({ selection, selectedWire: undefined, announcement });
    this.bridge.send({ type: "selection", nodes: [...selection] });
  }

  /** Opens the list of node types where `at` is, or beside the selected node, or in the middle. */
  openQuickAdd(options: { at?: Position; from?: OutputEnd } = {}): void {
    if (this.picture.locked || !this.viewport) return;
    const [id] = this.store.get().selection;
    const card = id === undefined ? undefined : this.picture.cardsById.get(id);
    const output = options.at ? undefined : card?.outputs.find(({ name }) => name !== "error");
    const from = options.from ?? (card && output ? { node: card.id, port: output.name } : undefined);
    const place = from && !options.at ? this.picture.positions.get(from.node) : undefined;
    const at = options.at ?? (place ? { x: place.x + columnStep, y: place.y } : this.viewport.centre());
    const screen = this.viewport.toScreen(at);
    this.store.set({ quickAdd: { screen, at, ...(from ? { from } : {}) } });
  }

  /** Fires a trigger with its own payload; where that is an expression, asks for one in the inspector. */
  injectOwn(id: string): void {
    const node = this.picture.workflow.nodes.find((one) => one.id === id);
    const payload = node && ownPayload(node);
    if (payload !== undefined) {
      this.bridge.send({ type: "inject", node: id, payload });
      this.store.set({ announcement: this.t("A message was injected at {0}.", id) });
      return;
    }
    this.select([id]);
    this.focusField("inject-payload");
  }

  /** The middle of what is visible, or the next free place below it. */
  freeCentre(): Position {
    return this.freePlaceNear(this.viewport?.centre() ?? { x: 0, y: 0 });
  }

  freePlaceNear(at: Position): Position {
    const { cards, positions } = this.picture;
    const boxes = cards.map((card) => cardBox(card, positions.get(card.id) ?? { x: 0, y: 0 }));
    return freePlace({ ...at, width: cardWidth, height: 60 }, boxes);
  }

  /** Puts the cursor into a field of the inspector. */
  focusField(name: string): void {
    this.store.set({ focusField: { name, tick: (this.store.get().focusField?.tick ?? 0) + 1 } });
  }

  /** Arranges the selection, or everything, as one edit. */
  async arrange(): Promise<void> {
    const { picture } = this;
    const { selection } = this.store.get();
    const all = selection.size < 2;
    const cards = picture.cards.filter(({ id }) => all || selection.has(id));
    if (cards.length === 0 || picture.locked) return;
    const arranged = await this.#arranged(cards, picture);
    const corner = all ? { x: 0, y: 0 } : cornerOf(cards.map(({ id }) => picture.positions.get(id)));
    const start = all ? { x: 0, y: 0 } : cornerOf([...arranged.values()]);
    const positions = new Map(
      [...arranged].map(([id, { x, y }]) => [
        id,
        snap({ x: x + corner.x - start.x, y: y + corner.y - start.y }),
      ]),
    );
    const done = this.edit(
      { kind: "layout", positions: Object.fromEntries(positions) },
      this.t("{0} nodes arranged.", positions.size),
    );
    if (done) this.store.set({ moved: positions });
  }

  #show(snapshot: Extract<ToCanvas, { type: "snapshot" }>): void {
    const before = this.store.get();
    const known = new Set(before.snapshot?.workflow?.nodes.map(({ id }) => id));
    const ids = snapshot.workflow?.nodes.map(({ id }) => id) ?? [];
    const fresh = ids.filter((id) => !known.has(id));
    const changed = before.snapshot?.documentVersion !== snapshot.documentVersion;
    if (!snapshot.live && before.snapshot?.live) this.live.clear();
    this.store.set({
      snapshot,
      // A gesture on what was on screen before has lost its ground.
      ...(changed ? { wiring: undefined, quickAdd: undefined } : {}),
      ...(changed ? { moved: new Map() } : {}),
      ...(changed ? { selection: new Set([...before.selection].filter((id) => ids.includes(id))) } : {}),
    });
    if (snapshot.workflow && needsLayout(snapshot.workflow, before.automatic)) void this.#arrangeForDisplay();
    if (this.#selectNew && fresh.length > 0) {
      this.#selectNew = false;
      this.select(fresh);
    }
  }

  /** Only for the eye: nothing is written before somebody moves a node. */
  async #arrangeForDisplay(): Promise<void> {
    const { picture } = this;
    const first = this.store.get().automatic.size === 0;
    this.store.set({ arranging: first });
    const arranged = await this.#arranged(picture.cards, picture);
    const automatic = fitIn(picture.workflow, picture.cardsById, arranged, this.store.get().automatic);
    this.store.set({ automatic, arranging: false });
  }

  async #arranged(cards: Picture["cards"], { wires }: Picture): Promise<ReadonlyMap<string, Position>> {
    try {
      return await this.#arrange(cards, wires);
    } catch (error) {
      this.bridge.send({ type: "failure", message: error instanceof Error ? error.message : String(error) });
      return layeredPositions(
        cards.map(({ id }) => id),
        wires,
      );
    }
  }
}

function cornerOf(positions: readonly (Position | undefined)[]): Position {
  const known = positions.filter((position) => position !== undefined);
  return { x: Math.min(...known.map(({ x }) => x)), y: Math.min(...known.map(({ y }) => y)) };
}

export const CanvasContext = createContext<Canvas | undefined>(undefined);

export function useCanvas(): Canvas {
  const canvas = useContext(CanvasContext);
  if (!canvas) throw new Error("There is no canvas around this component.");
  return canvas;
}

export function useCanvasState<Part>(select: (state: CanvasState) => Part): Part {
  return useStore(useCanvas().store, select);
}

/** The picture without what is being dragged: for everything that shows no positions. */
export function useSettled(): Picture {
  const canvas = useCanvas();
  return useStore(canvas.store, () => canvas.settled);
}

/** The picture as it is drawn, positions of dragged nodes included. */
export function usePicture(): Picture {
  const canvas = useCanvas();
  return useStore(canvas.store, () => canvas.picture);
}
