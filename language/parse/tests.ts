import type {
  ExpectedMessage,
  GivenMessage,
  Json,
  SourceEntry,
  SourceValue,
  TestMock,
  WorkflowTest,
} from "../model.ts";
import { isEmpty, type Reader } from "./reader.ts";

/** The keys of a test, and of the steps in it. */
export const testKeys = {
  test: ["name", "mocks", "given", "expect"],
  mocks: ["node", "result", "error", "after"],
  given: ["at", "node", "message"],
  expect: ["at", "node", "port", "payload", "message", "request"],
} as const;

/** The parts of a test whose steps name a node. */
export const testParts = ["mocks", "given", "expect"] as const;

/** `tests:`: given messages and expected ones, on virtual time. */
export function readTests(reader: Reader, entry: SourceEntry | undefined): readonly WorkflowTest[] {
  return items(reader, entry, "a list of tests").flatMap((item): readonly WorkflowTest[] => {
    if (item.kind !== "map") {
      reader.report("EDDY_VALUE", item.range, "A test is a map with name, given and expect.");
      return [];
    }
    const fields = reader.known(item.entries, testKeys.test, "in a test");
    const name = fields.get("name");
    const text = reader.text(name);
    return [
      {
        name: { value: text ?? "test", range: name?.value.range ?? item.range },
        mocks: steps(reader, fields, "mocks").flatMap((step) => readMock(reader, step)),
        given: steps(reader, fields, "given").flatMap((step) => readGiven(reader, step)),
        expect: steps(reader, fields, "expect").flatMap((step) => readExpected(reader, step)),
        range: item.range,
      },
    ];
  });
}

interface Step {
  readonly value: SourceValue;
  readonly fields: ReadonlyMap<string, SourceEntry>;
}

function steps(
  reader: Reader,
  test: ReadonlyMap<string, SourceEntry>,
  part: (typeof testParts)[number],
): readonly Step[] {
  const keys = testKeys[part];
  return items(reader, test.get(part), `a list of maps with ${keys.join(", ")}`).flatMap((item) => {
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

function readMock(reader: Reader, { value, fields }: Step): readonly TestMock[] {
  const node = readNodeName(reader, value, fields);
  const after = fields.has("after") ? reader.duration(fields.get("after")) : 0;
  const error = readError(reader, fields.get("error"));
  const result = readJson(reader, fields.get("result"));
  if (fields.has("error") === fields.has("result")) {
    reader.report(
      "EDDY_VALUE_MISSING",
      value.range,
      "A mock says what the node gets: write either result: or error:.",
    );
    return [];
  }
  if (node === undefined || after === undefined) return [];
  return [
    {
      node,
      after,
      ...(error === undefined ? {} : { error }),
      ...(result === undefined ? {} : { result }),
      range: value.range,
    },
  ];
}

/** A text, or a map with `code` and `message`. */
function readError(reader: Reader, entry: SourceEntry | undefined): TestMock["error"] {
  if (entry === undefined) return undefined;
  // As of an error that a node throws without a code.
  const code = "Error";
  if (entry.value.kind !== "map") return { code, message: reader.text(entry) ?? "It failed." };
  const fields = reader.known(entry.value.entries, ["code", "message"], "in the error of a mock");
  return {
    code: reader.text(fields.get("code")) ?? code,
    message: reader.text(fields.get("message")) ?? "It failed.",
  };
}

function readGiven(reader: Reader, { value, fields }: Step): readonly GivenMessage[] {
  const node = readNodeName(reader, value, fields);
  const message = fields.get("message");
  const at = fields.has("at") ? reader.duration(fields.get("at")) : 0;
  if (node === undefined || at === undefined) return [];
  return [{ at, node, message: message === undefined ? {} : reader.json(message.value), range: value.range }];
}

function readExpected(reader: Reader, { value, fields }: Step): readonly ExpectedMessage[] {
  const node = readNodeName(reader, value, fields);
  const at = reader.duration(fields.get("at"));
  if (node === undefined || (at === undefined && fields.has("at"))) return [];
  const port = reader.text(fields.get("port"));
  const payload = readJson(reader, fields.get("payload"));
  const message = readJson(reader, fields.get("message"));
  const request = readJson(reader, fields.get("request"));
  return [
    {
      node,
      ...(at === undefined ? {} : { at }),
      ...(port === undefined ? {} : { port }),
      ...(payload === undefined ? {} : { payload }),
      ...(message === undefined ? {} : { message }),
      ...(request === undefined ? {} : { request }),
      range: value.range,
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
