import type { TextEdit } from "vscode-languageserver-protocol";
import { minimalEdits } from "../edits/text-edits.ts";
import { formatWorkflow } from "../format/format.ts";
import { type Analysis, editorRange } from "./analysis.ts";

/** The edits that write a workflow as it is written by convention; none where it cannot be read. */
export function formattingEdits(analysis: Analysis): readonly TextEdit[] {
  const { text, catalog } = analysis;
  const formatted = formatWorkflow(text, { catalog });
  const whole = { range: { start: 0, end: text.length }, newText: formatted.text };
  return minimalEdits(text, [whole]).map(({ range, newText }) => ({
    range: editorRange(analysis, range),
    newText,
  }));
}
