import type { TextEdit as EditorEdit, Range as EditorRange } from "vscode-languageserver-protocol";
import { applyTextEdits } from "../edits/text-edits.ts";
import type { Range } from "../model.ts";
import type { TypeLocation } from "../types/index.ts";
import { type Analysis, editorRange, touches } from "./analysis.ts";

/** A name that the script declares, with every place where it stands. */
export interface ScriptName {
  readonly placeholder: string;
  readonly range: EditorRange;
  readonly places: readonly Range[];
}

/** Undefined where no name stands, or one that other files have as well. */
export function scriptNameAt(
  analysis: Analysis,
  uses: readonly TypeLocation[],
  offset: number,
): ScriptName | undefined {
  const here = uses.find(({ file, range }) => file === analysis.file && touches(range, offset));
  if (here === undefined || uses.some(({ file }) => file !== analysis.file)) return undefined;
  const placeholder = analysis.text.slice(here.range.start, here.range.end);
  const places = uses.map(({ range }) => range);
  // An escape in between would be written over.
  const isPlain = places.every(({ start, end }) => analysis.text.slice(start, end) === placeholder);
  return isPlain ? { placeholder, range: editorRange(analysis, here.range), places } : undefined;
}

/** The edits and what they lead to, or why the name cannot be given. */
export function renameInScript(
  analysis: Analysis,
  { places }: ScriptName,
  newName: string,
): { readonly edits: readonly EditorEdit[]; readonly text: string } | string {
  if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(newName))
    return `"${newName}" cannot be a name in TypeScript: use letters, digits, $ and _, with a letter first.`;
  const edits = places.map((range) => ({ range, newText: newName }));
  return {
    edits: edits.map(({ range, newText }) => ({ range: editorRange(analysis, range), newText })),
    text: applyTextEdits(analysis.text, edits),
  };
}
