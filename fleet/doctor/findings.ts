import { EddyError } from "../../language/problem.ts";

/** What one look at a device found. */
export interface Finding {
  /** What was looked at, such as `disk`; stays the same over versions. */
  readonly check: string;
  readonly ok: boolean;
  /** What was found, in a sentence. */
  readonly message: string;
  /** What a person can do about it; only where something is wrong. */
  readonly fix?: string;
  readonly code?: string;
}

/** All that was looked at, in the order in which one thing needs the other. */
export interface Diagnosis {
  readonly ok: boolean;
  readonly findings: readonly Finding[];
}

export function good(check: string, message: string): Finding {
  return { check, ok: true, message };
}

export function bad(check: string, message: string, fix: string, code?: string): Finding {
  return { check, ok: false, message, fix, ...(code === undefined ? {} : { code }) };
}

/** Errors say what happened in their first sentence, and what to do in the others. */
export function failed(check: string, error: unknown, otherwise: string): Finding {
  const text = error instanceof Error ? error.message : String(error);
  const [, what = text, todo = ""] = /^(.*?[.:!])\s+(?=[A-Z"])([\s\S]*)$/.exec(text) ?? [];
  const code = error instanceof EddyError ? error.code : "EDDY_INTERNAL";
  return bad(check, what, todo === "" ? otherwise : todo, code);
}
