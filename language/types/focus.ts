import type { Range } from "../model.ts";
import type { LastCheck } from "./checker.ts";
import { type GeneratedFiles, generatedPath } from "./program.ts";
import type { SnippetReader } from "./snippets.ts";
import { sourceRangeOf, type VirtualText } from "./virtual-text.ts";
import { sharedFiles, workflowFile } from "./workflow-files.ts";

/** A place of the author's file in a generated one, ready to be asked about. */
export interface Focus {
  readonly path: string;
  readonly virtual: VirtualText;
  readonly position: number;
  /** Where a stretch of the generated file is in the author's. */
  rangeOf(start: number, length: number): Range | undefined;
}

/** Finds the TypeScript that stands at an offset; what is half typed is left in. Undefined where there is none. */
export function focusAt(
  last: LastCheck,
  offset: number,
  files: GeneratedFiles,
  snippets: SnippetReader,
): Focus | undefined {
  for (const [name, make] of candidates(last, offset, snippets)) {
    const virtual = make();
    const position = virtual && positionOf(virtual, offset, last.request.parsed.text);
    if (!virtual || position === undefined) continue;
    const path = generatedPath(last.request.file, name);
    files.set(path, virtual.text.toString());
    const origins = virtual.text.origins();
    return {
      path,
      virtual,
      position,
      rangeOf: (start, length) => sourceRangeOf(virtual, origins, start, start + length),
    };
  }
  return undefined;
}

type Candidate = readonly [name: string, make: () => VirtualText | undefined];

function candidates(last: LastCheck, offset: number, snippets: SnippetReader): readonly Candidate[] {
  const { request, shared, run } = last;
  const { parsed, catalog } = request;
  const raw = { parsed, file: { name: request.file, text: parsed.text }, snippets, isRaw: true };
  const { script, nodes } = parsed.workflow;
  if (script && offset >= script.range.start && offset <= script.range.end)
    return [["script", () => sharedFiles(raw).script]];
  const node = [...nodes.values()].find(({ id, range }) => {
    if (offset < range.start) return false;
    return offset <= range.end || isBehind(parsed.text, range.end, offset) ? id !== "" : false;
  });
  if (node) return [[`node-${node.id}`, () => run.rawFile(node)]];
  return [
    ["scope", () => sharedFiles(raw).scope],
    ["workflow", () => workflowFile(raw, catalog, shared.imports, [])],
  ];
}

/** Blanks on the same line belong to what stands before them. */
function isBehind(text: string, end: number, offset: number): boolean {
  return offset > end && /^[ \t]*$/.test(text.slice(end, offset));
}

function positionOf({ text, anchors }: VirtualText, offset: number, source: string): number | undefined {
  const positions = text.positions();
  for (let at = offset; at >= 0; at--) {
    const position = positions(at);
    if (position !== undefined) return position;
    const anchor = anchors.find((one) => one.source === at);
    if (anchor) return anchor.at;
    // Where an author has left room to go on.
    const before = source[at - 1];
    if (before !== " " && before !== "\t") return undefined;
  }
  return undefined;
}
