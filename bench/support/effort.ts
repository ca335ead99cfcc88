/** How much is measured: for the documentation, within eight minutes, or just enough to see that it can be. */
export interface Effort {
  /** Runs of each contestant. */
  readonly rounds: number;
  /** Milliseconds of a run. */
  readonly run: number;
  /** Milliseconds until a process has come to rest. */
  readonly rest: number;
  /** Messages a second at which latency is measured. */
  readonly rates: readonly number[];
  /** Whether there is a broker, and Node-RED. */
  readonly peers: boolean;
}

export const efforts = {
  full: { rounds: 9, run: 3_000, rest: 6_000, rates: [500, 2_000], peers: true },
  quick: { rounds: 5, run: 1_000, rest: 4_000, rates: [500, 2_000], peers: true },
  tiny: { rounds: 1, run: 20, rest: 0, rates: [], peers: false },
} as const satisfies Record<string, Effort>;
