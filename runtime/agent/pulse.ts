/**
 * How the control thread sees that a worker is blocked, and by whom: two numbers in shared memory, since a blocked
 * thread answers nothing.
 */

/** Milliseconds. */
export const beatInterval = 250;

/** The worker's side. `running` costs one write to memory on the way into a workflow and one on the way out. */
export interface Pulse {
  beat(): void;
  /** Runs code of the workflow in this slot. */
  within<Result>(slot: number, run: () => Result): Result;
  /** The slot whose code is running, 0 where none is. */
  readonly running: number;
}

export function createPulse(memory: SharedArrayBuffer | undefined): Pulse {
  // Without sharing, nobody watches, but errors are still told apart by who was running.
  const numbers = new Int32Array(memory ?? new ArrayBuffer(8));
  return {
    beat: () => void Atomics.add(numbers, 0, 1),
    within(slot, run) {
      const before = numbers[1] ?? 0;
      numbers[1] = slot;
      try {
        return run();
      } finally {
        numbers[1] = before;
      }
    },
    get running() {
      return numbers[1] ?? 0;
    },
  };
}

/** The control thread's side. */
export interface PulseReader {
  readonly beats: number;
  readonly running: number;
}

export function readPulse(memory: SharedArrayBuffer): PulseReader {
  const numbers = new Int32Array(memory);
  return {
    get beats() {
      return Atomics.load(numbers, 0);
    },
    get running() {
      return Atomics.load(numbers, 1);
    },
  };
}
