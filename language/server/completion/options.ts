import {
  type CompletionItem,
  CompletionItemKind,
  InsertTextFormat,
  InsertTextMode,
} from "vscode-languageserver-protocol";
import type { TypedWorkflow } from "../../types/index.ts";
import type { Analysis } from "../analysis.ts";
import type { Place } from "../place.ts";

/** A completion before its range is known. */
export type Offer = Omit<CompletionItem, "textEdit"> & { readonly insertText?: string };

/** What a completion may know beside the place. */
export interface CompletionContext {
  readonly analysis: Analysis;
  readonly place: Place;
  /** Paths of the workflows that may be subflows. */
  readonly flows: readonly string[];
  /** What passes the ports of nodes, by node and port. */
  readonly ports: TypedWorkflow["ports"];
}

export function keyOffer(
  key: string,
  more: Partial<CompletionItem> & { readonly body?: string } = {},
): Offer {
  const { body = " ", ...rest } = more;
  return {
    label: key,
    kind: CompletionItemKind.Property,
    ...snippet(`${escapeSnippet(key)}:${body}`),
    ...rest,
  };
}

/** The text is indented as the line that it is put into. */
export function snippet(
  text: string,
): Pick<CompletionItem, "insertText" | "insertTextFormat" | "insertTextMode"> {
  return {
    insertText: text,
    insertTextFormat: InsertTextFormat.Snippet,
    insertTextMode: InsertTextMode.adjustIndentation,
  };
}

export function escapeSnippet(text: string): string {
  return text.replaceAll(/[\\$}]/g, "\\$&");
}

/** Opens the list of values at once, in clients that can. */
export const suggestAgain = {
  command: { title: "Suggest", command: "editor.action.triggerSuggest" },
} as const;
