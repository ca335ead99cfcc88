import fc from "fast-check";

/** Lines that belong together, comments above them included. */
export interface Block {
  readonly id: string;
  readonly start: number;
  readonly end: number;
}

/** A made-up workflow file. */
export interface RandomDocument {
  readonly text: string;
  /** Where its maker put each node: from the comments above it to the deeper comments below. */
  readonly blocks: readonly Block[];
  /** The same for what follows the nodes: `groups` (the line itself), `groups.g0`, `notes.hint`, `tests`. */
  readonly sections: readonly Block[];
  /** Blank lines stand between the nodes. */
  readonly isSpaced: boolean;
  /** All of the nodes stand in one pair of braces. */
  readonly inBraces: boolean;
}

const heads = [
  ["# Cold chain, line 3"],
  ["name: 'It''s a \"name\"' # quoted"],
  ["description: >-", "  folded", "  text"],
  ["x-unknown: { keep: [me, 1.10] }"],
  ["", "script: |", "  const a = 1; # not a comment", "", "  const b = `x: ${a}`;", ""],
  ["env:", "    MQTT_USER: { default: eddy } # four deep"],
  ["connections:", '  plant: { type: mqtt, url: "mqtt://x" }', "  # a comment at the end"],
];

/** Workflow files in all the ways in which people write them. */
export const documents: fc.Arbitrary<RandomDocument> = fc
  .record({
    eol: fc.constantFrom("\n", "\n", "\r\n"),
    unit: fc.constantFrom(2, 2, 4),
    bom: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    blanks: fc.constantFrom(0, 1, 1, 2),
    finalBreak: fc.integer({ min: 0, max: 3 }).map((n) => n > 0),
    inBraces: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    head: fc.subarray(heads, { minLength: 0 }),
    nodes: fc.array(nodeDrafts(), { minLength: 1, maxLength: 6 }),
    groups: fc.constantFrom("none", "flow", "block"),
    tests: fc.boolean(),
    notes: fc.boolean(),
    tail: fc.constantFrom("", "# the end"),
  })
  .map(render);

type Lines = (indent: string, step: string) => readonly string[];

interface NodeDraft {
  /** Lines that belong to no node. */
  readonly divider: readonly string[];
  readonly quote: string;
  readonly above: readonly string[];
  readonly type: string;
  readonly first: readonly string[];
  readonly from: { readonly style: number; readonly picks: readonly number[] };
  readonly params: readonly { readonly name: string; readonly value: Lines; readonly comment: string }[];
  readonly at: { readonly style: number; readonly x: number; readonly y: number };
  readonly below: readonly string[];
  readonly flow: boolean;
}

function nodeDrafts(): fc.Arbitrary<NodeDraft> {
  return fc.record({
    divider: fc.constantFrom(
      [],
      [],
      [],
      ["# ---- a part of its own ----"],
      ["# commented: out", "#   type: log"],
    ),
    quote: fc.constantFrom("", "", "", '"', "'"),
    above: fc.subarray(["# above", "# second: [line"], { minLength: 0 }),
    type: fc.constantFrom(
      "inject",
      "mqtt-in",
      "filter",
      "map",
      "switch",
      "function",
      "join",
      "http-request",
      "log",
      "./own.node.ts",
    ),
    first: fc.constantFrom([], [], ["# first in the node"]),
    from: fc.record({ style: fc.nat(5), picks: fc.array(fc.nat(30), { maxLength: 3 }) }),
    params: fc.uniqueArray(
      fc.record({
        name: fc.constantFrom(
          "when",
          "payload",
          "topic",
          "cases",
          "headers",
          "retry",
          "text",
          "label",
          "x-extra",
          "code",
        ),
        value: values(),
        comment: fc.constantFrom("", "", "   # why", "  ", " \t# why: not"),
      }),
      { selector: ({ name }) => name, maxLength: 4 },
    ),
    at: fc.record({
      style: fc.nat(4),
      x: fc.integer({ min: -500, max: 500 }),
      y: fc.integer({ min: 0, max: 9 }),
    }),
    below: fc.constantFrom([], [], [], ["# below, deeper"]),
    flow: fc.integer({ min: 0, max: 6 }).map((n) => n === 0),
  });
}

