import {
  type CompletionList,
  type Connection,
  ErrorCodes,
  type Location,
  ResponseError,
  type TextDocumentIdentifier,
  type WorkspaceEdit,
} from "vscode-languageserver";
import type { Position } from "vscode-languageserver-protocol";
import type { TypeScriptModule } from "../own-node.ts";
import type { TypeChecker } from "../types/index.ts";
import type { Analysis } from "./analysis.ts";
import { codeActions } from "./code-actions.ts";
import { codeLenses } from "./code-lenses.ts";
import { completeStructure, takesFlow } from "./completion.ts";
import type { Flows } from "./flows.ts";
import { foldingRanges } from "./folding.ts";
import { formattingEdits } from "./formatting.ts";
import { hoverAt } from "./hover.ts";
import { inlayHints } from "./inlay-hints.ts";
import { documentLinks } from "./links.ts";
import { markdown } from "./markdown.ts";
import { nameAt, namesOf } from "./names.ts";
import type { ServerOptions } from "./protocol.ts";
import { declaringFile, definitionsIn, fallbackDefinition, referencesIn } from "./references.ts";
import { refuseName, renamableAt, renameEdits } from "./rename.ts";
import { moduleNameAt, renameInModule } from "./rename-module.ts";
import { renameInScript, scriptNameAt } from "./rename-script.ts";
import { semanticTokens } from "./semantic-tokens.ts";
import { subflowActions } from "./subflow-actions.ts";
import { documentSymbols } from "./symbols.ts";
import { completionItems, hoverOf, locationOf, signatureHelpOf } from "./typescript.ts";
import { pathOf, withPath } from "./uris.ts";

interface RequestParts {
  readonly connection: Connection;
  readonly flows: Flows;
  readonly checker: TypeChecker;
  readonly typescript: TypeScriptModule;
  readonly options: ServerOptions;
  /** The editor makes files that an edit asks for. */
  readonly createsFiles: boolean;
}

interface Placed {
  readonly textDocument: TextDocumentIdentifier;
  readonly position: Position;
}

/** Binds the requests of editors to the features. */
export function registerRequests(parts: RequestParts): void {
  registerPlaced(parts);
  registerNames(parts);
  registerRename(parts);
  registerWhole(parts);
}

/** What stands at a place: completion, hover, signature. The type checker is asked first, as only it knows TypeScript. */
function registerPlaced({ connection, flows, checker }: RequestParts): void {
  const at = placed(flows);
  connection.onCompletion(async (parameters): Promise<CompletionList | null> => {
    const found = await at(parameters);
    if (found === undefined) return null;
    const { analysis, offset } = found;
    const { ports } = flows.types(analysis);
    const typed = checker.complete(analysis.file, offset);
    if (typed !== undefined) {
      // A blank behind a colon asks for words of a param; one in an expression asks for nothing.
      if (parameters.context?.triggerCharacter === " ") return null;
      return { isIncomplete: false, items: [...completionItems(analysis, offset, typed)] };
    }
    const others = takesFlow(analysis, offset) ? await flows.paths(analysis.uri) : [];
    return completeStructure(analysis, offset, { flows: others, ports });
  });
  connection.onCompletionResolve((item) => {
    const data = completionData(item.data);
    const details = data && checker.completionDetails(pathOf(data.uri), data.offset, data.label);
    if (details === undefined) return item;
    return { ...item, detail: details.detail, documentation: markdown(details.documentation) };
  });
  connection.onHover(async (parameters) => {
    const found = await at(parameters);
    if (found === undefined) return null;
    const { analysis, offset } = found;
    const types = flows.types(analysis);
    // Of a declared name more is known than its type.
    const typed = nameAt(namesOf(analysis), offset) ? undefined : checker.hover(analysis.file, offset);
    return (typed ? hoverOf(analysis, typed) : hoverAt(analysis, types, offset)) ?? null;
  });
  connection.onSignatureHelp(async (parameters) => {
    const found = await at(parameters);
    if (found === undefined) return null;
    flows.types(found.analysis);
    const help = checker.signatureHelp(found.analysis.file, found.offset);
    return help === undefined ? null : signatureHelpOf(help);
  });
}

