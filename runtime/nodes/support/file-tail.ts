import type { FileHandle } from "node:fs/promises";
import type { Json } from "../../../language/model.ts";
import type { NodeContext, Timer } from "../../engine/contract.ts";
import { isMissing } from "./files.ts";
import { isObject } from "./stored.ts";

/** How often the file is looked at, milliseconds. */
const pause = 250;
const chunk = 64 * 1024;
/** A line that is longer is cut here, bytes. */
const longestLine = 1024 * 1024;

export interface FileTailOptions {
  readonly path: string;
  /** Begins with what is in the file already; else with what is added to it. */
  readonly fromStart: boolean;
  readonly onLine: (line: Uint8Array, source: { readonly offset: number }, acknowledge: () => void) => void;
  /** A file begins, or is gone on with: then with its first line, where it has one. */
  readonly onFile: (firstLine: Uint8Array | undefined) => void;
}

/** A line that was handed on, and whether all that it caused has ended. */
interface Pending {
  readonly file: string;
  readonly start: number;
  isDone: boolean;
}

/**
 * Follows a file as `tail -F` does: what is added, a new file under the old name, a file that was cut. The place behind
 * the last line before which everything has ended is durable, so that a restart goes on there.
 */
export class FileTail {
  readonly #context: NodeContext;
  readonly #options: FileTailOptions;
  #file: FileHandle | undefined;
  #identity = "";
  /** Where `#rest`, which has been read and not been handed on, begins in the file. */
  #offset = 0;
  #rest: Uint8Array = new Uint8Array();
  #pending: Pending[] = [];
  #timer: Timer | undefined;
  #isPaused = false;
  #isClosed = false;
  #looking: Promise<void> = Promise.resolve();

  constructor(context: NodeContext, options: FileTailOptions) {
    this.#context = context;
    this.#options = options;
  }

  async open(): Promise<void> {
    await this.#openFile({ isFirst: true });
    this.#looking = this.#look();
    await this.#looking;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#looking;
    await this.#file?.close();
    this.#file = undefined;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    if (!this.#timer) return;
    this.#timer.cancel();
    this.#plan(0);
  }

  async #openFile({ isFirst }: { readonly isFirst: boolean }): Promise<void> {
    const { path, fromStart, onFile } = this.#options;
    const files = this.#context.host.builtin("node:fs/promises");
    try {
      this.#file = await files.open(path, "r");
    } catch (error) {
      if (!isMissing(error)) this.#context.fail(error);
      return;
    }
    const { ino, dev, size } = await this.#file.stat();
    this.#identity = `${dev}:${ino}`;
    const known = this.#context.state.get("place");
    // A file that appears later is new as a whole.
    const fresh = isFirst && !fromStart ? size : 0;
    this.#offset = known === undefined ? fresh : placeIn(known, this.#identity, size);
    this.#rest = new Uint8Array();
    this.#remember();
    onFile(this.#offset > 0 ? await firstLine(this.#file) : undefined);
  }

  #plan(wait: number): void {
    if (this.#isClosed) return;
    this.#timer = this.#context.clock.after(wait, () => {
      this.#timer = undefined;
      this.#looking = this.#look();
    });
  }

  async #look(): Promise<void> {
    try {
      if (!this.#file) await this.#openFile({ isFirst: false });
      if (this.#file && !this.#isPaused) await this.#readOn(this.#file);
      if (this.#file && !this.#isPaused) await this.#followRotation(this.#file);
    } catch (error) {
      this.#context.fail(error);
    }
    this.#plan(pause);
  }

  async #readOn(file: FileHandle): Promise<void> {
    const { size } = await file.stat();
    if (size < this.#offset + this.#rest.length) this.#beginAnew();
    this.#take(new Uint8Array());
    const buffer = new Uint8Array(chunk);
    while (!this.#isPaused && !this.#isClosed) {
      const { bytesRead } = await file.read(buffer, 0, chunk, this.#offset + this.#rest.length);
      if (bytesRead === 0) return;
      this.#take(buffer.subarray(0, bytesRead));
    }
  }

  /** The file was cut: what is there now is new. */
  #beginAnew(): void {
    this.#offset = 0;
    this.#rest = new Uint8Array();
    this.#pending = [];
    this.#remember();
    this.#options.onFile(undefined);
  }

  /** Hands on the lines that are whole, as long as they are taken. */
  #take(added: Uint8Array): void {
    const bytes = concat(this.#rest, added);
    let start = 0;
    while (!this.#isPaused && !this.#isClosed) {
      const end = bytes.indexOf(10, start);
      if (end < 0) break;
      this.#line(bytes.slice(start, end), end + 1 - start);
      start = end + 1;
    }
    this.#rest = bytes.slice(start);
    if (!this.#isPaused && this.#rest.length > longestLine) this.#takeRest();
  }

  /** What has no line break at its end. */
  #takeRest(): void {
    const rest = this.#rest;
    this.#rest = new Uint8Array();
    if (rest.length > 0) this.#line(rest, rest.length);
  }

  #line(line: Uint8Array, length: number): void {
    const offset = this.#offset;
    const pending: Pending = { file: this.#identity, start: offset, isDone: false };
    this.#offset += length;
    this.#pending.push(pending);
    this.#options.onLine(line, { offset }, () => this.#done(pending));
  }

  /** Executions may end in another order than they began: the place moves past those before which all have ended. */
  #done(pending: Pending): void {
    pending.isDone = true;
    if (this.#pending[0] !== pending) return;
    while (this.#pending[0]?.isDone) this.#pending.shift();
    this.#remember();
  }

  #remember(): void {
    const [first] = this.#pending;
    const place = first ?? { file: this.#identity, start: this.#offset };
    this.#context.state.set("place", { file: place.file, offset: place.start });
  }

  /** Another file has the name now: the old one is read to its end, and the new one begins. */
  async #followRotation(file: FileHandle): Promise<void> {
    const files = this.#context.host.builtin("node:fs/promises");
    const now = await files.stat(this.#options.path).catch(() => undefined);
    if (now && `${now.dev}:${now.ino}` === this.#identity) return;
    // Something may have been added to it before it was moved away.
    await this.#readOn(file);
    if (this.#isPaused || this.#isClosed) return;
    this.#takeRest();
    await file.close();
    this.#file = undefined;
    if (now) await this.#openFile({ isFirst: false });
    if (this.#file) await this.#readOn(this.#file);
  }
}

/** Where to go on in a file: at its beginning where it is not the one that was read before, or was cut since. */
function placeIn(known: Json, file: string, size: number): number {
  if (!isObject(known) || known.file !== file || typeof known.offset !== "number") return 0;
  return known.offset <= size ? known.offset : 0;
}

async function firstLine(file: FileHandle): Promise<Uint8Array | undefined> {
  const { buffer, bytesRead } = await file.read(new Uint8Array(chunk), 0, chunk, 0);
  const end = buffer.indexOf(10);
  return end >= 0 && end < bytesRead ? buffer.slice(0, end) : undefined;
}

function concat(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second;
  const whole = new Uint8Array(first.length + second.length);
  whole.set(first);
  whole.set(second, first.length);
  return whole;
}
