import type { Range, Wire } from "./model.ts";

/** A stable identifier of a kind of problem or failure; documented, never reused for something else. */
export type ProblemCode = `EDDY_${Uppercase<string>}`;

/** How grave a problem is: an error stands in the way of a deploy, a warning and a hint do not. */
export type Severity = "error" | "warning" | "hint";

/** A replacement of the text in `range` (UTF-16 offsets into the text it was computed from). */
export interface TextEdit {
  readonly range: Range;
  readonly newText: string;
}

/** A change that removes a problem, ready to be offered as a code action. */
export interface QuickFix {
  readonly title: string;
  readonly edits: readonly TextEdit[];
}

/** Something that a workflow author should know about a place in a file. */
export interface Problem {
  readonly code: ProblemCode;
  readonly severity: Severity;
  /** One sentence that says what is wrong and what to do. */
  readonly message: string;
  readonly range: Range;
  /** The id of the node it belongs to, where it belongs to one. */
  readonly node?: string;
  /** The wires into the node whose messages bring it, where a type does not fit. */
  readonly wires?: readonly Pick<Wire, "input" | "node" | "port">[];
  readonly fixes?: readonly QuickFix[];
}

/** What analysis returns: it never throws for bad input, it says what it could make of it and what is wrong. */
export interface Checked<T> {
  readonly value: T;
  readonly problems: readonly Problem[];
}

/**
 * An expected failure, told to a person: what happened, and what to do next.
 * `details` is plain data for machines (never a secret, never a stack trace).
 */
export class EddyError extends Error {
  readonly code: ProblemCode;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(
    code: ProblemCode,
    message: string,
    options: { cause?: unknown; details?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = "EddyError";
    this.code = code;
    this.details = options.details;
  }
}

/** True where at least one problem is an error, that is, where nothing may be deployed. */
export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some((problem) => problem.severity === "error");
}