/** Where a name is declared and used, over all workflows of the workspace. */
function registerNames({ connection, flows, checker }: RequestParts): void {
  const at = placed(flows);
  const read = (uri: string) => flows.read(uri);
  connection.onDefinition(async (parameters): Promise<Location[]> => {
    const found = await at(parameters);
    if (found === undefined) return [];
    const { analysis, offset } = found;
    const name = declaringFile(analysis, offset);
    if (name !== undefined) {
      const declaring =
        name.file === analysis.file ? analysis : await flows.analyse(withPath(analysis.uri, name.file));
      const declared = declaring && name.kind !== "file" ? definitionsIn(declaring, name) : [];
      return [...(declared.length > 0 ? declared : fallbackDefinition(analysis, name))];
    }
    flows.types(analysis);
    const typed = checker.definition(analysis.file, offset);
    return Promise.all(typed.map((location) => locationOf(analysis, location, read)));
  });
  const references = async (parameters: Placed, includeDeclaration: boolean): Promise<Location[]> => {
    const found = await at(parameters);
    if (found === undefined) return [];
    const { analysis, offset } = found;
    const name = declaringFile(analysis, offset);
    if (name === undefined) {
      flows.types(analysis);
      const typed = checker.references(analysis.file, offset);
      return Promise.all(typed.map((location) => locationOf(analysis, location, read)));
    }
    const places = await flows.naming(analysis.uri, name.file);
    return places.flatMap((place) => referencesIn(place, name, { includeDeclaration }));
  };
  connection.onReferences((parameters) => references(parameters, parameters.context.includeDeclaration));
  connection.onDocumentHighlight(async (parameters) => {
    const found = await at(parameters);
    const name = found && declaringFile(found.analysis, found.offset);
    if (found === undefined || name === undefined) return [];
    return referencesIn(found.analysis, name, { includeDeclaration: true }).map(({ range }) => ({ range }));
  });
}

function registerRename({ connection, flows, checker }: RequestParts): void {
  const at = placed(flows);
  const inScript = ({ analysis, offset }: { readonly analysis: Analysis; readonly offset: number }) => {
    if (declaringFile(analysis, offset) !== undefined) return undefined;
    flows.types(analysis);
    return scriptNameAt(analysis, checker.references(analysis.file, offset), offset);
  };
  const inModule = ({ analysis, offset }: { readonly analysis: Analysis; readonly offset: number }) =>
    declaringFile(analysis, offset) === undefined
      ? moduleNameAt(analysis, checker.definition(analysis.file, offset), offset)
      : undefined;
  connection.onPrepareRename(async (parameters) => {
    const found = await at(parameters);
    const renamable =
      found && (renamableAt(found.analysis, found.offset) ?? inScript(found) ?? inModule(found));
    return renamable ? { range: renamable.range, placeholder: renamable.placeholder } : null;
  });
  connection.onRenameRequest(async (parameters): Promise<WorkspaceEdit | null> => {
    const found = await at(parameters);
    if (found === undefined) return null;
    const { analysis, offset } = found;
    const renamable = renamableAt(analysis, offset);
    if (renamable !== undefined) return rename(flows, analysis, renamable.name, parameters.newName);
    const ofScript = inScript(found);
    if (ofScript === undefined) {
      const ofModule = inModule(found);
      const edit =
        ofModule && (await renameInModule({ flows, checker }, analysis, ofModule, parameters.newName));
      if (typeof edit === "string") throw new ResponseError(ErrorCodes.InvalidRequest, edit);
      return edit ?? null;
    }
    const changed = renameInScript(analysis, ofScript, parameters.newName);
    const isRefused = typeof changed === "string";
    if (isRefused || (await flows.isWorse(analysis, changed.text))) {
      const message = `"${parameters.newName}" means something else already, or cannot be told apart here.`;
      throw new ResponseError(ErrorCodes.InvalidRequest, isRefused ? changed : message);
    }
    return { changes: { [analysis.uri]: [...changed.edits] } };
  });
}

