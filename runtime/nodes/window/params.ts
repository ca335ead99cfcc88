import type { Message, NodeContext } from "../../engine/contract.ts";
import { clockProgress, messageProgress, type Progress } from "./progress.ts";
import type { SampleParams } from "./samples.ts";

/** Durations in milliseconds. */
export interface WindowParams extends SampleParams {
  readonly size?: number | { readonly count: number };
  readonly slide?: number | { readonly count: number };
  readonly gap?: number;
  readonly compute: readonly string[];
  readonly align: "clock" | "first";
  readonly empty: "skip" | "emit";
  readonly lateness: number;
}

/** One way of putting messages together. */
export interface Windows {
  receive(message: Message): void;
  restore(): void;
  close(): void;
}

/** Windows go by the time of the messages where they have one, else by the clock. */
export function progressOf({ clock, state }: NodeContext, { time, lateness }: WindowParams): Progress {
  return time ? messageProgress(clock, state, lateness) : clockProgress(clock);
}

/** The longest step of which both are multiples. */
export function greatestDivisor(one: number, other: number): number {
  return other === 0 ? one : greatestDivisor(other, one % other);
}
