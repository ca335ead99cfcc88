/**
 * The workflow language as a library: read, check, edit and write `*.flow.yaml` files. Pure functions over text; nothing
 * here touches a disk, a clock or a network, and nothing throws for what stands in a file. Offsets and ranges count
 * UTF-16 units, durations are milliseconds, sizes bytes.
 *
 * ```ts
 * const parsed = parseWorkflow(text, "line.flow.yaml");
 * const problems = [...parsed.problems, ...checkWorkflow(parsed, catalog)];
 * const { edits } = applyEdit(text, { kind: "set-param", id: "warm", path: ["for"], text: "10m" }, catalog);
 * const changed = applyTextEdits(text, edits);
 * ```
 *
 * The catalog is passed in: the built-in one is that of the node library, and `resolveCatalog` adds the types that a
 * workflow brings with it.
 */

export {
  type Capability,
  type Catalog,
  type ConnectionDescriptor,
  type LiteralSchema,
  type NodeCategory,
  type NodeDescriptor,
  type NodeSignature,
  type ParamDescriptor,
  type PayloadKind,
  type PortDescriptor,
  reservedNodeKeys,
} from "./catalog.ts";
export { checkWorkflow } from "./checks/check.ts";
export { problemCodes } from "./code-table.ts";
export type { CodeDescription } from "./codes.ts";
export { applyEdit } from "./edits/apply.ts";
export type { Edit, InputEnd, OutputEnd } from "./edits/edit.ts";
export { type Extracted, type Extraction, extractSubflow } from "./edits/extract.ts";
export { copyFragment } from "./edits/fragment.ts";
export { inlineSubflow } from "./edits/inline.ts";
export type { Edited } from "./edits/source.ts";
export type { PortTypes } from "./edits/subflow-text.ts";
export { applyTextEdits, invertTextEdits } from "./edits/text-edits.ts";
export { type Formatted, formatWorkflow } from "./format/format.ts";
export { parseDuration, parseSize, readLiteral } from "./literals.ts";
export type * from "./model.ts";
export { type OwnNode, readOwnNode, type TypeScriptModule } from "./own-node.ts";
export { formatVersion, type ParsedWorkflow, parseWorkflow, workflowKeys } from "./parse.ts";
export { inputPorts, outputPorts } from "./ports.ts";
export {
  type Checked,
  EddyError,
  hasErrors,
  type Problem,
  type ProblemCode,
  type QuickFix,
  type Severity,
  type TextEdit,
} from "./problem.ts";
export { type ResolvedCatalog, type ResolveOptions, resolveCatalog } from "./resolve.ts";
export { type JsonSchema, workflowSchema } from "./schema.ts";
export type { Syntax } from "./syntax/document.ts";
export { createLineIndex, type LineIndex, type LinePosition } from "./syntax/lines.ts";
export type { SyntaxCode, SyntaxProblem } from "./syntax/problem.ts";
