import assert from "node:assert/strict";
import type { Range as EditorRange, TextEdit } from "vscode-languageserver-protocol";
import { applyTextEdits } from "../../../language/index.ts";
import { type Analysis, analyseFlow } from "../../../language/server/analysis.ts";
import type { TypedWorkflow } from "../../../language/types/index.ts";
import { builtinCatalog } from "../../../runtime/nodes/catalog.ts";

export const noTypes: TypedWorkflow = {
  problems: [],
  ports: new Map(),
  inputs: new Map(),
  isComplete: true,
};

/** The analysis of a text, as of a file in a folder with others. */
export function analyse(
  text: string,
  files: Readonly<Record<string, string>> = {},
  file = "/flows/line.flow.yaml",
): Promise<Analysis> {
  const flow = { uri: `file://${file}`, file, version: 1, text };
  return analyseFlow(flow, builtinCatalog, { read: async (path) => files[path] });
}

/** A text with the cursor at `¦`. */
export function cursor(marked: string): { readonly text: string; readonly offset: number } {
  const offset = marked.indexOf("¦");
  assert.ok(offset >= 0, "there is a cursor");
  return { text: marked.replace("¦", ""), offset };
}

export async function analyseAt(
  marked: string,
  files: Readonly<Record<string, string>> = {},
): Promise<{ readonly analysis: Analysis; readonly offset: number }> {
  const { text, offset } = cursor(marked);
  return { analysis: await analyse(text, files), offset };
}

export function textAt({ lines, text }: Analysis, { start, end }: EditorRange): string {
  return text.slice(lines.offsetAt(start), lines.offsetAt(end));
}

/** The text after edits as an editor makes them. */
export function edited({ lines, text }: Analysis, edits: readonly TextEdit[]): string {
  return applyTextEdits(
    text,
    edits.map(({ range, newText }) => ({
      range: { start: lines.offsetAt(range.start), end: lines.offsetAt(range.end) },
      newText,
    })),
  );
}
