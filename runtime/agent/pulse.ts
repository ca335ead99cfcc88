/**
 * How the control thread sees that a worker is blocked, by whom, and over which message: a few numbers and a text in
 * shared memory, since a blocked thread answers nothing.
 */
import type { Message, Witness } from "../engine/contract.ts";

/** Milliseconds. */
export const beatInterval = 250;
/** Bytes of JSON of a message; of a larger one, nothing is kept. */
export const largestKept = 64 * 1024;

/** Where in the memory each number is; the text of the message follows. */
const at = { beats: 0, slot: 1, node: 2, trigger: 3, length: 4 } as const;
const textAt = 32;
/** In the place of a length: there was a message, and it was too large. */
const tooLarge = -1;
/** In the place of a node: none was at work. */
const noNode = -1;

export const pulseSize = textAt + largestKept;

/** The worker's side. `running` costs a few writes to memory on the way into a workflow and one on the way out. */
export interface Pulse {
  beat(): void;
  /** Runs code of the workflow in this slot. */
  within<Result>(slot: number, run: () => Result): Result;
  /** The slot whose code is running, 0 where none is. */
  readonly running: number;
  /** For the engine of the workflow in this slot; undefined where nobody can look. */
  witness(slot: number, isKept: Witness["isKept"]): Witness | undefined;
}

/** `publish` hands on what stands at the beginning of the memory, where that cannot be shared. */
export function createPulse(
  memory: SharedArrayBuffer | ArrayBuffer | undefined,
  publish: (length: number) => void = () => {},
): Pulse {
  // Without any, nobody watches, but errors are still told apart by who was running.
  const numbers = new Int32Array(memory ?? new ArrayBuffer(textAt), 0, textAt / 4);
  const text = memory && new Uint8Array(memory, textAt);
  const encoder = new TextEncoder();
  let written: Message | undefined;

  /** JSON is written once for a message, however often its execution goes on. */
  function write(trigger: number, message: Message): void {
    if (message === written || !text) return;
    written = message;
    numbers[at.trigger] = trigger;
    const json = textOf(message) ?? "";
    const { read, written: length } = encoder.encodeInto(json, text);
    numbers[at.length] = json !== "" && read === json.length ? length : tooLarge;
  }

  return {
    beat: () => void Atomics.add(numbers, at.beats, 1),
    within(slot, run) {
      const before = numbers[at.slot] ?? 0;
      numbers[at.slot] = slot;
      if (before === 0) {
        written = undefined;
        numbers[at.node] = noNode;
        numbers[at.length] = 0;
      }
      try {
        return run();
      } finally {
        numbers[at.slot] = before;
        if (before === 0) publish(textAt);
      }
    },
    get running() {
      return numbers[at.slot] ?? 0;
    },
    witness: (slot, isKept) =>
      text && {
        isKept,
        enter(node, trigger, message) {
          const before = numbers[at.slot] ?? 0;
          numbers[at.slot] = slot;
          numbers[at.node] = node;
          write(trigger, message);
          publish(textAt + Math.max(0, numbers[at.length] ?? 0));
          return before;
        },
        leave(before, node, trigger, message) {
          numbers[at.slot] = before;
          if (before !== 0) {
            numbers[at.node] = node;
            write(trigger, message);
          }
          publish(textAt + Math.max(0, numbers[at.length] ?? 0));
        },
      },
  };
}

/** The same for a message that is sent again, which has another id and time. */
export function fingerprint(text: string): string {
  const { topic, payload, base64 } = JSON.parse(text);
  return JSON.stringify([topic, payload, base64]);
}

/** JSON. Undefined for what is too large, or cannot be told in JSON. */
export function textOf(message: Message): string | undefined {
  const { payload } = message;
  try {
    if (roomAfter(message, largestKept, 0) < 0) return undefined;
    if (payload instanceof Uint8Array)
      return JSON.stringify({
        ...message,
        payload: undefined,
        base64: Buffer.from(payload).toString("base64"),
      });
    return JSON.stringify(message);
  } catch {
    // A getter that throws, a bigint: the workflow may well live with it.
    return undefined;
  }
}

const deepest = 32;

/** What is left of so many bytes, at least; negative as soon as they are used up, so that no huge value is walked through. */
function roomAfter(value: unknown, room: number, depth: number): number {
  if (typeof value === "string") return room - value.length;
  if (typeof value !== "object" || value === null) return room - 4;
  if (ArrayBuffer.isView(value)) return room - value.byteLength * (value instanceof Uint8Array ? 1.34 : 4);
  if (depth > deepest) return -1;
  let left = room - 2;
  for (const key in value) {
    left = roomAfter(Reflect.get(value, key), left - (Array.isArray(value) ? 1 : key.length + 4), depth + 1);
    if (left < 0) break;
  }
  return left;
}

/** What a worker was at when it ended. */
export interface Activity {
  readonly slot: number;
  /** Index of the node that was at work, or that handed on to those that were; undefined where none was. */
  readonly node: number | undefined;
  /** The message that the execution under way began with. */
  readonly message: WrittenMessage | undefined;
  /** A stack trace, innermost first, where one could be had. */
  readonly stack?: string | undefined;
}

export interface WrittenMessage {
  /** Index of the node that it came from, or went into by hand. */
  readonly trigger: number;
  /** JSON; undefined where it was too large to be kept. */
  readonly text: string | undefined;
}

/** The control thread's side. */
export interface PulseReader {
  readonly beats: number;
  /** Undefined where no workflow's code is running. */
  readonly activity: Activity | undefined;
}

export function readPulse(memory: SharedArrayBuffer | ArrayBuffer): PulseReader {
  const numbers = new Int32Array(memory, 0, textAt / 4);
  const read = (index: number) => Atomics.load(numbers, index);
  return {
    get beats() {
      return read(at.beats);
    },
    get activity() {
      const slot = read(at.slot);
      if (slot === 0) return undefined;
      const node = read(at.node);
      const length = read(at.length);
      const text = length > 0 ? Buffer.from(memory, textAt, length).toString() : undefined;
      return {
        slot,
        node: node === noNode ? undefined : node,
        message: length === 0 ? undefined : { trigger: read(at.trigger), text },
      };
    },
  };
}
