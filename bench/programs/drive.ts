// Runs in the process that is measured. Both ways of doing the work get the same messages from here.

/** A message as it comes from a source. */
export interface Incoming {
  readonly id: string;
  readonly time: number;
  readonly topic: string;
  readonly payload: { readonly celsius: number; readonly door: "open" | "closed" };
  readonly source: undefined;
}

/** Messages between two turns of the event loop: what a busy socket brings at once. */
const batch = 1_000;

/**
 * Gives messages until so many milliseconds are over; first as many again to warm up. Resolves with messages a second of
 * this thread's processor time: what other processes take of the machine is no part of it.
 */
export async function drive(give: (message: Incoming) => void, milliseconds: number): Promise<number> {
  await run(give, milliseconds);
  return run(give, milliseconds);
}

async function run(give: (message: Incoming) => void, milliseconds: number): Promise<number> {
  const end = performance.now() + milliseconds;
  const before = process.threadCpuUsage();
  let count = 0;
  while (performance.now() < end) {
    const time = Date.now();
    for (let one = 0; one < batch; one++, count++)
      give({
        id: "a",
        time,
        topic: "site/1/fridge",
        // One of 64 is out of range, most of the others are warm, some are hot.
        payload: {
          celsius: count % 64 === 0 ? -50 : 4 + (count % 32),
          door: count % 4 === 3 ? "open" : "closed",
        },
        source: undefined,
      });
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { user, system } = process.threadCpuUsage(before);
  return (count / (user + system)) * 1_000_000;
}
