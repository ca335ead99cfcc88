import { parse as parseCsv } from "csv-parse/sync";
import { XMLParser } from "fast-xml-parser";
import { parse as parseYaml } from "yaml";
import type { NodeDescriptor } from "../../language/catalog.ts";
import type { Expression, ImmediateNode, InlineTemplate } from "../engine/contract.ts";
import { toText } from "./support/formats.ts";
import { withPayload } from "./support/messages.ts";

export const descriptor = {
  type: "parse",
  title: "Parse",
  category: "transform",
  icon: "json",
  summary: "Turns text into data.",
  doc: `Text that is not in the format leaves by \`error\`. CSV needs a header line and gives a list of objects.

\`\`\`yaml
data:
  type: parse
  from: lines
  format: json
  output: Reading
\`\`\``,
  inputs: "single",
  outputs: [{ name: "out", doc: "The message with the data as its payload." }],
  timing: "immediate",
  params: {
    format: {
      kind: "literal",
      schema: { type: "enum", values: ["json", "csv", "yaml", "xml", "number"] },
      required: true,
      doc: "What the text is.",
    },
    value: { kind: "expression", default: "msg.payload", doc: "The text, or its bytes." },
  },
} as const satisfies NodeDescriptor;

export const signature = `declare function parse<M extends Message, P>(
  from: M,
  params: { format: "json" | "csv" | "yaml" | "xml" | "number"; value: (msg: M) => string | Uint8Array | number },
): { out: WithPayload<M, P> };`;

/** JSON needs no library; the others bring theirs. */
export const inline: InlineTemplate = (text) =>
  text.param("format") === '"json"'
    ? text.emit("out", text.message({ payload: `JSON.parse(${text.param("value")})` }))
    : undefined;

type Format = "json" | "csv" | "yaml" | "xml" | "number";

const parse: ImmediateNode<{ readonly format: Format; readonly value: Expression }> = {
  timing: "immediate",
  create:
    (_, { format, value }, outputs) =>
    (message) =>
      outputs.out?.(withPayload(message, parsed(format, textOf(value(message))))),
};

export default parse;

function parsed(format: Format, text: string): unknown {
  switch (format) {
    case "json":
      return JSON.parse(text);
    case "csv":
      return parseCsv(text, { columns: true, skip_empty_lines: true, trim: true, bom: true });
    case "yaml":
      // Aliases that multiply without end are refused by the library's own limit.
      return parseYaml(text, { maxAliasCount: 100 });
    case "xml":
      return new XMLParser({
        ignoreAttributes: false,
        attributeNamePrefix: "@",
        processEntities: false,
      }).parse(text, true);
    case "number":
      return toNumber(text);
  }
}

function toNumber(text: string): number {
  const number = Number(text.trim().replace(",", "."));
  if (text.trim() === "" || !Number.isFinite(number))
    throw new TypeError(`"${text.slice(0, 40)}" is not a number.`);
  return number;
}

function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return toText(value);
  if (typeof value === "string" || typeof value === "number") return String(value);
  throw new TypeError(`Text was expected, and ${value === null ? "null" : typeof value} came.`);
}
