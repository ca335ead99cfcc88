import * as vscode from "vscode";
import { createCompiler } from "../compiler/index.ts";
import { builtinCatalog, inlineTemplate } from "../runtime/nodes/catalog.ts";
import type { WorkflowStatus } from "../runtime/protocol/contract.ts";
import { CanvasProvider } from "./canvas/provider.ts";
import { registerCommands } from "./commands.ts";
import { canvasViewType, devicesViewId } from "./contributions.ts";
import { Devices } from "./devices/devices.ts";
import { Injections } from "./devices/inject.ts";
import { KeptMessages } from "./devices/kept.ts";
import { LiveValues } from "./devices/live.ts";
import { DeviceLogs } from "./devices/logs.ts";
import { DeviceReports } from "./devices/reports.ts";
import { registerTargetStatus } from "./devices/status.ts";
import { Targets } from "./devices/targets.ts";
import { DeviceTree, rolledBackText } from "./devices/tree.ts";
import { ActiveFlow } from "./flows/active.ts";
import { Compilations } from "./flows/compilations.ts";
import { CompiledCodeView } from "./flows/compiled-code.ts";
import { FlowDocuments } from "./flows/documents.ts";
import { registerProblems } from "./flows/problems.ts";
import { registerCompileStatus } from "./flows/status.ts";
import { loadTypeScript } from "./flows/typescript.ts";
import { LanguageService } from "./language/client.ts";
import { reportFailure } from "./report.ts";
import { TestRuns } from "./testing/runs.ts";
import { FlowTests } from "./testing/tests.ts";

/** The composition root: makes the parts, hands them to each other, owns them all. */
export function activate(context: vscode.ExtensionContext): void {
  const own = <T extends vscode.Disposable>(part: T): T => {
    context.subscriptions.push(part);
    return part;
  };
  const distribution = vscode.Uri.joinPath(context.extensionUri, "dist");
  const log = own(vscode.window.createOutputChannel("Eddy", { log: true }));
  const report = (error: unknown) => void reportFailure(log, error);
  const compiler = createCompiler({
    catalog: builtinCatalog,
    template: inlineTemplate,
    typescript: loadTypeScript,
  });
  own(new vscode.Disposable(() => void compiler.dispose()));

  const documents = own(new FlowDocuments(builtinCatalog));
  const compilations = own(new Compilations(compiler, report));
  const active = own(new ActiveFlow());
  const language = own(new LanguageService({ distribution, log, report }));
  own(registerProblems({ documents, compilations, language }));
  own(registerCompileStatus(active, compilations));

  const tests = own(new FlowTests(report));
  const testRuns = own(new TestRuns({ tests, compiler, language, distribution }));

  const devices = own(new Devices({ distribution, log }));
  own(devices.onDidRollBack(({ device, workflow }) => void tellRollBack(device.name, workflow)));
  const targets = own(new Targets(devices, compilations, context.workspaceState));
  const live = new LiveValues(devices, targets, report);
  const logs = own(new DeviceLogs(devices));
  const injections = new Injections(devices, targets, log);
  const kept = own(new KeptMessages(devices, log));
  const reports = own(new DeviceReports());
  const treeDataProvider = own(new DeviceTree(devices, targets));
  own(vscode.window.createTreeView(devicesViewId, { treeDataProvider, showCollapseAll: true }));
  own(registerTargetStatus(active, targets));

  const canvas = own(
    new CanvasProvider(
      {
        documents,
        compilations,
        language,
        targets,
        live,
        strings: vscode.l10n.bundle ?? {},
        report,
        inject: (document, node, payload) => injections.injectInto(document, node, payload),
      },
      distribution,
    ),
  );
  const compiledCode = own(new CompiledCodeView({ compilations, documents, canvas }));
  void openAtStart(process.env.EDDY_OPEN);
  own(
    registerCommands({
      active,
      agreed: context.globalState,
      canvas,
      compilations,
      compiledCode,
      devices,
      distribution,
      documents,
      injections,
      kept,
      language,
      log,
      logs,
      reports,
      targets,
      testRuns,
    }),
  );
}

/** Nobody waits for it: it happens up to half a minute after the deploy. */
async function tellRollBack(device: string, { name, rolledBack }: WorkflowStatus): Promise<void> {
  if (rolledBack)
    await vscode.window.showWarningMessage(`${name} · ${device}: ${rolledBackText(rolledBack)}`);
}

/**
 * Opens the workflow that `npm start` was started for. VS Code itself opens it as text when it is new to the extension: it
 * knows no canvas yet at that moment.
 */
async function openAtStart(path: string | undefined): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0];
  if (path === undefined || !folder) return;
  const uri = folder.uri.with({ path });
  const isText = ({ input }: vscode.Tab) =>
    input instanceof vscode.TabInputText && input.uri.toString() === uri.toString();
  await vscode.commands.executeCommand("vscode.openWith", uri, canvasViewType);
  await vscode.window.tabGroups.close(vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.filter(isText)));
}