/** What stands behind a colon: the first line, and the lines below it. */
function values(): fc.Arbitrary<Lines> {
  const inline = fc.constantFrom(
    "msg.payload.celsius > 8",
    "5m",
    "1.10",
    '"in: quotes #1"',
    "'it''s'",
    '{ a: 1, b: [x, "y"] }',
    "[one, two]",
    "true",
    "a/${b.c}",
    '""',
    "",
  );
  const below: readonly Lines[] = [
    (indent, step) => [
      "|-",
      `${indent}${step}line: one`,
      `${indent}${step}  deeper # no comment`,
      "",
      `${indent}${step}last`,
    ],
    (indent, step) => ["|", `${indent}${step}return msg;`],
    (indent, step) => ["|+", `${indent}${step}kept`, "", ""],
    (indent, step) => [
      "|2- # header",
      `${indent}     two more`,
      `${`${indent}${step}`.slice(0, indent.length + 2)}x`,
    ],
    (indent, step) => [">-", `${indent}${step}folded`, `${indent}${step}text`],
    (indent, step) => [
      "",
      `${indent}${step}hot: msg.payload > 3 # hot`,
      `${indent}${step}# between`,
      `${indent}${step}cold: "a b"`,
    ],
    (indent, step) => ["", `${indent}${step}- one`, `${indent}${step}- 'two'`],
    (indent) => ["", `${indent}- a: 1`, `${indent}  b: 2`, `${indent}- c: 3`],
    (indent, step) => ["msg.a", `${indent}${step}&& msg.b`],
    (indent, step) => ["[", `${indent}${step}a, # first`, `${indent}${step}b`, `${indent}]`],
    (indent, step) => ['"a', `${indent}${step}b \\`, `${indent}${step}c"`],
  ];
  return fc.oneof(
    inline.map(
      (text): Lines =>
        () => [text],
    ),
    fc.constantFrom(...below),
  );
}

/** Lines of what follows the nodes, and what they belong to. */
interface SectionLines {
  readonly id: string;
  readonly lines: readonly string[];
}

interface Draft {
  readonly eol: string;
  readonly unit: number;
  readonly bom: boolean;
  readonly blanks: number;
  readonly finalBreak: boolean;
  readonly inBraces: boolean;
  readonly head: readonly (readonly string[])[];
  readonly nodes: readonly NodeDraft[];
  readonly groups: string;
  readonly tests: boolean;
  readonly notes: boolean;
  readonly tail: string;
}

interface LineBlock {
  readonly id: string;
  readonly from: number;
  to: number;
}

function render(draft: Draft): RandomDocument {
  const ids = draft.nodes.map((_, index) => `n${index}`);
  const lines: string[] = ["eddy: 1", ...draft.head.flat()];
  const blocks: LineBlock[] = [];
  const parts: LineBlock[] = [];
  if (draft.inBraces) {
    lines.push(
      `nodes: { ${draft.nodes.map((node, index) => `n${index}: ${flowNode(node, ids)}`).join(", ")} }`,
    );
  } else {
    lines.push("", "nodes:");
    for (const [index, node] of draft.nodes.entries()) {
      lines.push(...node.divider);
      const from = lines.length;
      lines.push(...nodeLines(node, `n${index}`, ids, " ".repeat(draft.unit)));
      // Blank lines behind a text that keeps them (|+) are part of it.
      const kept = lines.at(-1) === "";
      const to = lines.length;
      if (index < ids.length - 1) lines.push(...Array<string>(draft.blanks).fill(""));
      blocks.push({ id: `n${index}`, from, to: kept ? lines.length : to });
    }
  }
  const last = blocks.at(-1);
  for (const { id, lines: own } of sections(draft, ids)) {
    const to = lines.length + own.length;
    if (id === "" && last !== undefined && lines.at(-1) === "") last.to = to;
    else parts.push({ id, from: lines.length, to });
    lines.push(...own);
  }
  if (draft.tail !== "") lines.push(draft.tail);
  const bom = draft.bom ? "\uFEFF" : "";
  const starts = lines.map(() => 0);
  let offset = bom.length;
  for (const [index, line] of lines.entries()) {
    starts[index] = offset;
    offset += line.length + draft.eol.length;
  }
  const text = bom + lines.join(draft.eol) + (draft.finalBreak ? draft.eol : "");
  const startOf = (line: number): number => Math.min(starts[line] ?? text.length, text.length);
  const placed = ({ id, from, to }: LineBlock): Block => ({ id, start: startOf(from), end: startOf(to) });
  return {
    text,
    blocks: blocks.map(placed),
    sections: parts.map(placed),
    isSpaced: draft.blanks > 0,
    inBraces: draft.inBraces,
  };
}

