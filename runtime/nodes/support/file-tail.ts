import type { FileHandle } from "node:fs/promises";
import type { NodeContext, Timer } from "../../engine/contract.ts";
import { isObject } from "./stored.ts";

/** How often the file is looked at, milliseconds. */
const pause = 250;
const chunk = 64 * 1024;
/** A line that is longer is cut here, bytes. */
const longestLine = 1024 * 1024;

type Emit = (line: Uint8Array, source: { readonly offset: number }, acknowledge: () => void) => void;

/**
 * Follows a file as `tail -F` does: what is added, a new file under the old name, a file that was cut. The place behind
 * the last line whose execution has ended is durable, so that a restart goes on there.
 */
export class FileTail {
  readonly #context: NodeContext;
  readonly #path: string;
  readonly #fromStart: boolean;
  readonly #emit: Emit;
  readonly #onNewFile: () => void;
  #file: FileHandle | undefined;
  #identity = "";
  #offset = 0;
  #rest: Uint8Array = new Uint8Array();
  #timer: Timer | undefined;
  #paused = false;
  #closed = false;
  #looking: Promise<void> = Promise.resolve();

  constructor(
    context: NodeContext,
    path: string,
    { fromStart }: { readonly fromStart: boolean },
    emit: Emit,
    onNewFile: () => void,
  ) {
    this.#context = context;
    this.#path = path;
    this.#fromStart = fromStart;
    this.#emit = emit;
    this.#onNewFile = onNewFile;
  }

  async open(): Promise<void> {
    await this.#openFile({ first: true });
    await this.#look();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#looking;
    await this.#file?.close();
    this.#file = undefined;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
  }

  async #openFile({ first }: { readonly first: boolean }): Promise<void> {
    const files = this.#context.host.builtin("node:fs/promises");
    try {
      this.#file = await files.open(this.#path, "r");
    } catch (error) {
      if (!isMissing(error)) this.#context.fail(error);
      return;
    }
    const { ino, dev, size } = await this.#file.stat();
    this.#identity = `${dev}:${ino}`;
    const known = this.#context.state.get("place");
    const isKnown =
      known !== undefined && isObject(known) && known.file === this.#identity && Number(known.offset) <= size;
    // A file that appears later is new as a whole.
    const fresh = first && !this.#fromStart ? size : 0;
    this.#offset = isKnown ? Number(known.offset) : fresh;
    this.#rest = new Uint8Array();
    this.#onNewFile();
  }

  #plan(): void {
    if (this.#closed) return;
    this.#timer = this.#context.clock.after(pause, () => {
      this.#looking = this.#look();
    });
  }

  async #look(): Promise<void> {
    try {
      if (!this.#file) await this.#openFile({ first: false });
      if (this.#file && !this.#paused) {
        await this.#readOn(this.#file);
        await this.#followRotation(this.#file);
      }
    } catch (error) {
      this.#context.fail(error);
    }
    this.#plan();
  }

  async #readOn(file: FileHandle): Promise<void> {
    const { size } = await file.stat();
    if (size < this.#offset + this.#rest.length) {
      // It was cut: what is there now is new.
      this.#offset = 0;
      this.#rest = new Uint8Array();
      this.#onNewFile();
    }
    const buffer = new Uint8Array(chunk);
    while (!this.#paused && !this.#closed) {
      const { bytesRead } = await file.read(buffer, 0, chunk, this.#offset + this.#rest.length);
      if (bytesRead === 0) return;
      this.#take(concat(this.#rest, buffer.subarray(0, bytesRead)));
    }
  }

  #take(bytes: Uint8Array): void {
    let start = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      this.#line(bytes.slice(start, end), end + 1 - start);
      start = end + 1;
    }
    this.#rest = bytes.slice(start);
    if (this.#rest.length <= longestLine) return;
    this.#line(this.#rest, this.#rest.length);
    this.#rest = new Uint8Array();
  }

  #line(line: Uint8Array, length: number): void {
    const offset = this.#offset;
    this.#offset += length;
    const place = { file: this.#identity, offset: this.#offset };
    this.#emit(line, { offset }, () => this.#context.state.set("place", place));
  }

  /** Another file has the name now: the old one was read to its end, and this one begins. */
  async #followRotation(file: FileHandle): Promise<void> {
    const files = this.#context.host.builtin("node:fs/promises");
    const now = await files.stat(this.#path).catch(() => undefined);
    if (now && `${now.dev}:${now.ino}` === this.#identity) return;
    await file.close();
    this.#file = undefined;
    if (now) await this.#openFile({ first: false });
    if (this.#file) await this.#readOn(this.#file);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

function concat(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second;
  const whole = new Uint8Array(first.length + second.length);
  whole.set(first);
  whole.set(second, first.length);
  return whole;
}
