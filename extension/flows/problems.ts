import * as vscode from "vscode";
import type { Problem, Severity } from "../../language/problem.ts";
import { languageId } from "../contributions.ts";
import type { Compilations } from "./compilations.ts";
import type { FlowDocuments } from "./documents.ts";
import { editorRange, workspaceEdit } from "./ranges.ts";

const severities: Readonly<Record<Severity, vscode.DiagnosticSeverity>> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  hint: vscode.DiagnosticSeverity.Hint,
};

/** Shows what check and compiler find in the Problems panel, and offers their fixes as code actions. */
export function registerProblems(documents: FlowDocuments, compilations: Compilations): vscode.Disposable {
  const collection = vscode.languages.createDiagnosticCollection("eddy");
  const show = async (document: vscode.TextDocument) => {
    const problems = await currentProblems(document, documents, compilations);
    collection.set(
      document.uri,
      problems.map((problem) => diagnostic(document, problem)),
    );
  };
  return vscode.Disposable.from(
    collection,
    documents.onDidAnalyse(({ document }) => void show(document)),
    compilations.onDidCompile(({ document }) => void show(document)),
    documents.onDidClose((uri) => collection.delete(uri)),
    vscode.languages.registerCodeActionsProvider(
      languageId,
      {
        provideCodeActions: async (document, range) => {
          const problems = await currentProblems(document, documents, compilations);
          return problems
            .filter((problem) => editorRange(document, problem.range).intersection(range))
            .flatMap((problem) => fixes(document, problem));
        },
      },
      { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] },
    ),
  );
}

/** What the checks say of the document as it is, and what the compiler said if it has seen this very version. */
export async function currentProblems(
  document: vscode.TextDocument,
  documents: FlowDocuments,
  compilations: Compilations,
): Promise<readonly Problem[]> {
  const analysis = await documents.analyse(document);
  const compilation = compilations.latest(document);
  if (compilation?.version !== analysis.version) return analysis.problems;
  const known = new Set(analysis.problems.map(identity));
  return [
    ...analysis.problems,
    ...compilation.result.problems.filter((problem) => !known.has(identity(problem))),
  ];
}

function identity(problem: Problem): string {
  return `${problem.code} ${problem.range.start} ${problem.range.end}`;
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
