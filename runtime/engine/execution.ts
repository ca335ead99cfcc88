import type { ExecutionRecord, Message, Outcome } from "./contract.ts";
import type { Recorder } from "./records.ts";

/** What an execution may bring with it. */
export interface ExecutionStart {
  readonly acknowledge?: () => void;
  /** Messages that a holding node had kept. */
  readonly causes?: readonly Message[];
  /** Only for an injected message. */
  readonly ended?: (record: ExecutionRecord) => void;
}

/** All that one trigger message causes, while it is under way. */
export interface Execution {
  /** Index of the node that it began at. */
  readonly trigger: number;
  /** That it began with; known where a witness looks on. */
  readonly message: Message;
  /** Milliseconds since 1970. */
  readonly started: number;
  /** What is still to be done for it: its synchronous part and every message inside an asynchronous node. */
  pending: number;
  outcome: Outcome;
  readonly start: ExecutionStart;
  /** Only where somebody listens. */
  readonly recorder: Recorder | undefined;
}

/** The failures that led here, the latest first: who handles an error is not asked to handle its own. */
export interface Failures {
  readonly node: number;
  /** Milliseconds since 1970. Handling it has the time of an execution of its own: that of the failed one may be over. */
  readonly since: number;
  readonly earlier: Failures | undefined;
}

export function hasFailed(node: number, failures: Failures | undefined): boolean {
  for (let one = failures; one; one = one.earlier) if (one.node === node) return true;
  return false;
}
