import fc from "fast-check";
import type { Edit } from "../../../language/edits/edit.ts";
import { copyFragment } from "../../../language/index.ts";
import type { SourceValue } from "../../../language/model.ts";
import { parseWorkflow } from "../../../language/parse.ts";

/** Chooses an edit for a document; the same numbers and texts give the same edit for the same document. */
export type Gesture = (text: string) => Edit;

interface Choices {
  readonly picks: readonly number[];
  readonly text: string;
  readonly flag: boolean;
  readonly x: number;
  readonly y: number;
}

export type Kind = Edit["kind"];

export const allKinds: readonly Kind[] = [
  "add-node",
  "remove-nodes",
  "insert-on-wire",
  "connect",
  "disconnect",
  "rename-node",
  "set-param",
  "unset-param",
  "move-nodes",
  "duplicate-nodes",
  "paste",
  "group",
  "ungroup",
  "set-note",
  "remove-note",
  "layout",
];

/** Random edits of the given kinds, most of which can be made. */
export function gestures(kinds: readonly Kind[] = allKinds): fc.Arbitrary<Gesture> {
  return fc
    .record({
      kind: fc.constantFrom(...kinds),
      picks: fc.array(fc.nat(1_000), { minLength: 4, maxLength: 4 }),
      text: texts,
      flag: fc.boolean(),
      x: fc.integer({ min: -1_000, max: 1_000 }),
      y: fc.double({ min: -100, max: 100, noNaN: true }).map((value) => Math.round(value * 100) / 100 || 0),
    })
    .map(({ kind, ...choices }): Gesture => {
      const gesture: Gesture = (text) => choose(kind, choices, text);
      return Object.assign(gesture, { [fc.toStringMethod]: () => JSON.stringify({ kind, ...choices }) });
    });
}

const pieces = [
  "msg.payload",
  " > ",
  "8",
  "a: b",
  " #1",
  "#",
  "\n",
  "  ",
  "\t",
  "'",
  '"',
  "`",
  "{ a }",
  "[1]",
  "!x",
  "&y",
  "*z",
  "- ",
  "|",
  ">",
  "%",
  "@",
  ",",
  "}",
  "]",
  "\\",
  "null",
  "true",
  "é",
  "😀",
  "\u2028",
  "\u0000",
  "\r",
  "${m}",
  "…",
];

/** Texts that a param may be set to: expressions, and whatever else is hard on YAML. */
export const texts: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    "msg.payload > 3",
    "!msg.ok",
    "{ a: msg.b }",
    "a ? b : c",
    "5m",
    "site/+/x",
    "if (a) {\n  return b; # c\n}\n",
    "",
  ),
  fc.array(fc.constantFrom(...pieces), { maxLength: 8 }).map((parts) => parts.join("")),
  fc.string({ unit: "binary", maxLength: 10 }),
);

function choose(kind: Kind, { picks, text: value, flag, x, y }: Choices, text: string): Edit {
  const { workflow } = parseWorkflow(text, "");
  const ids = [...workflow.nodes.keys()];
  const [p = 0, q = 0, r = 0] = picks;
  const id = ids[p % ids.length] ?? "n0";
  const other = ids[q % ids.length] ?? "n0";
  const some = ids.filter((_, index) => ((p >> index) & 1) === 1);
  const chosen = some.length === 0 ? [id] : some;
  const wires = [...workflow.nodes.values()].flatMap((node) =>
    node.from.map((wire) => ({
      source: { node: wire.node, port: wire.port },
      target: { node: node.id, input: wire.input },
    })),
  );
  const wire = wires[q % Math.max(1, wires.length)] ?? {
    source: { node: id, port: "out" },
    target: { node: other, input: "in" },
  };
  const at = { x, y };
  switch (kind) {
    case "add-node":
      return {
        kind,
        id: `new${p % 3}`,
        type: "filter",
        params: { when: value },
        ...(flag ? { at } : {}),
        ...(q % 2 ? { from: { node: id, port: "out" } } : {}),
        ...(r % 3 ? {} : { after: other }),
      };
    case "remove-nodes":
      return { kind, ids: chosen, heal: flag };
    case "insert-on-wire":
      return { kind, id: "mid", type: "filter", ...wire, ...(flag ? { at, port: "rejected" } : {}) };
    case "connect":
      return {
        kind,
        source: { node: id, port: flag ? "out" : "rejected" },
        target: { node: other, input: r % 4 === 0 ? "left" : "in" },
      };
    case "disconnect":
      return { kind, ...wire };
    case "rename-node":
      return { kind, id, newId: flag ? `${id}-renamed` : "Z_9" };
    case "set-param":
      return { kind, id, path: path(workflow.nodes.get(id)?.params, r, flag), text: value };
    case "unset-param":
      return { kind, id, path: path(workflow.nodes.get(id)?.params, r, flag) };
    case "move-nodes":
    case "layout":
      return {
        kind,
        positions: Object.fromEntries(chosen.map((node, index) => [node, { x: x + index, y }])),
      };
    case "duplicate-nodes":
      return { kind, ids: chosen, offset: at };
    case "paste":
      return { kind, fragment: copyFragment(text, chosen), at };
    case "group":
      return { kind, id: flag ? "g0" : "g-new", label: value.trim() === "" ? "x" : value, nodes: chosen };
    case "ungroup":
      return { kind, id: flag ? "g0" : "g1" };
    case "set-note":
      return {
        kind,
        id: flag ? "hint" : "n-new",
        text: value === "" ? "x" : value,
        at,
        ...(r % 2 ? { size: { width: 10, height: 20 } } : {}),
      };
    case "remove-note":
      return { kind, id: flag ? "hint" : "other" };
  }
}

type Params = ReadonlyMap<string, { readonly value: SourceValue }> | undefined;

/** The path to a value that is there, or to one that is not yet. */
function path(params: Params, pick: number, deep: boolean): readonly (string | number)[] {
  const names = [...(params?.keys() ?? []), "payload", "by"];
  const name = names[pick % names.length] ?? "payload";
  const value = params?.get(name)?.value;
  if (!deep || value === undefined || value.kind === "scalar")
    return deep && value === undefined ? ["made", "deep", 0] : [name];
  if (value.kind === "list") return [name, pick % (value.items.length + 1)];
  const keys = [...value.entries.map(({ key }) => key.value), "fresh"];
  return [name, keys[pick % keys.length] ?? "fresh"];
}
