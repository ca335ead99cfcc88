import type { NodeDescriptor } from "../../language/catalog.ts";
import type { ImplementationFile, InlineTemplate } from "../engine/contract.ts";
import { parseNode } from "./parse/parse-node.ts";
import { csvRecords } from "./support/csv.ts";
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
  suits: ["text", "bytes"],
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

export const signature = `declare function parse<M extends Message, F extends string, P = F extends "number" ? number : any>(
  from: M,
  params: { format: F; value: (msg: M) => string | Uint8Array | number; output?: P },
): { out: WithPayload<M, P> };`;

/** JSON needs no more than JavaScript has. */
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

/** YAML and XML need large libraries. */
export const implementationFile: ImplementationFile = (literal) => {
  const format = literal("format");
  return format === "yaml" || format === "xml" ? `parse/${format}` : undefined;
};

const parse = parseNode<"json" | "csv" | "number">((text, format) => {
  switch (format) {
    case "json":
      return JSON.parse(text);
    case "csv":
      return [...csvRecords(text)];
    case "number":
      return toNumber(text);
  }
});

export default parse;

function toNumber(text: string): number {
  const plain = text.trim().replace(",", ".");
  const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : Number.NaN;
  if (!Number.isFinite(number)) throw new Error(`${show(text, 40)} was found.`);
  return number;
}
