import type { SourceScalar } from "./model.ts";

/** A file that emitted text comes from. */
export interface SourceFile {
  /** As it shows in stack traces, such as `cold-chain.flow.yaml`. */
  readonly name: string;
  readonly text: string;
}

/** Where a piece of emitted text stands in a source file, by UTF-16 offset. */
export interface Origin {
  readonly file: SourceFile;
  readonly offset: number;
}

interface Piece {
  readonly text: string;
  readonly origin?: Origin;
  /** The text stands for the place; it is not the place's own text. */
  readonly isName?: boolean;
}

/** Emitted text that knows where each piece of it comes from. Text and mapping are made in one act and cannot drift apart. */
export class MappedText {
  readonly #pieces: readonly Piece[];
  #text: string | undefined;

  private constructor(pieces: readonly Piece[]) {
    this.#pieces = pieces;
  }

  static of(...parts: readonly (string | MappedText)[]): MappedText {
    const pieces: Piece[] = [];
    for (const part of parts) {
      if (typeof part !== "string") pieces.push(...part.#pieces);
      else if (part !== "") pieces.push({ text: part });
    }
    return new MappedText(pieces);
  }

  static join(parts: readonly (string | MappedText)[], separator: string): MappedText {
    return MappedText.of(...parts.flatMap((part, index) => (index === 0 ? [part] : [separator, part])));
  }

  /** Text that stands for a place in a file without being its text. */
  static at(text: string, file: SourceFile, offset: number): MappedText {
    return new MappedText([{ text, origin: { file, offset }, isName: true }]);
  }

  /** The characters of a scalar from `start` to `end`, each run at its place in the file. */
  static scalar({ text, runs }: SourceScalar, file: SourceFile, start = 0, end = text.length): MappedText {
    const pieces: Piece[] = [];
    let at = start;
    for (const run of runs) {
      const from = Math.max(run.textStart, at);
      const to = Math.min(run.textStart + run.length, end);
      if (from >= to) continue;
      // What lies between runs is an escape or a folded line break.
      if (from > at) pieces.push({ text: text.slice(at, from) });
      pieces.push({
        text: text.slice(from, to),
        origin: { file, offset: run.sourceStart + (from - run.textStart) },
      });
      at = to;
    }
    if (at < end) pieces.push({ text: text.slice(at, end) });
    return new MappedText(pieces);
  }

  toString(): string {
    this.#text ??= this.#pieces.map(({ text }) => text).join("");
    return this.#text;
  }

  /**
   * Where in this text the place of a file's offset is; the end of a piece counts to it, where nothing begins there.
   * Undefined where the text has nothing from there.
   */
  positions(): (offset: number) => number | undefined {
    const places: { readonly source: number; readonly length: number; readonly at: number }[] = [];
    let at = 0;
    for (const { text, origin, isName } of this.#pieces) {
      if (origin && !isName) places.push({ source: origin.offset, length: text.length, at });
      at += text.length;
    }
    return (offset) => {
      let found: number | undefined;
      for (const { source, length, at: start } of places) {
        if (offset >= source && offset < source + length) return start + offset - source;
        if (offset === source + length) found ??= start + length;
      }
      return found;
    };
  }

  /** Looks up where a character of this text comes from, by its offset. */
  origins(): (offset: number) => Origin | undefined {
    const starts: number[] = [];
    let length = 0;
    for (const { text } of this.#pieces) {
      starts.push(length);
      length += text.length;
    }
    return (offset) => {
      if (offset < 0 || offset >= length) return undefined;
      let low = 0;
      let high = starts.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if ((starts[middle] ?? 0) <= offset) low = middle;
        else high = middle - 1;
      }
      const piece = this.#pieces[low];
      if (!piece?.origin) return undefined;
      const into = piece.isName ? 0 : offset - (starts[low] ?? 0);
      return { file: piece.origin.file, offset: piece.origin.offset + into };
    };
  }
}
