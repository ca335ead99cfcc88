/**
 * The language server as a library: everything that an editor shows of a workflow, over LSP. It needs TypeScript and the
 * type checker, so that it is not part of `language/index.ts`.
 *
 * ```ts
 * startLanguageServer({ connection: createConnection(), catalog, typescript, createChecker, files });
 * ```
 */

export type { FileAccess } from "./files.ts";
export { type LanguageServerParts, startLanguageServer } from "./server.ts";
