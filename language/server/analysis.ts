import type { Range as EditorRange } from "vscode-languageserver-protocol";
import type { Catalog } from "../catalog.ts";
import { checkWorkflow } from "../checks/check.ts";
import type { Range } from "../model.ts";
import { type ParsedWorkflow, parseWorkflow } from "../parse.ts";
import type { Problem } from "../problem.ts";
import { type ResolveOptions, resolveCatalog } from "../resolve.ts";
import { createLineIndex, type LineIndex } from "../syntax/lines.ts";

/** All that is known of one version of a workflow document without the type checker. Every feature starts from it. */
export interface Analysis {
  readonly uri: string;
  /** The path in the URI. */
  readonly file: string;
  readonly version: number;
  readonly text: string;
  readonly lines: LineIndex;
  readonly parsed: ParsedWorkflow;
  /** The built-in types and those that this workflow brings in. */
  readonly catalog: Catalog;
  /** What parse, resolve and checks say. */
  readonly problems: readonly Problem[];
  /** The files that the workflow is made of, found or not. */
  readonly files: ReadonlySet<string>;
}

/** A version of a text in an editor, or in a file. */
export interface FlowText {
  readonly uri: string;
  readonly file: string;
  readonly version: number;
  readonly text: string;
}

/** Reads and checks a workflow. Never throws for what stands in it. */
export async function analyseFlow(
  { uri, file, version, text }: FlowText,
  catalog: Catalog,
  options: ResolveOptions,
): Promise<Analysis> {
  const parsed = parseWorkflow(text, file);
  const resolved = await resolveCatalog(parsed, file, catalog, options);
  return {
    uri,
    file,
    version,
    text,
    lines: createLineIndex(text),
    parsed,
    catalog: resolved.catalog,
    problems: [...parsed.problems, ...resolved.problems, ...checkWorkflow(parsed, resolved.catalog)],
    files: new Set(resolved.files),
  };
}

/** A range as editors count. */
export function editorRange({ lines }: Pick<Analysis, "lines">, { start, end }: Range): EditorRange {
  return { start: lines.positionAt(start), end: lines.positionAt(end) };
}

/** True where the offset is in the range or at one of its ends. */
export function touches({ start, end }: Range, offset: number): boolean {
  return start <= offset && offset <= end;
}
