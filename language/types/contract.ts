import type { Catalog } from "../catalog.ts";
import type { Range } from "../model.ts";
import type { TypeScriptModule } from "../own-node.ts";
import type { ParsedWorkflow } from "../parse.ts";
import type { Problem } from "../problem.ts";

/** How the checker gets at modules that a script imports. Paths are absolute, with slashes. */
export interface TypeFiles {
  readFile(path: string): string | undefined;
  fileExists(path: string): boolean;
  directoryExists?(path: string): boolean;
  realpath?(path: string): string;
}

/** What a checker works with. */
export interface TypeCheckerOptions {
  readonly typescript: TypeScriptModule;
  readonly files: TypeFiles;
  /** The text of one of TypeScript's own files, such as `lib.es2024.d.ts`. Default: read from beside TypeScript. */
  readonly readLibrary?: (name: string) => string | undefined;
}

/** A workflow to be checked. */
export interface TypeRequest {
  readonly parsed: ParsedWorkflow;
  /** With the types that the workflow brings with it (`resolveCatalog`), and signatures. */
  readonly catalog: Catalog;
  /** The absolute path of the workflow's file, with slashes. */
  readonly file: string;
  /** Asked between nodes: a check that nobody waits for any more stops, and says so in `isComplete`. */
  readonly isCancelled?: () => boolean;
}

/** The type of the messages on a wire, as TypeScript for people to read. */
export interface PortType {
  readonly payload: string;
  readonly topic: string;
  readonly source: string;
  /** Nobody has declared what the payload is, or it cannot be told. */
  readonly isUnknown: boolean;
  /** No message can ever come by it. */
  readonly isNever: boolean;
}

/** What a check has found. Ids of nodes and names of ports are those of the file. */
export interface TypedWorkflow {
  /** Sorted by place; codes `EDDY_TYPE…`, and `EDDY_SYNTAX` for what is no TypeScript. */
  readonly problems: readonly Problem[];
  /** What leaves by each output port of each node, `error` included. */
  readonly ports: ReadonlyMap<string, ReadonlyMap<string, PortType>>;
  /** What arrives at each input of each node. */
  readonly inputs: ReadonlyMap<string, ReadonlyMap<string, PortType>>;
  /** False where the check was cancelled. */
  readonly isComplete: boolean;
}

/** What a completion item is, for its icon. */
export type CompletionKind =
  | "property"
  | "method"
  | "function"
  | "variable"
  | "class"
  | "interface"
  | "type"
  | "enum"
  | "keyword"
  | "module"
  | "text";

/** Something that can stand at the cursor. */
export interface CompletionItem {
  readonly label: string;
  readonly kind: CompletionKind;
  /** By which items are ordered; items that are nearer come first. */
  readonly sortText: string;
  /** What is put in place of `range`; the label where absent. */
  readonly insertText?: string;
  /** What is replaced; the word at the cursor where absent. */
  readonly range?: Range;
}

/** What is known of a completion item once somebody looks at it. Markdown in `documentation`. */
export interface CompletionDetails {
  /** TypeScript. */
  readonly detail: string;
  readonly documentation: string;
}

/** What stands at a place. */
export interface HoverInformation {
  readonly range: Range;
  /** TypeScript: what it is. */
  readonly type: string;
  /** Markdown. */
  readonly documentation: string;
}

/** One way to call a function. */
export interface SignatureInformation {
  readonly label: string;
  readonly documentation: string;
  readonly parameters: readonly { readonly label: string; readonly documentation: string }[];
}

/** The call that a place is in. */
export interface SignatureHelp {
  readonly signatures: readonly SignatureInformation[];
  readonly activeSignature: number;
  readonly activeParameter: number;
}

/** A place in a file: the workflow's own, or a module that its script imports. */
export interface TypeLocation {
  readonly file: string;
  readonly range: Range;
}

/**
 * Checks types of workflows and answers about the TypeScript in them. Keeps what it knows of each file, so that after an
 * edit only what the edit reaches is checked again. Offsets count in the text that `check` has seen last; where there is
 * no TypeScript, the answer is undefined (or empty).
 */
export interface TypeChecker {
  check(request: TypeRequest): TypedWorkflow;
  complete(file: string, offset: number): readonly CompletionItem[] | undefined;
  completionDetails(file: string, offset: number, label: string): CompletionDetails | undefined;
  hover(file: string, offset: number): HoverInformation | undefined;
  signatureHelp(file: string, offset: number): SignatureHelp | undefined;
  definition(file: string, offset: number): readonly TypeLocation[];
  /** Every use in the file of a name that the script declares, its declaration included. Empty for other names. */
  references(file: string, offset: number): readonly TypeLocation[];
  /** Every use, in the file and in the modules that its script imports, of what one of these declares at a place. */
  uses(file: string, declaration: TypeLocation): readonly TypeLocation[];
  /** Lets go of a file that nobody looks at any more. */
  forget(file: string): void;
  dispose(): void;
}
