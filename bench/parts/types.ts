// How long the type checker takes after a keystroke in the middle of a hundred nodes. `bench/types.ts` has the other sizes.
import { bars } from "../bars.ts";
import type { Effort } from "../support/effort.ts";
import { type Result, resultOf } from "../support/results.ts";
import { median, spread, timed } from "../support/statistics.ts";
import { check, openChecker, typed, workflow } from "../support/typed-workflow.ts";

const nodes = 100;
const warmUp = 5;

export async function measureTypes({ rounds }: Effort): Promise<readonly Result[]> {
  const checker = openChecker();
  check(checker, workflow(nodes, {}));
  const times: number[] = [];
  for (let round = 0; round < warmUp + rounds * 6; round++) {
    const text = workflow(nodes, { limit: `msg.payload.${typed(round)}` });
    times.push((await timed(() => check(checker, text))).milliseconds);
  }
  checker.dispose();
  const warm = times.slice(warmUp);
  return [resultOf(bars.types100, { value: median(warm), spread: spread(warm) })];
}
