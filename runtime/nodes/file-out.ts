import type { NodeDescriptor } from "../../language/catalog.ts";
import type { AsynchronousNode, Builtins, Expression, NodeContext } from "../engine/contract.ts";
import { toBytesOrText, toJson } from "./support/formats.ts";
import { isObject } from "./support/stored.ts";

export const descriptor = {
  type: "file-out",
  title: "File Out",
  category: "files",
  icon: "save",
  summary: "Writes messages into files.",
  doc: `\`lines\` adds a line of text, \`json\` a line of JSON, \`csv\` a row (with a header line in a new file). \`rotate\` begins a new
file at a size and keeps so many old ones (\`name.1\` is the newest).

\`\`\`yaml
journal:
  type: file-out
  from: reading
  path: /var/log/line/\${msg.payload.site}.csv
  format: csv
  rotate: { size: 10MB, keep: 5 }
\`\`\``,
  inputs: "single",
  outputs: [],
  timing: "asynchronous",
  params: {
    path: { kind: "template", required: true, doc: "The file.", example: "/var/log/line.csv" },
    payload: { kind: "expression", default: "msg.payload", doc: "What is written." },
    format: {
      kind: "literal",
      schema: { type: "enum", values: ["lines", "json", "csv", "text", "binary"] },
      default: "lines",
      doc: "How it is written.",
    },
    mode: {
      kind: "literal",
      schema: { type: "enum", values: ["append", "overwrite"] },
      default: "append",
      doc: "Whether it is added to the file or takes its place.",
    },
    rotate: {
      kind: "object",
      properties: {
        size: {
          kind: "literal",
          schema: { type: "size" },
          required: true,
          doc: "The size at which a new file begins.",
        },
        keep: {
          kind: "literal",
          schema: { type: "integer", minimum: 1 },
          default: 3,
          doc: "How many old ones are kept.",
        },
      },
      doc: "When a new file begins.",
      example: "{ size: 10MB, keep: 5 }",
    },
  },
  capabilities: ["files"],
} as const satisfies NodeDescriptor;

export const signature = `declare function fileOut<M extends Message>(
  from: M,
  params: { path: (msg: M) => string; payload?: (msg: M) => unknown },
): {};`;

type Format = "lines" | "json" | "csv" | "text" | "binary";

interface Params {
  readonly path: Expression<string>;
  readonly payload: Expression;
  readonly format: Format;
  readonly mode: "append" | "overwrite";
  readonly rotate?: { readonly size: number; readonly keep?: number };
}

const fileOut: AsynchronousNode<Params> = {
  timing: "asynchronous",
  create: (context, params) => ({
    async receive(message) {
      await write(context, params, params.path(message), params.payload(message));
    },
  }),
};

export default fileOut;

async function write(
  context: NodeContext,
  { format, mode, rotate }: Params,
  path: string,
  payload: unknown,
): Promise<void> {
  const files = context.host.builtin("node:fs/promises");
  const { dirname } = context.host.builtin("node:path");
  await files.mkdir(dirname(path), { recursive: true });
  if (mode === "overwrite") {
    // Written beside it and renamed, so that a reader never meets half of it.
    const temporary = `${path}.${context.newId()}.tmp`;
    await files.writeFile(temporary, content(format, payload, { isNew: true }));
    await files.rename(temporary, path);
    return;
  }
  const size = await sizeOf(files, path);
  const full = rotate !== undefined && size >= rotate.size;
  if (full) await rotateFiles(files, path, rotate.keep ?? 3);
  await files.appendFile(path, content(format, payload, { isNew: size === 0 || full }));
}

async function sizeOf(files: Builtins["node:fs/promises"], path: string): Promise<number> {
  try {
    return (await files.stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
}

async function rotateFiles(files: Builtins["node:fs/promises"], path: string, keep: number): Promise<void> {
  for (let at = keep - 1; at >= 0; at--) {
    const from = at === 0 ? path : `${path}.${at}`;
    await files.rename(from, `${path}.${at + 1}`).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
    });
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

function content(
  format: Format,
  payload: unknown,
  { isNew }: { readonly isNew: boolean },
): string | Uint8Array {
  switch (format) {
    case "lines":
      return `${payload instanceof Uint8Array ? new TextDecoder().decode(payload) : toBytesOrText(payload)}\n`;
    case "json":
      return `${toJson(payload)}\n`;
    case "csv":
      return csv(payload, isNew);
    case "text":
    case "binary":
      return toBytesOrText(payload);
  }
}

function csv(payload: unknown, isNew: boolean): string {
  if (Array.isArray(payload)) return `${payload.map(cell).join(",")}\n`;
  if (!isObject(payload)) return `${cell(payload)}\n`;
  const header = isNew ? `${Object.keys(payload).map(cell).join(",")}\n` : "";
  return `${header}${Object.values(payload).map(cell).join(",")}\n`;
}

/** RFC 4180. */
function cell(value: unknown): string {
  const text = value === undefined || value === null ? "" : String(toBytesOrText(value));
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
