import { XMLParser } from "fast-xml-parser";
import { parse as parseYaml } from "yaml";
import type { NodeDescriptor } from "../../language/catalog.ts";
import type { Expression, ImmediateNode, InlineTemplate } from "../engine/contract.ts";
import { engineError, messageOf } from "../engine/errors.ts";
import { csvRecords } from "./support/csv.ts";
import { toText } from "./support/formats.ts";
import { withPayload } from "./support/messages.ts";
import { show } from "./support/show.ts";

export const descriptor = {
  type: "parse",
  title: "Parse",
  category: "transform",
  icon: "json",
  summary: "Turns text into data.",
  doc: `Text that is not in the format leaves by \`error\`. CSV needs a header line and gives a list of objects. In a number, a
comma is a decimal point. Attributes of XML have an \`@\` before their names.

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
export const inline: InlineTemplate = (text) => {
  if (text.param("format") !== '"json"') return undefined;
  const [value, data] = [text.local("value"), text.local("data")];
  return [
    `const ${value} = ${text.param("value")};`,
    `let ${data};`,
    "try {",
    `  const bytes = ${value} instanceof Uint8Array;`,
    `  if (!bytes && typeof ${value} !== "string" && typeof ${value} !== "number") throw new Error(\`Text was expected, and \${${value} === null ? "null" : typeof ${value}} came.\`);`,
    `  ${data} = JSON.parse(bytes ? new TextDecoder("utf-8", { fatal: true }).decode(${value}) : ${value});`,
    '} catch (error) { throw Object.assign(new Error(`This is no json: ${error.message}`), { code: "EDDY_PARSE" }); }',
    text.emit("out", text.message({ payload: data })),
  ].join("\n");
};

type Format = "json" | "csv" | "yaml" | "xml" | "number";

const parse: ImmediateNode<{ readonly format: Format; readonly value: Expression }> = {
  timing: "immediate",
  create:
    (_, { format, value }, outputs) =>
    (message) =>
      outputs.out?.(withPayload(message, dataOf(format, value(message)))),
};

export default parse;

function dataOf(format: Format, value: unknown): unknown {
  try {
    return parsed(format, textOf(value));
  } catch (error) {
    throw engineError("EDDY_PARSE", `This is no ${format}: ${messageOf(error)}`);
  }
}

function parsed(format: Format, text: string): unknown {
  switch (format) {
    case "json":
      return JSON.parse(text);
    case "csv":
      return [...csvRecords(text)];
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
  const plain = text.trim().replace(",", ".");
  const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : Number.NaN;
  if (!Number.isFinite(number)) throw new Error(`${show(text, 40)} was found.`);
  return number;
}

function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return toText(value);
  if (typeof value === "string" || typeof value === "number") return String(value);
  throw new Error(`Text was expected, and ${value === null ? "null" : typeof value} came.`);
}
