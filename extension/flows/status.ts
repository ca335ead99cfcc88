import * as vscode from "vscode";
import type { CompileStats, RemovalReason } from "../../compiler/index.ts";
import { hasErrors } from "../../language/problem.ts";
import type { ActiveFlow } from "./active.ts";
import type { Compilation, Compilations } from "./compilations.ts";

/** The status bar item with what the last compile came to; its hover has the figures by stage. */
export function registerCompileStatus(active: ActiveFlow, compilations: Compilations): vscode.Disposable {
  const item = vscode.window.createStatusBarItem("eddy.compile", vscode.StatusBarAlignment.Left, 10);
  item.name = vscode.l10n.t("Eddy Compiler");
  const show = () => {
    const document = active.document;
    const compilation = document && compilations.latest(document);
    if (!compilation) {
      item.hide();
      return;
    }
    present(item, compilation);
    item.show();
  };
  return vscode.Disposable.from(item, active.onDidChange(show), compilations.onDidCompile(show));
}

function present(item: vscode.StatusBarItem, { result }: Compilation): void {
  if (hasErrors(result.problems)) {
    const count = result.problems.filter((problem) => problem.severity === "error").length;
    item.text = `$(error) ${count === 1 ? vscode.l10n.t("1 error") : vscode.l10n.t("{0} errors", count)}`;
    item.tooltip = vscode.l10n.t("This workflow cannot be compiled. Click to see why.");
    item.command = "workbench.actions.view.problems";
    return;
  }
  const { nodes, bytes, ms } = result.stats;
  item.text = `$(pass) ${vscode.l10n.t("{0} nodes", nodes.compiled)} · ${kilobytes(bytes.output)} · ${Math.round(ms.total)} ms`;
  item.command = "eddy.compile";
  const tooltip = figures(result.stats, undefined);
  item.tooltip = tooltip;
  // Built on its own, to compare with; whatever is shown by then stays.
  void result.ratio?.().then(
    (ratio) => {
      if (item.tooltip === tooltip) item.tooltip = figures(result.stats, ratio);
    },
    () => {},
  );
}

/** `ratio` as in `CompileResult`; undefined while it is not known. */
function figures(
  { nodes, removed, sizes, bytes, ms }: CompileStats,
  ratio: number | undefined,
): vscode.MarkdownString {
  const stages = Object.entries(ms).map(([stage, value]) => `| ${stage} | ${value.toFixed(1)} ms |`);
  const size = vscode.l10n.t(
    "{0} source → {1} module ({2} gzip)",
    kilobytes(bytes.source),
    kilobytes(bytes.output),
    kilobytes(bytes.gzip),
  );
  const worth =
    ratio === undefined ? "" : `, ${vscode.l10n.t("unoptimised it would be {0} ×", ratio.toFixed(1))}`;
  const shown = sizes
    .slice(0, mostSizes)
    .map(({ kind, name, bytes: own }) => `| ${kind} | ${name} | ${kilobytes(own)} |`);
  return new vscode.MarkdownString(
    [
      `**${vscode.l10n.t("Compiled")}**`,
      "",
      vscode.l10n.t("{0} of {1} nodes, {2} removed", nodes.compiled, nodes.total, nodes.removed),
      ...removed.map(({ node, reason }) => `- \`${node}\`: ${reasonText(reason)}`),
      "",
      `${size}${worth}`,
      "",
      `| ${vscode.l10n.t("stage")} | |`,
      "|---|---:|",
      ...stages,
      "",
      `| ${vscode.l10n.t("takes up most")} | | |`,
      "|---|---|---:|",
      ...shown,
    ].join("\n"),
  );
}

/** Rows of the table of sizes: a hover is no report. */
const mostSizes = 12;

function reasonText(reason: RemovalReason): string {
  switch (reason) {
    case "disabled":
      return vscode.l10n.t("disabled");
    case "unreachable":
      return vscode.l10n.t("no message can get to it");
    case "no effect":
      return vscode.l10n.t("what it computes goes nowhere");
  }
}

function kilobytes(bytes: number): string {
  return bytes < 1000 ? `${bytes} B` : `${(bytes / 1000).toFixed(1)} kB`;
}
