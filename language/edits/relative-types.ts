import type { TextEdit } from "../problem.ts";
import { folderOf, relativePath } from "../resolve-paths.ts";
import { writeScalar } from "../syntax/write.ts";
import { entrySlot, placeOf, replaceValue } from "./slots.ts";
import { entriesOf, entryOf, isFlow, type Source } from "./source.ts";

/** A file beside a workflow or in a folder near it, with slashes. */
export const subflowPath = /^\.\.?\/(?:[^\\/\0:]+\/)*[^\\/\0:]+\.flow\.yaml$/;

/** What a path (`./own.node.ts`) from this file is, seen from the file at `file`; undefined where that cannot be told. */
export function fromSubflow(file: string, path: string): string | undefined {
  const folder = withoutDot(folderOf(file));
  if (folder === "") return path;
  // The name of the folder that the way back leads to is not known.
  if (folder.split("/").includes("..")) return undefined;
  return withDot(relativePath(withoutDot(file), withoutDot(path)));
}

/** What a path from the file at `file` is, seen from the one that names that file so. */
export function fromParent(file: string, path: string): string {
  const folder = withoutDot(folderOf(file));
  const parts: string[] = [];
  for (const part of [...folder.split("/"), ...path.split("/")]) {
    if (part === "" || part === ".") continue;
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else parts.push(part);
  }
  return withDot(parts.join("/"));
}

function withoutDot(path: string): string {
  return path === "." ? "" : path.replace(/^\.\//, "");
}

function withDot(path: string): string {
  return /^\.\.?\//.test(path) ? path : `./${path}`;
}

/** A script that imports files beside its own. */
export const importsByPath = /\b(?:from|import)\s*\(?\s*["']\.{1,2}\//;

export function isRelative(type: string): boolean {
  return /^\.\.?\//.test(type);
}

/** The types of nodes that are files, as another file names them; undefined where one cannot be named. */
export function moveTypes(
  source: Source,
  move: (path: string) => string | undefined,
): readonly TextEdit[] | undefined {
  const edits: TextEdit[] = [];
  for (const { value } of entriesOf(source, "nodes")) {
    const type = value.kind === "map" ? entryOf(value, "type") : undefined;
    if (type?.value.kind !== "scalar" || !isRelative(type.value.text)) continue;
    const moved = move(type.value.text);
    if (moved === undefined) return undefined;
    if (moved === type.value.text) continue;
    const slot = entrySlot(source.text, type, isFlow(source.text, value));
    const written = writeScalar(moved, { ...placeOf(source, slot), style: type.value.style });
    edits.push(...replaceValue(source, slot, written));
  }
  return edits;
}
