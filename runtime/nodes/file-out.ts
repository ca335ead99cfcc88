import type { NodeDescriptor } from "../../language/catalog.ts";
import type { AsynchronousNode, Builtins, Expression, NodeContext } from "../engine/contract.ts";
import { engineError } from "../engine/errors.ts";
import { csvLine, csvRows } from "./support/csv.ts";
import { isMissing } from "./support/files.ts";
import { toBytesOrText, toJson, toText } from "./support/formats.ts";
import { show } from "./support/show.ts";
import { isObject } from "./support/stored.ts";

export const descriptor = {
  type: "file-out",
  title: "File Out",
  category: "files",
  icon: "save",
  summary: "Writes messages into files.",
  doc: `\`lines\` adds a line of text, \`json\` a line of JSON. \`csv\` adds a row for an object (with a line of names in a new
file) or for a list of values, and a row each for a list of objects or of lists, such as \`batch\` makes. \`rotate\` begins
a new file at a size and keeps so many old ones (\`name.1\` is the newest). What has been written survives a power cut.

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

/** Puts payloads into files; what it gives resolves when they are there. */
type Write = (path: string, payload: unknown) => Promise<void>;

/** The node over what writes: the disk, or a test. */
export function createFileOut(open: (context: NodeContext, params: Params) => Write) {
  const node: AsynchronousNode<Params> = {
    timing: "asynchronous",
    create(context, params) {
      const write = open(context, params);
      let last: Promise<void> = Promise.resolve();
      return {
        receive(message) {
          const path = pathOf(params.path(message));
          const payload = params.payload(message);
          // One after the other, however many messages are in flight: two of them may mean the same file.
          last = last.catch(() => {}).then(() => write(path, payload));
          return last;
        },
      };
    },
  };
  return node;
}

export default createFileOut((context, params) => {
  const writer = new Writer(context, params);
  return (path, payload) => writer.write(path, payload);
});

/** Values of a message may stand in a path, and whoever sends it must not choose the folder. */
function pathOf(path: string): string {
  if (path !== "" && !path.includes("\0") && !path.split(/[/\\]/).includes("..")) return path;
  throw engineError(
    "EDDY_FILE_PATH",
    `${show(path, 200)} is no path to write to: it is empty or has .. in it.`,
  );
}

/** Files whose column names are remembered. */
const mostFiles = 100;

class Writer {
  readonly #files: Builtins["node:fs/promises"];
  readonly #path: Builtins["node:path"];
  readonly #context: NodeContext;
  readonly #params: Params;
  /** The names in the first line of CSV files, by path. */
  readonly #names = new Map<string, readonly string[] | undefined>();

  constructor(context: NodeContext, params: Params) {
    this.#context = context;
    this.#params = params;
    this.#files = context.host.builtin("node:fs/promises");
    this.#path = context.host.builtin("node:path");
  }

  /** Resolves when it is on the disk. */
  async write(path: string, payload: unknown): Promise<void> {
    const { mode, rotate } = this.#params;
    await this.#files.mkdir(this.#path.dirname(path), { recursive: true });
    if (mode === "overwrite") {
      // Written beside it and renamed, so that a reader never meets half of it.
      const temporary = `${path}.${this.#context.newId()}.tmp`;
      try {
        await this.#put(temporary, "w", await this.#content(path, payload, { isNew: true }));
        await this.#files.rename(temporary, path);
      } catch (error) {
        await this.#files.rm(temporary, { force: true });
        throw error;
      }
      return;
    }
    const size = await sizeOf(this.#files, path);
    const isFull = rotate !== undefined && size >= rotate.size;
    const content = await this.#content(path, payload, { isNew: size === 0 || isFull });
    if (isFull) await rotateFiles(this.#files, path, rotate.keep ?? 3);
    await this.#put(path, "a", content);
  }

  async #put(path: string, flags: "a" | "w", content: string | Uint8Array): Promise<void> {
    const file = await this.#files.open(path, flags);
    try {
      await file.writeFile(content);
      await file.datasync();
    } finally {
      await file.close();
    }
  }

  async #content(
    path: string,
    payload: unknown,
    { isNew }: { readonly isNew: boolean },
  ): Promise<string | Uint8Array> {
    switch (this.#params.format) {
      case "lines":
        return `${payload instanceof Uint8Array ? toText(payload) : toBytesOrText(payload)}\n`;
      case "json":
        return `${toJson(payload)}\n`;
      case "csv":
        return this.#csv(path, payload, { isNew });
      case "text":
      case "binary":
        return toBytesOrText(payload);
    }
  }

  /** Objects go under the names in the file's first line, or make that line in a new one. */
  async #csv(path: string, payload: unknown, { isNew }: { readonly isNew: boolean }): Promise<string> {
    const rows = isTable(payload) ? payload : [payload];
    const first = rows.find(isObject);
    if (!first) return rows.map((row) => csvLine(cells(row, []))).join("");
    const known = isNew ? undefined : (this.#names.get(path) ?? (await this.#namesIn(path)));
    const names = known ?? Object.keys(first);
    const lines = rows.map((row) => csvLine(cells(row, names)));
    this.#names.delete(path);
    this.#names.set(path, names);
    for (const [oldest] of this.#names) if (this.#names.size > mostFiles) this.#names.delete(oldest);
    return (known ? "" : csvLine(names)) + lines.join("");
  }

  async #namesIn(path: string): Promise<readonly string[] | undefined> {
    const file = await this.#files.open(path, "r");
    try {
      const { buffer, bytesRead } = await file.read(new Uint8Array(65_536), 0, 65_536, 0);
      const [names] = csvRows(new TextDecoder().decode(buffer.subarray(0, bytesRead)));
      return names;
    } finally {
      await file.close();
    }
  }
}

/** A list of rows, as opposed to a row that is a list. */
function isTable(payload: unknown): payload is readonly unknown[] {
  return (
    Array.isArray(payload) && payload.length > 0 && payload.every((one) => typeof one === "object" && one)
  );
}

function cells(row: unknown, names: readonly string[]): readonly unknown[] {
  if (Array.isArray(row)) return row;
  if (!isObject(row)) return [row];
  const added = Object.keys(row).find((name) => !names.includes(name));
  if (added === undefined) return names.map((name) => row[name]);
  throw engineError(
    "EDDY_CSV_COLUMNS",
    `The file has no column "${added}". It has: ${names.join(", ")}. Write to another file, or leave the value out with payload.`,
  );
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
