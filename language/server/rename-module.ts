import type { Range as EditorRange, WorkspaceEdit } from "vscode-languageserver-protocol";
import { createLineIndex } from "../syntax/lines.ts";
import type { TypeChecker, TypeLocation } from "../types/index.ts";
import { type Analysis, editorRange } from "./analysis.ts";
import type { Flows } from "./flows.ts";
import { withPath } from "./uris.ts";

/** A name that a module of the workspace declares and a script imports. */
export interface ModuleName {
  readonly placeholder: string;
  readonly range: EditorRange;
  readonly declaration: TypeLocation;
}

/** Undefined where no name stands, or one that is not the workspace's to change. */
export function moduleNameAt(
  analysis: Analysis,
  declared: readonly TypeLocation[],
  offset: number,
): ModuleName | undefined {
  const [declaration, ...more] = declared;
  const { text, file } = analysis;
  if (declaration === undefined || more.length > 0 || declaration.file === file) return undefined;
  if (/\/node_modules\/|\.d\.[cm]?ts$/.test(declaration.file)) return undefined;
  const before = /[\p{ID_Continue}$]*$/u.exec(text.slice(0, offset))?.[0] ?? "";
  const behind = /^[\p{ID_Continue}$]*/u.exec(text.slice(offset))?.[0] ?? "";
  const placeholder = before + behind;
  if (placeholder === "") return undefined;
  const range = { start: offset - before.length, end: offset + behind.length };
  return { placeholder, range: editorRange(analysis, range), declaration };
}

/** The edits of every workflow that uses the name, of its module, and of modules between; or why it cannot be given. */
export async function renameInModule(
  { flows, checker }: { readonly flows: Flows; readonly checker: TypeChecker },
  analysis: Analysis,
  { placeholder, declaration }: ModuleName,
  newName: string,
): Promise<WorkspaceEdit | string> {
  if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(newName))
    return `"${newName}" cannot be a name in TypeScript: use letters, digits, $ and _, with a letter first.`;
  const uses = [declaration, ...(await usesOf(flows, checker, analysis, declaration))];
  const changes: NonNullable<WorkspaceEdit["changes"]> = {};
  for (const [file, places] of Map.groupBy(uses, (use) => use.file)) {
    const uri = withPath(analysis.uri, file);
    const text = await flows.read(uri);
    if (text === undefined) return `${file} cannot be read, so the name cannot be changed everywhere.`;
    if (words(text).has(newName)) return `"${newName}" is a name in ${file} already: choose another one.`;
    const unique = new Map(places.map(({ range }) => [`${range.start}:${range.end}`, range]));
    // Under another name, or with an escape in it, it would have to be written in another way.
    const isOther = [...unique.values()].some(({ start, end }) => text.slice(start, end) !== placeholder);
    if (isOther) return `"${placeholder}" goes by another name in ${file}: change it there first.`;
    const lines = createLineIndex(text);
    changes[uri] = [...unique.values()].map(({ start, end }) => ({
      range: { start: lines.positionAt(start), end: lines.positionAt(end) },
      newText: newName,
    }));
  }
  return { changes };
}

async function usesOf(
  flows: Flows,
  checker: TypeChecker,
  analysis: Analysis,
  declaration: TypeLocation,
): Promise<readonly TypeLocation[]> {
  // Imports may leave out how the file's name ends.
  const places = await flows.naming(analysis.uri, declaration.file.replace(/\.[cm]?[jt]sx?$/, ""));
  return places.flatMap((place) => {
    flows.types(place);
    const found = checker.uses(place.file, declaration);
    if (!flows.isOpen(place.uri)) flows.close(place.uri);
    return found;
  });
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.match(/[\p{ID_Start}$_][\p{ID_Continue}$]*/gu));
}
