import type { Json, SourceEntry, SourceValue, WorkflowTest } from "../model.ts";
import { isEmpty, type Reader } from "./reader.ts";

/** `tests:`: given messages and expected ones, on virtual time. */
export function readTests(reader: Reader, entry: SourceEntry | undefined): readonly WorkflowTest[] {
  return items(reader, entry, "a list of tests").flatMap((item): readonly WorkflowTest[] => {
    if (item.kind !== "map") {
      reader.report("EDDY_VALUE", item.range, "A test is a map with name, given and expect.");
      return [];
    }
    const fields = reader.known(item.entries, ["name", "given", "expect"], "in a test");
    const name = fields.get("name");
    const text = reader.text(name);
    return [
      {
        name: { value: text ?? "test", range: name?.value.range ?? item.range },
        given: steps(reader, fields.get("given"), ["at", "node", "message"]).flatMap((step) =>
          readGiven(reader, step),
        ),
        expect: steps(reader, fields.get("expect"), ["at", "node", "payload", "message"]).flatMap((step) =>
          readExpected(reader, step),
        ),
        range: item.range,
      },
    ];
  });
}

interface Step {
  readonly value: SourceValue;
  readonly fields: ReadonlyMap<string, SourceEntry>;
}

function steps(reader: Reader, entry: SourceEntry | undefined, keys: readonly string[]): readonly Step[] {
  return items(reader, entry, `a list of maps with ${keys.join(", ")}`).flatMap((item) => {
    if (item.kind === "map")
      return [{ value: item, fields: reader.known(item.entries, keys, "in a step of a test") }];
    reader.report("EDDY_VALUE", item.range, `A step of a test is a map with ${keys.join(", ")}.`);
    return [];
  });
}

function items(reader: Reader, entry: SourceEntry | undefined, expected: string): readonly SourceValue[] {
  if (entry === undefined || isEmpty(entry.value)) return [];
  if (entry.value.kind === "list") return entry.value.items;
  reader.mismatch(entry, expected);
  return [];
}

function readGiven(reader: Reader, { value, fields }: Step): WorkflowTest["given"] {
  const node = readNodeName(reader, value, fields);
  const message = fields.get("message");
  const at = fields.has("at") ? reader.duration(fields.get("at")) : 0;
  if (node === undefined || at === undefined) return [];
  return [{ at, node, message: message === undefined ? {} : reader.json(message.value) }];
}

function readExpected(reader: Reader, { value, fields }: Step): WorkflowTest["expect"] {
  const node = readNodeName(reader, value, fields);
  const at = reader.duration(fields.get("at"));
  if (node === undefined || (at === undefined && fields.has("at"))) return [];
  const payload = readJson(reader, fields.get("payload"));
  const message = readJson(reader, fields.get("message"));
  return [
    {
      node,
      ...(at === undefined ? {} : { at }),
      ...(payload === undefined ? {} : { payload }),
      ...(message === undefined ? {} : { message }),
    },
  ];
}

function readNodeName(reader: Reader, value: SourceValue, fields: Step["fields"]): string | undefined {
  const node = fields.get("node");
  if (node === undefined)
    reader.report(
      "EDDY_VALUE_MISSING",
      value.range,
      "A step of a test needs the node it is about: write node:.",
    );
  return reader.text(node);
}

function readJson(reader: Reader, entry: SourceEntry | undefined): Json | undefined {
  return entry && reader.json(entry.value);
}
