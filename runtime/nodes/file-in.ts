import type { NodeDescriptor } from "../../language/catalog.ts";
import type { NodeContext, TriggerNode } from "../engine/contract.ts";
import { FileTail } from "./support/file-tail.ts";
import { fromBytes, toText } from "./support/formats.ts";

export const descriptor = {
  type: "file-in",
  title: "File In",
  category: "trigger",
  icon: "file",
  summary: "Reads files, and what is added to them.",
  doc: `\`tail\` follows a file like \`tail -F\`, through rotation and truncation, and remembers where it was. \`read\` reads it once
when the workflow starts; \`watch\` reads it whole each time it has changed.

\`\`\`yaml
machine:
  type: file-in
  path: /var/log/machine.log
  mode: tail
  format: lines
\`\`\``,
  inputs: "none",
  outputs: [{ name: "out", doc: "One message for each line, or for the whole file." }],
  timing: "trigger",
  params: {
    path: { kind: "literal", schema: { type: "string" }, required: true, doc: "The file." },
    mode: {
      kind: "literal",
      schema: { type: "enum", values: ["tail", "watch", "read"] },
      default: "tail",
      doc: "What is read when.",
    },
    format: {
      kind: "literal",
      schema: { type: "enum", values: ["lines", "json", "csv", "text", "binary"] },
      default: "lines",
      doc: "What is in it: lines of text, of JSON, or of CSV; or the whole as text or bytes.",
    },
    "from-start": {
      kind: "literal",
      schema: { type: "boolean" },
      default: false,
      doc: "Tail begins with what is there already.",
    },
  },
  capabilities: ["files"],
} as const satisfies NodeDescriptor;

export const signature = `declare function fileIn<P>(params: {}): { out: Message<P> };`;

type Format = "lines" | "json" | "csv" | "text" | "binary";

interface Params {
  readonly path: string;
  readonly mode: "tail" | "watch" | "read";
  readonly format: Format;
  readonly "from-start": boolean;
}

const fileIn: TriggerNode<Params> = {
  timing: "trigger",
  create(context, params, outputs) {
    const rows = new Rows(params.format);
    const emit = (bytes: Uint8Array, source: Readonly<Record<string, unknown>>, acknowledge?: () => void) => {
      const message = {
        id: context.newId(),
        time: context.clock.now(),
        topic: params.path,
        payload: undefined,
        source: { path: params.path, ...source },
      };
      try {
        const payload = rows.read(bytes);
        if (payload === undefined) acknowledge?.();
        else outputs.out?.({ ...message, payload }, acknowledge);
      } catch (error) {
        context.fail(error, message);
        acknowledge?.();
      }
    };
    if (params.mode === "tail")
      return new FileTail(context, params.path, { fromStart: params["from-start"] }, emit, () =>
        rows.restart(),
      );
    return whole(context, params, (bytes) => {
      rows.restart();
      const parts = params.format === "text" || params.format === "binary" ? [bytes] : lines(bytes);
      for (const part of parts) emit(part, {});
    });
  },
};

export default fileIn;

/** Reads the file as a whole: once, or whenever it has changed. */
function whole(context: NodeContext, { path, mode }: Params, read: (bytes: Uint8Array) => void) {
  const files = context.host.builtin("node:fs/promises");
  let timer: { cancel(): void } | undefined;
  let seen: string | undefined;
  const look = async () => {
    const { mtimeMs, size } = await files.stat(path);
    const stamp = `${mtimeMs} ${size}`;
    if (stamp === seen) return;
    seen = stamp;
    read(await files.readFile(path));
  };
  const again = () => {
    timer = context.clock.after(pause, () => {
      look()
        .catch((error: unknown) => {
          if (!isMissing(error)) context.fail(error);
        })
        .then(again);
    });
  };
  return {
    async open() {
      try {
        await look();
      } catch (error) {
        if (mode === "read" || !isMissing(error)) context.fail(error);
      }
      if (mode === "watch") again();
    },
    close: () => timer?.cancel(),
  };
}

/** How often a file is looked at, milliseconds. Works on network drives too, where nobody announces changes. */
const pause = 500;

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

function lines(bytes: Uint8Array): readonly Uint8Array[] {
  const parts: Uint8Array[] = [];
  let start = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, start)) {
    parts.push(bytes.subarray(start, at));
    start = at + 1;
  }
  if (start < bytes.length) parts.push(bytes.subarray(start));
  return parts;
}

/** Turns lines into payloads; for CSV the first line names the columns. */
class Rows {
  readonly #format: Format;
  #header: readonly string[] | undefined;

  constructor(format: Format) {
    this.#format = format;
  }

  /** A new file begins. */
  restart(): void {
    this.#header = undefined;
  }

  read(bytes: Uint8Array): unknown {
    switch (this.#format) {
      case "binary":
        return bytes;
      case "text":
        return toText(bytes);
      case "lines":
        return toText(bytes).replace(/\r$/, "");
      case "json":
        return bytes.length === 0 ? undefined : fromBytes(bytes, "json");
      case "csv":
        return this.#row(toText(bytes).replace(/\r$/, ""));
    }
  }

  #row(line: string): unknown {
    if (line.trim() === "") return undefined;
    const cells = csvCells(line);
    if (!this.#header) {
      this.#header = cells;
      return undefined;
    }
    return Object.fromEntries(this.#header.map((name, at) => [name, cells[at] ?? ""]));
  }
}

/** One line of RFC 4180; a quoted cell does not run over the end of the line here. */
function csvCells(line: string): readonly string[] {
  const cells: string[] = [];
  for (const [, quoted, plain] of line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g))
    cells.push(quoted === undefined ? (plain ?? "").trim() : quoted.replaceAll('""', '"'));
  return cells;
}
