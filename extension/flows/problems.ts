import * as vscode from "vscode";
import type { Problem, Severity } from "../../language/problem.ts";
import { languageId } from "../contributions.ts";
import type { LanguageService } from "../language/client.ts";
import type { Compilations } from "./compilations.ts";
import type { FlowDocuments } from "./documents.ts";
import { editorRange, workspaceEdit } from "./ranges.ts";

const severities: Readonly<Record<Severity, vscode.DiagnosticSeverity>> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  hint: vscode.DiagnosticSeverity.Hint,
};

/** Who finds what is wrong with a workflow. */
export interface ProblemSources {
  readonly documents: FlowDocuments;
  readonly compilations: Compilations;
  readonly language: LanguageService;
}

/**
 * Shows what the language server does not show itself: what the compiler finds beyond, and, as long as there is no
 * server, what the checks say. Their fixes are code actions.
 */
export function registerProblems(sources: ProblemSources): vscode.Disposable {
  const { documents, compilations, language } = sources;
  const collection = vscode.languages.createDiagnosticCollection("eddy-compiler");
  const show = async (document: vscode.TextDocument) => {
    const problems = await problemsBesideServer(document, sources);
    if (document.isClosed) return;
    collection.set(
      document.uri,
      problems.map((problem) => diagnostic(document, problem)),
    );
  };
  const showAt = (uri: vscode.Uri) => {
    const document = vscode.workspace.textDocuments.find((one) => one.uri.toString() === uri.toString());
    if (document) void show(document);
  };
  return vscode.Disposable.from(
    collection,
    documents.onDidAnalyse(({ document }) => void show(document)),
    compilations.onDidCompile(({ document }) => void show(document)),
    language.onDidAnalyse(showAt),
    documents.onDidClose((uri) => collection.delete(uri)),
    vscode.languages.registerCodeActionsProvider(
      languageId,
      {
        provideCodeActions: async (document, range) => {
          const problems = await problemsBesideServer(document, sources);
          return problems
            .filter((problem) => editorRange(document, problem.range).intersection(range))
            .flatMap((problem) => fixes(document, problem));
        },
      },
      { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] },
    ),
  );
}

/**
 * All that is known to be wrong with the document as it is: what the language server says of it, or the checks while it
 * has not looked yet, and what the compiler says if it has seen this very version.
 */
export async function currentProblems(
  document: vscode.TextDocument,
  sources: ProblemSources,
): Promise<readonly Problem[]> {
  const found = await checkedProblems(document, sources);
  return [...found, ...compilerProblems(document, found, sources)];
}

async function problemsBesideServer(
  document: vscode.TextDocument,
  sources: ProblemSources,
): Promise<readonly Problem[]> {
  const found = await checkedProblems(document, sources);
  const beyond = compilerProblems(document, found, sources);
  return sources.language.isServing(document.uri) ? beyond : [...found, ...beyond];
}

async function checkedProblems(
  document: vscode.TextDocument,
  { documents, language }: ProblemSources,
): Promise<readonly Problem[]> {
  return language.latest(document)?.problems ?? (await documents.analyse(document)).problems;
}

function compilerProblems(
  document: vscode.TextDocument,
  found: readonly Problem[],
  { compilations }: ProblemSources,
): readonly Problem[] {
  const compilation = compilations.latest(document);
  if (compilation?.version !== document.version) return [];
  const known = new Set(found.map(identity));
  return compilation.result.problems.filter((problem) => !known.has(identity(problem)));
}

/** Parsers end a syntax error at different places: one for each node is enough. */
function identity({ code, range, node }: Problem): string {
  return code === "EDDY_SYNTAX" && node !== undefined
    ? `${code} ${node}`
    : `${code} ${range.start} ${range.end}`;
}

function diagnostic(document: vscode.TextDocument, problem: Problem): vscode.Diagnostic {
  const result = new vscode.Diagnostic(
    editorRange(document, problem.range),
    problem.message,
    severities[problem.severity],
  );
  result.source = "eddy";
  result.code = problem.code;
  return result;
}

function fixes(document: vscode.TextDocument, problem: Problem): vscode.CodeAction[] {
  return (problem.fixes ?? []).map((fix, index) => {
    const action = new vscode.CodeAction(fix.title, vscode.CodeActionKind.QuickFix);
    action.edit = workspaceEdit(document, fix.edits);
    action.diagnostics = [diagnostic(document, problem)];
    action.isPreferred = index === 0;
    return action;
  });
}
