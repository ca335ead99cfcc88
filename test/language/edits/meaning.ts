import type { Edit, OutputEnd } from "../../../language/edits/edit.ts";
import type { SourceValue, Workflow } from "../../../language/model.ts";
import { parseWorkflow } from "../../../language/parse.ts";
import { readYaml } from "../../../language/syntax/yaml.ts";

export type Plain = string | readonly Plain[] | { readonly [key: string]: Plain };

export interface NodeMeaning {
  type: string;
  /** `input<-node.port`, sorted. */
  wires: string[];
  params: Record<string, Plain>;
  rest: Record<string, unknown>;
  at: { x: number; y: number } | undefined;
}

/** A workflow without places and ways of writing: what an edit is meant to change. */
export interface Meaning {
  nodes: Record<string, NodeMeaning>;
  groups: Record<string, { label: string; nodes: string[] }>;
  notes: Record<string, { text: string; at: unknown; size?: unknown }>;
  tests: unknown;
  other: unknown;
}

export function meaningOf(text: string): Meaning {
  const { workflow, readable } = parseWorkflow(text, "x.flow.yaml");
  if (!readable) throw new Error(`not readable:\n${text}`);
  return {
    nodes: Object.fromEntries([...workflow.nodes].map(([id, node]) => [id, nodeMeaning(node)])),
    groups: Object.fromEntries(
      workflow.groups.map(({ id, label, nodes }) => [id, { label, nodes: [...nodes] }]),
    ),
    notes: Object.fromEntries(
      workflow.notes.map(({ id, text: note, at, size }) => [
        id,
        { text: note, at, ...(size ? { size } : {}) },
      ]),
    ),
    tests: workflow.tests.map(({ name, mocks, given, expect }) => ({
      name: name.value,
      mocks: mocks.map(withoutRange),
      given: given.map(withoutRange),
      expect: expect.map(withoutRange),
    })),
    other: [
      workflow.name,
      workflow.description,
      workflow.script?.text,
      [...workflow.env.keys()],
      [...workflow.connections.keys()],
    ],
  };
}

type WorkflowNode = Workflow["nodes"] extends ReadonlyMap<string, infer N> ? N : never;

function nodeMeaning(node: WorkflowNode): NodeMeaning {
  return {
    type: node.type.value,
    wires: node.from.map(({ input, node: from, port }) => `${input}<-${from}.${port}`).sort(),
    params: Object.fromEntries([...node.params].map(([name, { value }]) => [name, plain(value)])),
    rest: {
      label: node.label,
      notes: node.notes,
      output: node.output?.text,
      disabled: node.disabled,
      settings: node.settings,
    },
    at: node.at,
  };
}

export function plain(value: SourceValue): Plain {
  switch (value.kind) {
    case "scalar":
      return value.text;
    case "list":
      return value.items.map(plain);
    case "map":
      return Object.fromEntries(value.entries.map(({ key, value: inner }) => [key.value, plain(inner)]));
  }
}

/** What a workflow means after an edit, worked out without its text. Only for edits that are made. */
export function expectedMeaning(before: Meaning, edit: Edit): Meaning {
  const after = structuredClone(before);
  const node = (id: string): NodeMeaning => after.nodes[id] ?? fail(id);
  switch (edit.kind) {
    case "add-node":
      after.nodes[edit.id] = {
        ...emptyNode(edit.type),
        wires: edit.from ? [wire("in", edit.from)] : [],
        params: { ...edit.params },
        at: edit.at,
      };
      break;
    case "remove-nodes":
      removeNodes(after, new Set(edit.ids), edit.heal);
      break;
    case "insert-on-wire": {
      const target = node(edit.target.node);
      after.nodes[edit.id] = { ...emptyNode(edit.type), wires: [wire("in", edit.source)], at: edit.at };
      replaceWire(target, wire(edit.target.input, edit.source), [
        wire(edit.target.input, { node: edit.id, port: edit.port ?? "out" }),
      ]);
      break;
    }
    case "connect":
      node(edit.target.node).wires.push(wire(edit.target.input, edit.source));
      break;
    case "disconnect":
      replaceWire(node(edit.target.node), wire(edit.target.input, edit.source), []);
      break;
    case "rename-node":
      return renamed(after, edit.id, edit.newId);
    case "set-param":
      setParam(node(edit.id), edit.path, edit.text);
      break;
    case "unset-param":
      unsetParam(node(edit.id), edit.path);
      break;
    case "move-nodes":
    case "layout":
      for (const [id, at] of Object.entries(edit.positions)) node(id).at = at;
      break;
    case "duplicate-nodes":
      addCopies(after, before, edit.ids, (at) => at && { x: at.x + edit.offset.x, y: at.y + edit.offset.y });
      break;
    case "paste":
      pasteInto(after, meaningOf(edit.fragment), edit.at);
      break;
    case "group":
      after.groups[edit.id] = { label: edit.label, nodes: [...edit.nodes] };
      break;
    case "ungroup":
      delete after.groups[edit.id];
      break;
    case "set-note": {
      const size = edit.size ?? after.notes[edit.id]?.size;
      after.notes[edit.id] = { text: edit.text, at: edit.at, ...(size ? { size } : {}) };
      break;
    }
    case "remove-note":
      delete after.notes[edit.id];
      break;
  }
  return after;
}

