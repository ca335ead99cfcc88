import {
  type CompletionItem,
  CompletionItemKind,
  type Hover,
  type Location,
  type SignatureHelp,
} from "vscode-languageserver-protocol";
import { createLineIndex } from "../syntax/lines.ts";
import type * as Types from "../types/index.ts";
import { type Analysis, editorRange } from "./analysis.ts";
import { markdown, typescriptBlock } from "./markdown.ts";
import { withPath } from "./uris.ts";

const kinds: Readonly<Record<Types.CompletionKind, CompletionItemKind>> = {
  property: CompletionItemKind.Property,
  method: CompletionItemKind.Method,
  function: CompletionItemKind.Function,
  variable: CompletionItemKind.Variable,
  class: CompletionItemKind.Class,
  interface: CompletionItemKind.Interface,
  type: CompletionItemKind.TypeParameter,
  enum: CompletionItemKind.Enum,
  keyword: CompletionItemKind.Keyword,
  module: CompletionItemKind.Module,
  text: CompletionItemKind.Text,
};

/** What the type checker says, as LSP has it. `data` finds the details of an item later. */
export function completionItems(
  analysis: Analysis,
  offset: number,
  items: readonly Types.CompletionItem[],
): readonly CompletionItem[] {
  return items.map(({ label, kind, sortText, insertText, range }) => ({
    label,
    kind: kinds[kind],
    sortText,
    data: { uri: analysis.uri, offset, label },
    ...(range === undefined
      ? insertText === undefined
        ? {}
        : { insertText }
      : { textEdit: { range: editorRange(analysis, range), newText: insertText ?? label } }),
  }));
}

export function hoverOf(analysis: Analysis, { range, type, documentation }: Types.HoverInformation): Hover {
  return { contents: markdown(typescriptBlock(type), documentation), range: editorRange(analysis, range) };
}

export function signatureHelpOf(help: Types.SignatureHelp): SignatureHelp {
  return {
    activeSignature: help.activeSignature,
    activeParameter: help.activeParameter,
    signatures: help.signatures.map(({ label, documentation, parameters }) => ({
      label,
      documentation: markdown(documentation),
      parameters: parameters.map((parameter) => ({
        label: parameter.label,
        documentation: markdown(parameter.documentation),
      })),
    })),
  };
}

/** `read` gives the text of another file, whose lines the place is in. */
export async function locationOf(
  analysis: Analysis,
  { file, range }: Types.TypeLocation,
  read: (uri: string) => Promise<string | undefined>,
): Promise<Location> {
  if (file === analysis.file) return { uri: analysis.uri, range: editorRange(analysis, range) };
  const uri = withPath(analysis.uri, file);
  const lines = createLineIndex((await read(uri)) ?? "");
  return { uri, range: editorRange({ lines }, range) };
}
