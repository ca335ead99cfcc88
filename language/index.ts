/** The workflow language as a library: read, edit and write `*.flow.yaml` files. Pure functions over text. */

export { checkWorkflow } from "./checks/check.ts";
export { applyEdit } from "./edits/apply.ts";
export type { Edit, InputEnd, OutputEnd } from "./edits/edit.ts";
export { copyFragment } from "./edits/fragment.ts";
export type { Edited } from "./edits/source.ts";
export { applyTextEdits, invertTextEdits } from "./edits/text-edits.ts";
export { parseDuration, parseSize, readLiteral } from "./literals.ts";
export { type OwnNode, readOwnNode, type TypeScriptModule } from "./own-node.ts";
export { formatVersion, type ParsedWorkflow, parseWorkflow, workflowKeys } from "./parse.ts";
export { inputPorts, outputPorts } from "./ports.ts";
export { type ResolvedCatalog, type ResolveOptions, resolveCatalog } from "./resolve.ts";
export type { Syntax } from "./syntax/document.ts";
export { createLineIndex, type LineIndex, type LinePosition } from "./syntax/lines.ts";
