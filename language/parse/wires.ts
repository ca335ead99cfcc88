import type { Range, SourceEntry, SourceScalar, Wire } from "../model.ts";
import { isEmpty, namePattern, type Reader } from "./reader.ts";

/** The wires of `from`: a reference, a list of them, or a map from input port to either. */
export function readWires(reader: Reader, entry: SourceEntry | undefined): readonly Wire[] {
  if (entry === undefined) return [];
  const { value } = entry;
  if (value.kind !== "map") return readReferences(reader, entry, "in");
  return value.entries.flatMap((input) =>
    reader.name(input.key, "an input port") ? readReferences(reader, input, input.key.value) : [],
  );
}

function readReferences(reader: Reader, entry: SourceEntry, input: string): readonly Wire[] {
  const { value } = entry;
  const expected = "a node (warm), a node and a port (warm.cleared), or a list of them";
  if (value.kind === "map" || isEmpty(value)) {
    reader.mismatch(entry, expected);
    return [];
  }
  const items = value.kind === "scalar" ? [value] : value.items;
  return items.flatMap((item) => {
    if (item.kind === "scalar" && !isEmpty(item)) return readReference(reader, item, input);
    const range = isEmpty(item) ? entry.key.range : item.range;
    reader.report("EDDY_WIRE_SYNTAX", range, `Each wire is a text of its own: write ${expected}.`);
    return [];
  });
}

function readReference(reader: Reader, { text, range }: SourceScalar, input: string): readonly Wire[] {
  const wire = parseReference(text.trim());
  if (wire !== undefined) return [{ input, ...wire, range }];
  reportReference(reader, text, range);
  return [];
}

function reportReference(reader: Reader, text: string, range: Range): void {
  const shown = text.length > 40 ? `${text.slice(0, 37)}…` : text;
  const message = `"${shown}" names no output: write a node (warm), or a node and a port (warm.cleared).`;
  reader.report("EDDY_WIRE_SYNTAX", range, message);
}

/** `a` is `a.out`. Undefined where the text is no reference. */
export function parseReference(text: string): { readonly node: string; readonly port: string } | undefined {
  const dot = text.indexOf(".");
  const node = dot === -1 ? text : text.slice(0, dot);
  const port = dot === -1 ? "out" : text.slice(dot + 1);
  return namePattern.test(node) && portPattern.test(port) ? { node, port } : undefined;
}

/** How a wire is written: the port `out` goes without saying. */
export function writeReference({ node, port }: { readonly node: string; readonly port: string }): string {
  return port === "out" ? node : `${node}.${port}`;
}

/** Ports are also named by authors (the cases of a switch), so they may start with a digit. */
const portPattern = /^[A-Za-z0-9_][A-Za-z0-9_-]*$/;