async function rename(
  flows: Flows,
  analysis: Analysis,
  name: NonNullable<ReturnType<typeof renamableAt>>["name"],
  newName: string,
): Promise<WorkspaceEdit> {
  const places = await flows.naming(analysis.uri, name.file);
  const declaring = places.find(({ file }) => file === name.file);
  const refusal = declaring
    ? refuseName(declaring, name, newName)
    : `The file that declares "${name.name}" cannot be read.`;
  if (refusal !== undefined) throw new ResponseError(ErrorCodes.InvalidRequest, refusal);
  const broken = places.find(({ parsed }) => !parsed.readable);
  if (broken !== undefined) {
    const file = broken.file.slice(broken.file.lastIndexOf("/") + 1);
    throw new ResponseError(
      ErrorCodes.InvalidRequest,
      `${file} cannot be read in part, so the name cannot be changed everywhere: correct its text first.`,
    );
  }
  const changes = places.map((place) => [place.uri, renameEdits(place, name, newName)] as const);
  return {
    changes: Object.fromEntries(
      changes.filter(([, edits]) => edits.length > 0).map(([uri, edits]) => [uri, [...edits]]),
    ),
  };
}

/** What is about the whole document. */
function registerWhole({ connection, flows, options, typescript, createsFiles }: RequestParts): void {
  const whole =
    <T>(answer: (analysis: Analysis) => readonly T[]) =>
    async ({ textDocument }: { readonly textDocument: TextDocumentIdentifier }): Promise<T[]> => {
      const analysis = await flows.analyse(textDocument.uri);
      return analysis === undefined ? [] : [...answer(analysis)];
    };
  connection.onDocumentSymbol(whole(documentSymbols));
  connection.onFoldingRanges(whole(foldingRanges));
  connection.onDocumentFormatting(whole(formattingEdits));
  connection.onDocumentLinks(whole(documentLinks));
  connection.onCodeLens(whole((analysis) => (options.commands === true ? codeLenses(analysis) : [])));
  connection.onCodeAction(async ({ textDocument, range }) => {
    const analysis = await flows.analyse(textDocument.uri);
    if (analysis === undefined) return [];
    const { lines } = analysis;
    const within = { start: lines.offsetAt(range.start), end: lines.offsetAt(range.end) };
    const subflows = await subflowActions(analysis, within, {
      read: (uri) => flows.read(uri),
      types: () => flows.types(analysis).ports,
      createsFiles,
    });
    return [...codeActions(analysis, flows.problems(analysis), within), ...subflows];
  });
  connection.languages.inlayHint.on(async ({ textDocument, range }) => {
    const analysis = await flows.analyse(textDocument.uri);
    if (analysis === undefined) return [];
    const { lines } = analysis;
    const within = { start: lines.offsetAt(range.start), end: lines.offsetAt(range.end) };
    return [...inlayHints(analysis, flows.types(analysis), within)];
  });
  connection.languages.semanticTokens.on(async ({ textDocument }) => {
    const analysis = await flows.analyse(textDocument.uri);
    return analysis === undefined ? { data: [] } : semanticTokens(analysis, typescript);
  });
}

function placed(flows: Flows) {
  return async ({ textDocument, position }: Placed) => {
    const analysis = await flows.analyse(textDocument.uri);
    return analysis && { analysis, offset: analysis.lines.offsetAt(position) };
  };
}

function completionData(
  data: unknown,
): { readonly uri: string; readonly offset: number; readonly label: string } | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  if (!("uri" in data) || !("offset" in data) || !("label" in data)) return undefined;
  const { uri, offset, label } = data;
  return typeof uri === "string" && typeof offset === "number" && typeof label === "string"
    ? { uri, offset, label }
    : undefined;
}
