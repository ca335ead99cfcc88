import { MappedText, type SourceFile } from "../mapped-text.ts";
import type { Range, SourceScalar } from "../model.ts";

/** What stands in a slot, by which messages are worded. */
export type SlotRole =
  | "expression"
  | "condition"
  | "template"
  | "code"
  | "type"
  | "state"
  | "output"
  | "wire";

/** A stretch of a generated file that belongs to one text of the author, with what is put around it. */
export interface Slot {
  readonly start: number;
  readonly end: number;
  /** The whole of the author's text in the file; where an error goes that lies in what is put around it. */
  readonly range: Range;
  readonly role: SlotRole;
  /** The param, as messages name it. */
  readonly name: string;
}

/** A generated file: its text, and which part of it belongs to which text of the author. */
export interface VirtualText {
  readonly text: MappedText;
  /** Inner ones behind those around them. */
  readonly slots: readonly Slot[];
  /** Places where an author has not written anything yet. */
  readonly anchors: readonly { readonly source: number; readonly at: number }[];
  /** Stretches in which an error is no error of anybody's. */
  readonly quiet: readonly { readonly start: number; readonly end: number }[];
}

/** Writes a generated file from its start to its end. */
export class VirtualTextBuilder {
  readonly file: SourceFile;
  readonly #parts: (string | MappedText)[] = [];
  readonly #slots: Slot[] = [];
  readonly #anchors: { source: number; at: number }[] = [];
  readonly #quiet: { start: number; end: number }[] = [];
  #length = 0;

  constructor(file: SourceFile) {
    this.file = file;
  }

  get length(): number {
    return this.#length;
  }

  add(text: string): this {
    this.#parts.push(text);
    this.#length += text.length;
    return this;
  }

  /** The author's characters, from `start` to `end` of the scalar's text. */
  source(scalar: SourceScalar, start = 0, end = scalar.text.length): this {
    if (start === end) this.#anchors.push({ source: scalar.range.start, at: this.#length });
    this.#parts.push(MappedText.scalar(scalar, this.file, start, end));
    this.#length += end - start;
    return this;
  }

  slot(role: SlotRole, name: string, range: Range, write: () => void): this {
    const start = this.#length;
    const place = this.#slots.length;
    write();
    this.#slots.splice(place, 0, { start, end: this.#length, range, role, name });
    return this;
  }

  quiet(write: () => void): this {
    const start = this.#length;
    write();
    this.#quiet.push({ start, end: this.#length });
    return this;
  }

  finish(): VirtualText {
    return {
      text: MappedText.of(...this.#parts),
      slots: this.#slots,
      anchors: this.#anchors,
      quiet: this.#quiet,
    };
  }
}

/** Where a stretch of a generated file is in the author's: exactly, where it is the author's own text. */
export function sourceRangeOf(
  { text }: VirtualText,
  origins: ReturnType<MappedText["origins"]>,
  start: number,
  end: number,
): Range | undefined {
  const last = Math.min(end, text.toString().length);
  // An escape or a folded line break has no place of its own; the nearest character inside has.
  for (let from = start; from < last; from++) {
    const first = origins(from);
    if (!first) continue;
    for (let to = last; to > from; to--) {
      const final = origins(to - 1);
      if (final) return { start: first.offset, end: Math.max(first.offset, final.offset + 1) };
    }
  }
  return undefined;
}

/** The innermost slot that a place of a generated file is in. */
export function slotAt({ slots }: VirtualText, offset: number): Slot | undefined {
  return slots.findLast(({ start, end }) => offset >= start && offset < end);
}

export function isQuiet({ quiet }: VirtualText, offset: number): boolean {
  return quiet.some(({ start, end }) => offset >= start && offset < end);
}
