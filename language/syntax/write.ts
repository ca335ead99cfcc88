import type { ScalarStyle, SourceValue } from "../model.ts";
import { readYaml } from "./yaml.ts";

/** Where a value is to stand. */
export interface Place {
  /** Inside braces or brackets, where no block can be. */
  readonly flow: boolean;
  /** The column of the key or dash in front of it. */
  readonly column: number;
  /** How much deeper the next level is. */
  readonly unit: number;
  readonly eol: string;
  /** How the value was written until now; kept where the new text allows it. */
  readonly style?: ScalarStyle;
  /** What a text of one line becomes that cannot stand plain: code a block, which needs no escapes; a name or title quotes. */
  readonly unlessPlain?: "block" | "quotes";
}

/** A value as it stands in the file: `head` behind the key, and the lines below it, each with a line break in front. */
export interface Written {
  readonly head: string;
  readonly body: string;
}

/** Writes a text so that it is read back exactly: plain where that works, else as a block, else in quotes. */
export function writeScalar(text: string, place: Place): Written {
  if (place.style === "single" && !/[\n]/.test(text) && isPrintable(text)) return inline(singleQuoted(text));
  if (place.style === "double" && (place.flow || !/\n/.test(text))) return inline(doubleQuoted(text));
  const block = place.flow ? undefined : writeBlock(text, place);
  const keepsBlock = place.style === "literal" || place.style === "folded";
  if (keepsBlock && block !== undefined) return block;
  if (isPlain(text, place.flow)) return inline(text);
  const quoted = quote(text);
  return block === undefined || (place.unlessPlain === "quotes" && !/\n/.test(text)) ? inline(quoted) : block;
}

/** True where the text can stand by itself, and YAML reads it back as it is. */
export function isPlain(text: string, flow: boolean): boolean {
  if (simplePlain.test(text)) return true;
  if (text === "" || text !== text.trim() || !isPrintable(text) || /[\n]| #|: |^#|:$/.test(text))
    return false;
  if (flow && /[{}[\],]/.test(text)) return false;
  const { value, problems } = readYaml(flow ? `{k: ${text}, l: 1}` : `k: ${text}\n`);
  const read = value?.kind === "map" ? value.entries[0]?.value : undefined;
  return problems.length === 0 && read?.kind === "scalar" && read.style === "plain" && read.text === text;
}

/** Names, dotted names, numbers, durations: what needs no second look. */
const simplePlain = /^[A-Za-z0-9][A-Za-z0-9_.]*$/;

/** Writes a value, however it was written before: on one line in flow, else with maps and lists as blocks. */
export function writeValue(value: SourceValue, place: Place): Written {
  if (value.kind === "scalar") {
    const isNothing = value.text === "" && value.style === "plain";
    return isNothing ? inline("") : writeScalar(value.text, { ...place, style: value.style });
  }
  const empty = value.kind === "map" ? value.entries.length === 0 : value.items.length === 0;
  if (place.flow || empty) return inline(writeFlow(value, place));
  const column = place.column + place.unit;
  const indent = " ".repeat(column);
  const lines =
    value.kind === "map"
      ? value.entries.map(
          (entry) =>
            `${indent}${writeKey(entry.key.value)}:${joined(writeValue(entry.value, { ...place, column }))}`,
        )
      : value.items.map((item) => `${indent}-${joined(writeItem(item, { ...place, column }))}`);
  return { head: "", body: lines.map((line) => place.eol + line).join("") };
}

/** A key as it has to be written to be read as this text. */
export function writeKey(key: string, place: { readonly flow: boolean } = { flow: false }): string {
  if (/^[A-Za-z_][A-Za-z0-9_-]*$/.test(key) && !/^(?:true|false|null)$/i.test(key)) return key;
  const { value, problems } = readYaml(place.flow ? `{${key}: 1}` : `${key}: 1\n`);
  const read = value?.kind === "map" && value.entries.length === 1 ? value.entries[0] : undefined;
  const plain =
    problems.length === 0 &&
    read?.key.value === key &&
    read.value.kind === "scalar" &&
    read.value.text === "1";
  return plain && key === key.trim() && !/^['"]/.test(key) ? key : doubleQuoted(key);
}

/** ` head` and body as they follow a colon or dash. */
export function joined({ head, body }: Written): string {
  return (head === "" ? "" : ` ${head}`) + body;
}

function writeFlow(value: SourceValue, place: Place): string {
  const inner = { ...place, flow: true };
  switch (value.kind) {
    case "scalar":
      return joined(writeValue(value, inner)).trimStart();
    case "list":
      return `[${value.items.map((item) => writeFlow(item, inner)).join(", ")}]`;
    case "map": {
      const entries = value.entries.map(
        (entry) => `${writeKey(entry.key.value, { flow: true })}: ${writeFlow(entry.value, inner)}`,
      );
      return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
    }
  }
}

/** Maps and lists inside a block list stand on one line; nothing the editor writes nests deeper. */
function writeItem(item: SourceValue, place: Place): Written {
  return item.kind === "scalar" ? writeValue(item, place) : inline(writeFlow(item, place));
}

function inline(head: string): Written {
  return { head, body: "" };
}

/** As a block (`|-`; `>-` where it was one and has one line), or undefined where a block could not keep every character. */
function writeBlock(text: string, { column, unit, eol, style }: Place): Written | undefined {
  const clipped = text.endsWith("\n");
  const lines = (clipped ? text.slice(0, -1) : text).split("\n");
  const last = lines.at(-1) ?? "";
  if (last.trim() === "" || !isPrintable(text.replaceAll("\n", ""))) return undefined;
  const startsWithSpace = /^\n*[ ]/.test(text) || text.startsWith("\n");
  const folded = style === "folded" && lines.length === 1 && !startsWithSpace && !clipped;
  const header = `${folded ? ">" : "|"}${startsWithSpace ? unit : ""}${clipped ? "" : "-"}`;
  const indent = " ".repeat(column + unit);
  const body = lines.map((line) => eol + (line === "" ? "" : indent + line)).join("");
  return { head: header, body };
}

/** In double quotes as most people write them; where that would need escapes, in single quotes if those can hold it. */
function quote(text: string): string {
  const isTame = !/["\\\n]/.test(text) || /\n/.test(text) || !isPrintable(text);
  return isTame ? doubleQuoted(text) : singleQuoted(text);
}

function singleQuoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** JSON is YAML; what JSON leaves as it is but YAML or an editor would not keep is escaped as well. */
function doubleQuoted(text: string): string {
  return JSON.stringify(text).replace(
    unprintableOrBreaking,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Characters that YAML does not allow as they are, or that some reader takes for a line break or drops. */
const unprintable = String.raw`\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff`;
const unprintableOrBreaking = new RegExp(`[${unprintable}]`, "g");
const anyUnprintable = new RegExp(
  `[${unprintable}]|[\\ud800-\\udbff](?![\\udc00-\\udfff])|(?<![\\ud800-\\udbff])[\\udc00-\\udfff]`,
);

function isPrintable(text: string): boolean {
  return !anyUnprintable.test(text);
}
