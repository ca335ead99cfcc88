import assert from "node:assert/strict";
import { EddyError } from "../../language/problem.ts";

/** The `EddyError` that an action ends with; fails where it has another code or message, or where nothing is wrong. */
export async function rejectsWith(code: string, action: Promise<unknown>, message = /./): Promise<EddyError> {
  const error = await action.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof EddyError, `an EddyError, not ${String(error)}`);
  assert.equal(error.code, code, error.message);
  assert.match(error.message, message);
  return error;
}
