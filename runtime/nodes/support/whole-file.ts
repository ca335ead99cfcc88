import type { NodeContext, Timer } from "../../engine/contract.ts";
import { isMissing } from "./files.ts";

/** How often a file is looked at, milliseconds. Works on network drives too, where nobody announces changes. */
const pause = 500;
/** Bytes of a file that are read into memory. */
const largestFile = 64 * 1024 * 1024;

export interface WholeFileOptions {
  readonly path: string;
  /** Reads it again each time it has changed. */
  readonly watches: boolean;
  readonly parts: (bytes: Uint8Array) => Iterable<Uint8Array>;
  readonly onPart: (part: Uint8Array) => void;
}

/** Reads a file as a whole: once, or whenever it has changed. Its parts are handed on as fast as they are taken. */
export class WholeFile {
  readonly #context: NodeContext;
  readonly #options: WholeFileOptions;
  #parts: Iterator<Uint8Array> | undefined;
  #seen: string | undefined;
  #timer: Timer | undefined;
  #looking: Promise<void> = Promise.resolve();
  #isPaused = false;
  #isClosed = false;

  constructor(context: NodeContext, options: WholeFileOptions) {
    this.#context = context;
    this.#options = options;
  }

  async open(): Promise<void> {
    await this.#look();
    this.#plan();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#looking;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#handOn();
  }

  #plan(): void {
    if (this.#isClosed || !this.#options.watches) return;
    this.#timer = this.#context.clock.after(pause, () => {
      this.#looking = this.#look().then(() => this.#plan());
    });
  }

  async #look(): Promise<void> {
    // What has not been taken yet comes first.
    if (this.#parts) return;
    const { path, watches, parts } = this.#options;
    const files = this.#context.host.builtin("node:fs/promises");
    try {
      const { mtimeMs, size } = await files.stat(path);
      const stamp = `${mtimeMs} ${size}`;
      if (stamp === this.#seen) return;
      this.#seen = stamp;
      if (size > largestFile)
        throw new RangeError(`${path} has ${size} bytes: ${largestFile} are the most that are read at once.`);
      this.#parts = parts(await files.readFile(path))[Symbol.iterator]();
    } catch (error) {
      // A file that is watched may come later.
      if (!watches || !isMissing(error)) this.#context.fail(error);
      return;
    }
    this.#handOn();
  }

  #handOn(): void {
    while (this.#parts && !this.#isPaused && !this.#isClosed) {
      const { done, value } = this.#parts.next();
      if (done) this.#parts = undefined;
      else this.#options.onPart(value);
    }
  }
}
