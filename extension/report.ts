import * as vscode from "vscode";
import { EddyError } from "../language/problem.ts";

/** A button under a message and what it does. */
export interface Remedy {
  readonly title: string;
  readonly run: () => unknown;
}

/**
 * Tells a person that what they asked for did not work: cause, next step, a button where there is one.
 * Only `EddyError`s speak for themselves; anything else is our fault, goes to the log in full and is told as such.
 */
export async function reportFailure(
  log: vscode.LogOutputChannel,
  error: unknown,
  remedies: readonly Remedy[] = [],
): Promise<void> {
  if (isCancellation(error)) return;
  const expected = error instanceof EddyError;
  const text = expected
    ? `${error.message} (${error.code})`
    : vscode.l10n.t(
        "Something went wrong inside Eddy: {0}",
        error instanceof Error ? error.message : String(error),
      );
  log.error(expected ? text : error instanceof Error ? error : String(error));
  const offers = expected
    ? remedies
    : [...remedies, { title: vscode.l10n.t("Show Log"), run: () => log.show() }];
  const chosen = await vscode.window.showErrorMessage(text, ...offers.map((offer) => offer.title));
  await offers.find((offer) => offer.title === chosen)?.run();
}

export function isCancellation(error: unknown): boolean {
  return error instanceof vscode.CancellationError || (error instanceof Error && error.name === "AbortError");
}

/** An AbortSignal for a CancellationToken: the rest of Eddy knows no vscode. */
export function abortSignal(token: vscode.CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}
