import type { CompletionItem, CompletionList } from "vscode-languageserver-protocol";
import { type Analysis, editorRange } from "./analysis.ts";
import { keyOffers } from "./completion/keys.ts";
import { memberOffers } from "./completion/members.ts";
import type { CompletionContext, Offer } from "./completion/options.ts";
import { valueOffers } from "./completion/values.ts";
import { type Expected, expectedAt } from "./offers.ts";
import { type Place, placeAt } from "./place.ts";

/** True where a workflow of the workspace may be written, so that the list of them is wanted. */
export function takesFlow(analysis: Analysis, offset: number): boolean {
  const place = placeAt(analysis.text, offset);
  return place !== undefined && expectedAt(analysis, place.path)?.kind === "node-type";
}

/**
 * What can be written at an offset, told from lines and catalog alone, so that it works in half-typed text.
 * `flows`: the paths of the workspace's workflows, which may be subflows. `ports`: what the type checker knows of them.
 */
export function completeStructure(
  analysis: Analysis,
  offset: number,
  { flows = [], ports = new Map() }: Partial<Pick<CompletionContext, "flows" | "ports">> = {},
): CompletionList {
  const place = placeAt(analysis.text, offset);
  if (place === undefined) return { isIncomplete: false, items: [] };
  const context = { analysis, place, flows, ports };
  const expected = expectedAt(analysis, place.path);
  const members = memberOffers(context, expected);
  if (members !== undefined) {
    const range = { start: members.start, end: place.word.end };
    return toList(analysis, members.offers, range, place);
  }
  return toList(analysis, expected ? offersAt(context, expected) : [], place.word, place);
}

function offersAt(context: CompletionContext, expected: Expected): readonly Offer[] {
  const { place } = context;
  if (place.inBlock) return [];
  if (place.kind === "key") return keyOffers(context, expected);
  const values = valueOffers(context, expected);
  return place.kind === "item" ? [...values, ...keyOffers(context, expected)] : values;
}

function toList(
  analysis: Analysis,
  offers: readonly Offer[],
  word: { readonly start: number; readonly end: number },
  place: Place,
): CompletionList {
  const { text } = analysis;
  // A word that goes on behind the cursor is replaced as a whole.
  const behind = /^[\w.-]*/.exec(text.slice(word.end, word.end + 200))?.[0].length ?? 0;
  const range = editorRange(analysis, { start: word.start, end: word.end + behind });
  const hasColon =
    place.kind === "key" && /^[ \t]*:/.test(text.slice(word.end + behind, word.end + behind + 20));
  const items = offers.map((offer): CompletionItem => {
    const { insertText, insertTextFormat, ...rest } = offer;
    if (hasColon) return { ...rest, textEdit: { range, newText: offer.label } };
    return {
      ...rest,
      ...(insertTextFormat === undefined ? {} : { insertTextFormat }),
      textEdit: { range, newText: insertText ?? offer.label },
    };
  });
  return { isIncomplete: false, items };
}