/** Equal meaning whatever the order of wires. */
export function sorted(meaning: Meaning): Meaning {
  const nodes = Object.entries(meaning.nodes).map(([id, node]) => [
    id,
    {
      ...node,
      wires: [...new Set(node.wires)].sort(),
      at: node.at && { x: round(node.at.x), y: round(node.at.y) },
    },
  ]);
  return { ...meaning, nodes: Object.fromEntries(nodes) };
}

function round(value: number): number {
  return Math.round(value * 100) / 100 || 0;
}

function emptyNode(type: string): NodeMeaning {
  return {
    type,
    wires: [],
    params: {},
    rest: { label: undefined, notes: undefined, output: undefined, disabled: false, settings: {} },
    at: undefined,
  };
}

function fail(id: string): never {
  throw new Error(`no node ${id}`);
}

function wire(input: string, { node, port }: OutputEnd): string {
  return `${input}<-${node}.${port}`;
}

function parts(text: string): { input: string; node: string; port: string } {
  const [input = "", reference = ""] = text.split("<-");
  const dot = reference.indexOf(".");
  return { input, node: reference.slice(0, dot), port: reference.slice(dot + 1) };
}

function replaceWire(target: NodeMeaning, old: string, by: readonly string[]): void {
  target.wires = target.wires.flatMap((other) => (other === old ? by : [other]));
}

function removeNodes(after: Meaning, ids: ReadonlySet<string>, heal: boolean): void {
  const sources = (id: string, seen: ReadonlySet<string>): readonly OutputEnd[] =>
    (after.nodes[id]?.wires ?? []).map(parts).flatMap(({ node, port }) => {
      if (!ids.has(node)) return [{ node, port }];
      return seen.has(node) ? [] : sources(node, new Set([...seen, node]));
    });
  const kept = Object.entries(after.nodes).filter(([id]) => !ids.has(id));
  for (const [id, target] of kept) {
    target.wires = target.wires.flatMap((text) => {
      const { input, node, port } = parts(text);
      if (!ids.has(node)) return [text];
      if (!heal || port === "error") return [];
      return sources(node, new Set([node]))
        .filter((end) => end.node !== id)
        .map((end) => wire(input, end));
    });
  }
  after.nodes = Object.fromEntries(kept);
  const groups = Object.entries(after.groups).map(
    ([id, group]) =>
      [
        id,
        { ...group, nodes: group.nodes.filter((member) => !ids.has(member)) },
        group.nodes.length,
      ] as const,
  );
  after.groups = Object.fromEntries(
    groups
      .filter(([, group, size]) => size === 0 || group.nodes.length > 0)
      .map(([id, group]) => [id, group]),
  );
}

function renamed(after: Meaning, id: string, newId: string): Meaning {
  const swap = (name: string): string => (name === id ? newId : name);
  const step = (value: { node: string }): unknown => ({ ...value, node: swap(value.node) });
  const tests = after.tests as Readonly<Record<"mocks" | "given" | "expect", { node: string }[]>>[];
  return {
    ...after,
    nodes: Object.fromEntries(
      Object.entries(after.nodes).map(([name, node]) => [
        swap(name),
        {
          ...node,
          wires: node.wires.map((text) => {
            const { input, node: from, port } = parts(text);
            return wire(input, { node: swap(from), port });
          }),
        },
      ]),
    ),
    groups: Object.fromEntries(
      Object.entries(after.groups).map(([name, group]) => [name, { ...group, nodes: group.nodes.map(swap) }]),
    ),
    tests: tests.map((test) => ({
      ...test,
      mocks: test.mocks.map(step),
      given: test.given.map(step),
      expect: test.expect.map(step),
    })),
  };
}

