import type { TextEdit as EditorEdit, Range as EditorRange } from "vscode-languageserver-protocol";
import { applyEdit } from "../edits/apply.ts";
import { namePattern } from "../parse/reader.ts";
import type { TextEdit } from "../problem.ts";
import { type Analysis, editorRange } from "./analysis.ts";
import { isSameName, type Name, nameAt, namesOf } from "./names.ts";

/** A name that can be given another one, and where it stands at the cursor. */
export interface Renamable {
  readonly name: Name;
  readonly range: EditorRange;
  readonly placeholder: string;
}

/** Undefined where nothing stands at the offset that could be renamed. */
export function renamableAt(analysis: Analysis, offset: number): Renamable | undefined {
  const uses = namesOf(analysis);
  const use = nameAt(uses, offset);
  if (use === undefined || use.name.kind === "file" || use.range.end === use.range.start) return undefined;
  const { name } = use;
  // The ports that a node type fixes have the names that the type gives them; those of own nodes are not ours to write.
  if (name.file.endsWith(".node.ts")) return undefined;
  const isOwn = name.file === analysis.file;
  if (isOwn && !uses.some((one) => one.isDeclaration && isSameName(one.name, name))) return undefined;
  return { name, range: editorRange(analysis, use.range), placeholder: name.name };
}

/** Why a name cannot be given; undefined where it can. `declaring` is the workflow that declares the old name. */
export function refuseName(declaring: Analysis, name: Name, newName: string): string | undefined {
  const { workflow } = declaring.parsed;
  const isPort = name.kind === "port";
  if (!(isPort ? /^[A-Za-z0-9_][A-Za-z0-9_-]*$/ : namePattern).test(newName))
    return `"${newName}" cannot be a name here: use letters, digits, _ and -, with a letter first.`;
  if (newName === name.name) return undefined;
  if ((name.kind === "node" || name.kind === "input") && newName === "any")
    return `"any" stands for every node (any.error): choose another name.`;
  if ((isPort || name.kind === "output") && newName === "error")
    return `Every node has an output "error" already: choose another name.`;
  const uses = namesOf(declaring);
  const kinds = name.kind === "node" || name.kind === "input" ? ["node", "input"] : [name.kind];
  const taken = uses.some(
    (use) =>
      use.isDeclaration &&
      kinds.includes(use.name.kind) &&
      use.name.name === newName &&
      use.name.owner === name.owner,
  );
  const type = workflow.nodes.get(name.owner ?? "")?.type.value ?? "";
  const fixed = isPort ? (declaring.catalog.nodes.get(type)?.outputs ?? []) : [];
  if (taken || fixed.some((port) => port.name === newName))
    return `The name "${newName}" is taken: choose another one.`;
  const inCode = uses.some((use) => use.inCode === true && isSameName(use.name, name));
  if (inCode && newName.includes("-"))
    return `"${newName}" is used in TypeScript, where a name has no "-": choose another one.`;
  return undefined;
}

/** The edits that give a name another one in one workflow. */
export function renameEdits(analysis: Analysis, name: Name, newName: string): readonly EditorEdit[] {
  const edits =
    name.kind === "node" && name.file === analysis.file
      ? applyEdit(analysis.text, { kind: "rename-node", id: name.name, newId: newName }, analysis.catalog)
          .edits
      : editsOf(analysis, name, newName);
  return edits.map(({ range, newText }) => ({ range: editorRange(analysis, range), newText }));
}

function editsOf(analysis: Analysis, name: Name, newName: string): readonly TextEdit[] {
  return namesOf(analysis)
    .filter((use) => isSameName(use.name, name))
    .map(({ range }) => {
      // Where the port `out` goes without saying, its new name has to be said.
      const newText = range.start === range.end ? `.${newName}` : newName;
      return { range, newText };
    });
}
