import { type Diagnostic, DiagnosticSeverity, DiagnosticTag } from "vscode-languageserver-protocol";
import type { Problem, Severity } from "../problem.ts";
import { type Analysis, editorRange } from "./analysis.ts";

const severities: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  hint: DiagnosticSeverity.Hint,
};

/** A problem as editors show it. */
export function diagnosticOf(analysis: Pick<Analysis, "lines">, problem: Problem): Diagnostic {
  const tags = tagsOf(problem);
  return {
    range: editorRange(analysis, problem.range),
    severity: severities[problem.severity],
    code: problem.code,
    source: "eddy",
    message: problem.message,
    ...(tags.length === 0 ? {} : { tags }),
  };
}

function tagsOf({ code }: Problem): DiagnosticTag[] {
  if (code.endsWith("_UNUSED") || code === "EDDY_UNREACHABLE") return [DiagnosticTag.Unnecessary];
  const isDeprecated = code === "EDDY_DEPRECATED_TYPE" || code === "EDDY_DEPRECATED_PARAM";
  return isDeprecated ? [DiagnosticTag.Deprecated] : [];
}