function nodeLines(node: NodeDraft, id: string, ids: readonly string[], indent: string): readonly string[] {
  const above = node.above.map((comment) => indent + comment);
  const key = node.quote + id + node.quote;
  if (node.flow) return [...above, `${indent}${key}: ${flowNode(node, ids)}  # braces`];
  const inner = indent + indent;
  const at = atLines(node, inner, indent);
  const params = node.params.flatMap(({ name, value, comment }) => {
    const [head = "", ...rest] = value(inner, indent);
    const noted =
      head === "" && rest.length === 0
        ? ""
        : head.startsWith("|") ||
            head.startsWith(">") ||
            head === "[" ||
            head.startsWith('"a') ||
            head === "msg.a"
          ? head
          : head + comment;
    return [`${inner}${name}:${noted === "" ? "" : ` ${noted}`}`, ...rest];
  });
  return [
    ...above,
    `${indent}${key}:`,
    ...node.first.map((comment) => inner + comment),
    `${inner}type: ${node.type}`,
    ...(node.at.style === 2 ? at : []),
    ...fromLines(node, ids, inner, indent),
    ...params,
    ...(node.at.style === 2 ? [] : at),
    ...node.below.map((comment) => inner + comment),
  ];
}

function atLines({ at: { style, x, y } }: NodeDraft, indent: string, step: string): readonly string[] {
  if (style === 0) return [];
  if (style === 3) return [`${indent}at:`, `${indent}${step}- ${x}`, `${indent}${step}- ${y} # y`];
  return [`${indent}at: [${x}, ${y}]${style === 4 ? " # here" : ""}`];
}

function references({ from, type }: NodeDraft, ids: readonly string[]): readonly string[] {
  if (type === "inject" || type === "mqtt-in") return [];
  const choices = [
    ...ids,
    ...ids.map((id) => `${id}.rejected`),
    "any.error",
    ...ids.map((id) => `${id}.error`),
  ];
  return [...new Set(from.picks.map((pick) => choices[pick % choices.length] ?? "any.error"))];
}

function fromLines(node: NodeDraft, ids: readonly string[], indent: string, step: string): readonly string[] {
  const [first, ...rest] = references(node, ids);
  if (first === undefined) return [];
  const all = [first, ...rest];
  switch (node.from.style) {
    case 0:
      return [`${indent}from: [${all.join(", ")}] # wires`];
    case 1:
      return [`${indent}from:`, ...all.map((reference) => `${indent}${step}- ${reference}`)];
    case 2:
      return [`${indent}from: { left: ${first}${rest.length > 0 ? `, right: [${rest.join(", ")}]` : ""} }`];
    case 3:
      return [
        `${indent}from:`,
        `${indent}${step}left: "${first}"`,
        ...(rest.length > 0 ? [`${indent}${step}right: [${rest.join(",")}]`] : []),
      ];
    default:
      return rest.length === 0
        ? [`${indent}from: ${first} # wire`]
        : [`${indent}from: ["${first}", ${rest.join(", ")}]`];
  }
}

function flowNode(node: NodeDraft, ids: readonly string[]): string {
  const all = references(node, ids);
  const from = all.length === 0 ? [] : [all.length === 1 ? `from: ${all[0]}` : `from: [${all.join(", ")}]`];
  const at = node.at.style === 0 ? [] : [`at: [${node.at.x}, ${node.at.y}]`];
  return `{ ${[`type: ${node.type}`, ...from, 'when: "msg.a > 1"', ...at].join(", ")} }`;
}

function sections(
  { groups, tests, notes, inBraces, blanks }: Draft,
  ids: readonly string[],
): readonly SectionLines[] {
  const parts: SectionLines[] = [];
  const add = (id: string, ...lines: readonly string[]) => parts.push({ id, lines });
  const [first = "n0"] = ids;
  if (blanks > 0 || inBraces) add("", "");
  if (tests)
    add(
      "tests",
      "tests:",
      "  - name: one # test",
      `    given: [{ at: 0s, node: ${first}, message: { payload: 1 } }]`,
      "    # what comes of it",
      `    expect: [{ node: "${ids.at(-1)}", payload: 2 }]`,
    );
  if (notes) {
    add("notes", "notes: # on the canvas");
    add("notes.hint", "  hint: { text: 'a note', x-pinned: true, at: [1, 2] }");
    add(
      "notes.other",
      ...["  # between the notes", "  other:", "    text: |-", "      two", "      lines", "    at: [3, 4]"],
    );
  }
  if (groups === "flow") {
    add("groups", "groups:");
    add("groups.g0", `  g0: { label: Frame, nodes: [${ids.join(", ")}], x-keep: "1.10" } # all`);
  }
  if (groups === "block") {
    add("groups", "groups:");
    add(
      "groups.g0",
      "  g0:",
      "    label: 'Frame' # shown",
      "    nodes:",
      ...ids.map((id) => `      - ${id}`),
    );
    add("groups.g1", "  # a small one", "  g1: { nodes: [n0] }");
  }
  return parts;
}
