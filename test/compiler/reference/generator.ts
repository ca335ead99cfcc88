/** Workflows of all node types that have a template, as text: with forks, joins, error wires, any.error and expressions that throw. */
import fc from "fast-check";
import { builtinNodes } from "../../../runtime/nodes/catalog.ts";

const conditions = [
  "msg.payload > 3",
  "msg.payload?.a",
  "msg.payload.a.b",
  "!msg.topic",
  "true",
  "1 > 2",
  "null.x",
  "msg.payload === 'text' || msg.payload?.[0]",
];
const values = [
  "msg.payload",
  "msg.payload + 1",
  "{ a: msg.payload }",
  "[msg.topic, msg.source?.index]",
  "[1, [2], null]",
  "'{\"a\": [4]}'",
  "'text'",
  "2 * 3",
  "null.x",
  "undefined",
];
const templates = ["plain", "${msg.topic}", "${msg.payload?.a}!", "${null.x}"];

const quoted = (text: string) => JSON.stringify(text);
const optional = (name: string, texts: readonly string[]) =>
  fc
    .option(fc.constantFrom(...texts), { nil: undefined })
    .map((text) => (text === undefined ? "" : `, ${name}: ${quoted(text)}`));

/** Params of each type, in their variants. */
const params: Readonly<Record<string, fc.Arbitrary<string>>> = {
  filter: fc.constantFrom(...conditions).map((text) => `, when: ${quoted(text)}`),
  map: fc.tuple(optional("payload", values), optional("topic", templates)).map((texts) => texts.join("")),
  switch: fc
    .tuple(
      fc.array(fc.constantFrom(...conditions), { minLength: 1, maxLength: 3 }),
      fc.constantFrom("", ", match: first", ", match: all"),
    )
    .map(
      ([cases, match]) =>
        `, cases: { ${cases.map((text, at) => `c${at}: ${quoted(text)}`).join(", ")} }${match}`,
    ),
  split: optional("items", values),
  template: fc.constantFrom(...templates).map((text) => `, text: ${quoted(text)}`),
  parse: optional("value", [...values, "JSON.stringify([msg.topic])"]).map(
    (value) => `, format: json${value}`,
  ),
};

/** Built-in types with a template. A test holds them against `params`. */
export const inlineTypes: readonly string[] = [...builtinNodes].flatMap(([type, { inline }]) =>
  inline ? [type] : [],
);
export const drawnTypes: readonly string[] = Object.keys(params);

/** What is compared of a message: all that does not depend on how names are minified. */
const line =
  '${JSON.stringify([msg.topic, msg.payload, msg.source?.index], (key, value) => key === "message" || key === "stack" ? undefined : value)}';

interface Drawn {
  readonly type: string;
  readonly params: string;
  readonly cases: number;
  /** Which of the nodes before it, and which of its ports, as numbers that are cut to fit. */
  readonly from: readonly (readonly [node: number, port: number])[];
}

const drawn: fc.Arbitrary<Drawn> = fc.constantFrom(...drawnTypes).chain((type) =>
  fc
    .record({
      params: params[type] ?? fc.constant(""),
      from: fc.array(fc.tuple(fc.nat(30), fc.nat(9)), { minLength: 1, maxLength: 3 }),
    })
    .map((one) => ({ ...one, type, cases: one.params.match(/c\d:/g)?.length ?? 0 })),
);

/** The text of a workflow; its trigger is `in`, an mqtt-in of the topic `in`. */
export const workflowText: fc.Arbitrary<string> = fc
  .record({ nodes: fc.array(drawn, { minLength: 1, maxLength: 10 }), handlesAll: fc.boolean() })
  .map(({ nodes, handlesAll }) => {
    const taken = new Set<string>();
    const lines = nodes.map((node, at) => {
      const wires = [...new Set(node.from.map(([one, port]) => wire(nodes.slice(0, at), one, port)))];
      for (const one of wires) taken.add(one.split(".")[0] ?? "");
      return `  n${at}: { type: ${node.type}, from: [${wires.join(", ")}]${node.params} }\n`;
    });
    // What goes nowhere has no effect that could be compared.
    const ends = nodes.flatMap((node, at) =>
      taken.has(`n${at}`) ? [] : portsOf(node).map((port) => `n${at}.${port}`),
    );
    const from = [...ends, ...(handlesAll ? ["any.error"] : [])];
    return `eddy: 1\nnodes:\n  in: { type: mqtt-in, topic: in }\n${lines.join("")}  end: { type: log, from: [${from.join(", ")}], text: ${quoted(line)} }\n`;
  });

function wire(before: readonly Drawn[], node: number, port: number): string {
  const at = node % (before.length + 1);
  const source = before[at];
  if (!source) return "in.out";
  const ports = [...portsOf(source), "error"];
  return `n${at}.${ports[port % ports.length]}`;
}

function portsOf({ type, cases }: Drawn): readonly string[] {
  if (type === "filter") return ["out", "rejected"];
  if (type === "switch") return [...Array.from({ length: cases }, (_, at) => `c${at}`), "else"];
  return ["out"];
}

/** What comes in by the trigger. */
export const payloads: fc.Arbitrary<readonly unknown[]> = fc.array(
  fc.constantFrom<unknown>(1, 5, "text", "[1, 2]", null, { a: 7 }, { a: { b: true } }, [1, { a: 2 }], []),
  { maxLength: 4 },
);
