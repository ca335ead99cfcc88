import type { ExecutionRecord, Message, Outcome } from "./contract.ts";
import type { Recorder } from "./records.ts";

/** All that one trigger message causes, while it is under way. */
export interface Execution {
  readonly id: string;
  /** Index of the node that it began at. */
  readonly trigger: number;
  /** Milliseconds since 1970. */
  readonly started: number;
  /** What is still to be done for it: its synchronous part and every message inside an asynchronous node. */
  pending: number;
  outcome: Outcome;
  readonly acknowledge: (() => void) | undefined;
  /** Messages that a holding node had kept. */
  readonly causes: readonly Message[];
  /** Only where somebody listens. */
  readonly recorder: Recorder | undefined;
  /** Only for an injected message. */
  readonly ended: ((record: ExecutionRecord) => void) | undefined;
}
