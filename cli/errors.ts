import { CommanderError } from "commander";
import { EddyError } from "../language/problem.ts";
import type { ErrorOutput } from "./contract.ts";

/** What the process ends with; see docs/cli.md. */
export const exitCodes = {
  done: 0,
  problems: 1,
  usage: 2,
  unreachable: 3,
  partial: 4,
  interrupted: 130,
} as const;

/** Failures of reaching a device, or of proving to it (and it to us) who is there. */
const unreachable: ReadonlySet<string> = new Set([
  "EDDY_AGENT_NOT_STARTED",
  "EDDY_AGENT_STOPPED",
  "EDDY_ARTIFACT_UNTRUSTED",
  "EDDY_AUTH_FAILED",
  "EDDY_BROKER_AWAY",
  "EDDY_BROKER_REFUSED",
  "EDDY_CONNECTION_LOST",
  "EDDY_DESK_UNTRUSTED",
  "EDDY_DEVICE_CHANGED",
  "EDDY_DEVICE_KEY",
  "EDDY_HOST_KEY_CHANGED",
  "EDDY_HOST_KEY_REVOKED",
  "EDDY_HOST_UNKNOWN",
  "EDDY_NO_AGENT",
  "EDDY_SSH_PROTOCOL",
  "EDDY_SSH_REFUSED",
  "EDDY_UNREACHABLE",
]);

/** What was asked for cannot be meant: another command line is needed. */
const usage: ReadonlySet<string> = new Set([
  "EDDY_BAD_ADDRESS",
  "EDDY_BAD_BROKER",
  "EDDY_BAD_PAYLOAD",
  "EDDY_BAD_KEY_FILE",
  "EDDY_BAD_PASSPHRASE",
  "EDDY_BAD_PUBLIC_KEY",
  "EDDY_FILE_EXISTS",
  "EDDY_FILE_NOT_FOUND",
  "EDDY_FILE_UNREADABLE",
  "EDDY_KEY_EXISTS",
  "EDDY_NAME_TAKEN",
  "EDDY_NO_DENO",
  "EDDY_NO_TERMINAL",
  "EDDY_PLAINTEXT",
  "EDDY_SAME_DEVICE",
  "EDDY_UNKNOWN_DEVICE",
  "EDDY_UNKNOWN_MESSAGE",
  "EDDY_UNKNOWN_NODE",
  "EDDY_UNKNOWN_WORKFLOW",
  "EDDY_USAGE",
]);

export function usageError(message: string): EddyError {
  return new EddyError("EDDY_USAGE", message);
}

/** The command was interrupted by the person who started it. */
export class Interrupted extends Error {
  constructor() {
    super("Interrupted.");
    this.name = "Interrupted";
  }
}

export interface Failure extends Readonly<ErrorOutput> {
  readonly exitCode: number;
  /** Told already, by the parser of the command line. */
  readonly isTold: boolean;
}

/** Any failure as a sentence and an exit code. */
export function explain(error: unknown): Failure {
  if (error instanceof CommanderError) {
    const { message, exitCode } = error;
    return told({ code: "EDDY_USAGE", message, exitCode: exitCode === 0 ? exitCodes.done : exitCodes.usage });
  }
  if (error instanceof Interrupted) return failure("EDDY_INTERRUPTED", error.message, exitCodes.interrupted);
  if (error instanceof EddyError) return failure(error.code, error.message, exitCodeOf(error.code));
  const reason = error instanceof Error ? error.message : String(error);
  return failure("EDDY_INTERNAL", `Something went wrong inside eddy: ${reason}`, exitCodes.problems);
}

export function exitCodeOf(code: string): number {
  if (unreachable.has(code)) return exitCodes.unreachable;
  return usage.has(code) ? exitCodes.usage : exitCodes.problems;
}

function failure(code: string, message: string, exitCode: number): Failure {
  return { error: { code, message }, exitCode, isTold: false };
}

function told({ code, message, exitCode }: { code: string; message: string; exitCode: number }): Failure {
  return { ...failure(code, message, exitCode), isTold: true };
}