type Container = Record<string, Plain> | Plain[];

function setParam(node: NodeMeaning, path: readonly (string | number)[], text: string): void {
  if (path.length === 1 && path[0] === "label") {
    node.rest.label = text;
    return;
  }
  const name = String(path[0]);
  const { value } = readYaml(text);
  const isYaml =
    path.length === 1 &&
    collectionParams.get(node.type)?.includes(name) &&
    value !== undefined &&
    value.kind !== "scalar";
  node.params = set(node.params, path, isYaml ? plain(value) : text) as Record<string, Plain>;
}

/** Params of the test catalog that are maps or lists, so that a text for the whole is YAML. */
const collectionParams = new Map([
  ["switch", ["cases"]],
  ["http-request", ["headers", "retry"]],
]);

function set(value: Plain | undefined, [step, ...rest]: readonly (string | number)[], text: Plain): Plain {
  if (step === undefined) return text;
  const container: Container =
    typeof step === "number"
      ? [...((value === "" ? [] : (value ?? [])) as Plain[])]
      : { ...((value === "" ? {} : (value ?? {})) as Record<string, Plain>) };
  const inside = container as Record<string | number, Plain>;
  inside[step] = set(inside[step], rest, text);
  return container;
}

function unsetParam(node: NodeMeaning, path: readonly (string | number)[]): void {
  if (path[0] === "label") {
    node.rest.label = undefined;
    return;
  }
  node.params = (unset(node.params, path) ?? {}) as Record<string, Plain>;
}

function unset(value: Plain | undefined, [step, ...rest]: readonly (string | number)[]): Plain | undefined {
  if (step === undefined) return undefined;
  if (value === undefined || typeof value === "string") return value;
  const inner = unset((value as Record<string | number, Plain>)[step], rest);
  if (Array.isArray(value)) {
    const list = (value as Plain[]).flatMap((item, index) =>
      index !== step ? [item] : inner === undefined ? [] : [inner],
    );
    return list.length === 0 ? undefined : list;
  }
  const map = Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) =>
      key !== String(step) ? [[key, item]] : inner === undefined ? [] : [[key, inner]],
    ),
  );
  return Object.keys(map).length === 0 ? undefined : map;
}

function addCopies(
  after: Meaning,
  from: Meaning,
  ids: readonly string[],
  place: (at: NodeMeaning["at"], index: number) => NodeMeaning["at"],
): void {
  const order = Object.keys(from.nodes).filter((id) => ids.includes(id));
  const names = new Map<string, string>();
  for (const id of order) {
    const stem = id.replace(/-\d+$/, "");
    let number = 2;
    while (`${stem}-${number}` in after.nodes || [...names.values()].includes(`${stem}-${number}`)) number++;
    names.set(id, id in after.nodes ? `${stem}-${number}` : id);
  }
  for (const [index, id] of order.entries()) {
    const node = structuredClone(from.nodes[id] ?? fail(id));
    const wires = node.wires
      .map(parts)
      .filter(({ node: source }) => names.has(source) || source === "any" || source in after.nodes);
    after.nodes[names.get(id) ?? id] = {
      ...node,
      wires: wires.map(({ input, node: source, port }) =>
        wire(input, { node: names.get(source) ?? source, port }),
      ),
      at: place(node.at, index),
    };
  }
}

function pasteInto(after: Meaning, fragment: Meaning, at: { x: number; y: number }): void {
  const placed = Object.values(fragment.nodes).flatMap((node) => (node.at ? [node.at] : []));
  const left = Math.min(...placed.map(({ x }) => x));
  const top = Math.min(...placed.map(({ y }) => y));
  addCopies(after, fragment, Object.keys(fragment.nodes), (old, index) =>
    old ? { x: old.x - left + at.x, y: old.y - top + at.y } : { x: at.x, y: at.y + index * 120 },
  );
}

function withoutRange<T extends { readonly range: unknown }>({ range: _, ...rest }: T): Omit<T, "range"> {
  return rest;
}
