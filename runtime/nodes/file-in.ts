import type { NodeDescriptor } from "../../language/catalog.ts";
import type { TriggerNode } from "../engine/contract.ts";
import { CsvLines, csvRecord, csvRows } from "./support/csv.ts";
import { FileTail } from "./support/file-tail.ts";
import { fromBytes, toText } from "./support/formats.ts";
import { WholeFile } from "./support/whole-file.ts";

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

export const signature = `declare function fileIn<F extends string = "lines", P = F extends "lines" | "text" ? string : F extends "binary" ? Uint8Array : any>(
  params: { format?: F; output?: P },
): { out: Message<P> & { readonly topic: string } };`;

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
    const { path, mode, format, "from-start": fromStart } = params;
    const rows = new Rows(format);
    const onLine = (
      bytes: Uint8Array,
      source: Readonly<Record<string, unknown>>,
      acknowledge: () => void = () => {},
    ) => {
      const message = {
        id: context.newId(),
        time: context.clock.now(),
        topic: path,
        payload: undefined,
        source: { path, ...source },
      };
      try {
        const payload = rows.read(bytes);
        if (payload === undefined) acknowledge();
        else outputs.out?.({ ...message, payload }, acknowledge);
      } catch (error) {
        context.fail(error, { ...message, payload: lossyText(bytes) });
        acknowledge();
      }
    };
    if (mode === "tail")
      return new FileTail(context, { path, fromStart, onLine, onFile: (first) => rows.restart(first) });
    return new WholeFile(context, {
      path,
      watches: mode === "watch",
      parts(bytes) {
        rows.restart(undefined);
        return format === "text" || format === "binary" ? [bytes] : lines(bytes);
      },
      onPart: (part) => onLine(part, {}),
    });
  },
};

export default fileIn;

function* lines(bytes: Uint8Array): Generator<Uint8Array> {
  let start = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, start)) {
    yield bytes.subarray(start, at);
    start = at + 1;
  }
  if (start < bytes.length) yield bytes.subarray(start);
}

function lossyText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(0, 1_000));
}

/** Turns lines into payloads; for CSV the first line names the columns. */
class Rows {
  readonly #format: Format;
  readonly #csv = new CsvLines();
  #names: readonly string[] | undefined;

  constructor(format: Format) {
    this.#format = format;
  }

  /** A file begins, or is gone on with behind its first line. */
  restart(firstLine: Uint8Array | undefined): void {
    this.#names = undefined;
    this.#csv.restart();
    if (firstLine && this.#format === "csv") this.read(firstLine);
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
        return toText(bytes).trim() === "" ? undefined : fromBytes(bytes, "json");
      case "csv":
        return this.#record(this.#csv.add(toText(bytes).replace(/\r$/, "")));
    }
  }

  #record(text: string | undefined): unknown {
    const [row] = text === undefined ? [] : csvRows(text);
    if (!row) return undefined;
    if (this.#names) return csvRecord(this.#names, row);
    this.#names = row;
    return undefined;
  }
}
