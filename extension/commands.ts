import * as vscode from "vscode";
import { EddyError } from "../language/problem.ts";
import { extractSelection } from "./canvas/extract.ts";
import type { CanvasProvider } from "./canvas/provider.ts";
import { type CommandId, canvasViewType, keptScheme } from "./contributions.ts";
import { addDevice, diagnoseDevice, removeDevice, showInformation } from "./devices/actions.ts";
import { setBroker } from "./devices/broker.ts";
import { setValue } from "./devices/config.ts";
import { deploy } from "./devices/deploy.ts";
import type { Devices, DeviceView } from "./devices/devices.ts";
import type { Injections } from "./devices/inject.ts";
import type { KeptMessages } from "./devices/kept.ts";
import type { DeviceLogs } from "./devices/logs.ts";
import type { DeviceReports } from "./devices/reports.ts";
import type { Targets } from "./devices/targets.ts";
import type { DeviceTreeItem } from "./devices/tree.ts";
import type { ActiveFlow } from "./flows/active.ts";
import type { Compilations } from "./flows/compilations.ts";
import type { CompiledCodeView } from "./flows/compiled-code.ts";
import { type FlowDocuments, flowId, isFlow } from "./flows/documents.ts";
import { newWorkflow } from "./flows/new-workflow.ts";
import type { LanguageService } from "./language/client.ts";
import { reportFailure } from "./report.ts";
import { runHere } from "./testing/run-here.ts";
import type { TestRuns } from "./testing/runs.ts";

export interface CommandServices {
  readonly active: ActiveFlow;
  /** Remembers what a person has agreed to. */
  readonly agreed: vscode.Memento;
  readonly canvas: CanvasProvider;
  readonly compilations: Compilations;
  readonly compiledCode: CompiledCodeView;
  readonly devices: Devices;
  /** The folder with the bundles. */
  readonly distribution: vscode.Uri;
  readonly documents: FlowDocuments;
  readonly injections: Injections;
  readonly kept: KeptMessages;
  readonly language: LanguageService;
  readonly log: vscode.LogOutputChannel;
  readonly logs: DeviceLogs;
  readonly reports: DeviceReports;
  readonly targets: Targets;
  readonly testRuns: TestRuns;
}

type DeviceItem = Extract<DeviceTreeItem, { kind: "device" }>;
type WorkflowItem = Extract<DeviceTreeItem, { kind: "workflow" | "kept" }>;

/** Binds every contributed command. Failures of any of them are told to the person in one way. */
export function registerCommands(services: CommandServices): vscode.Disposable {
  const handlers: Readonly<Record<CommandId, (argument: unknown) => unknown>> = {
    ...flowCommands(services),
    ...deviceCommands(services),
    ...workflowCommands(services),
  };
  return vscode.Disposable.from(
    ...Object.entries(handlers).map(([id, run]) =>
      vscode.commands.registerCommand(id, async (argument: unknown) => {
        try {
          await run(argument);
        } catch (error) {
          void reportFailure(services.log, error);
        }
      }),
    ),
  );
}

function flowCommands(services: CommandServices) {
  const { active, canvas, compilations, injections, log, targets } = services;
  const document = async (argument: unknown) => documentOf(argument, active);
  return {
    "eddy.newWorkflow": newWorkflow,
    "eddy.openCanvas": async (argument: unknown) =>
      vscode.commands.executeCommand("vscode.openWith", (await document(argument)).uri, canvasViewType),
    "eddy.openText": async (argument: unknown) =>
      vscode.commands.executeCommand("vscode.openWith", (await document(argument)).uri, "default"),
    "eddy.openTextToSide": async (argument: unknown) =>
      vscode.window.showTextDocument((await document(argument)).uri, {
        viewColumn: vscode.ViewColumn.Beside,
        preview: false,
      }),
    "eddy.deploy": async (argument: unknown) => {
      requireTrust();
      await deploy(await document(argument), services);
    },
    "eddy.run": async (argument: unknown) => {
      requireTrust();
      await runHere(await document(argument), services.distribution);
    },
    "eddy.test": async (argument: unknown) => {
      requireTrust();
      await services.testRuns.runFile((await document(argument)).uri);
    },
    "eddy.compile": async (argument: unknown) => compilations.compile(await document(argument)),
    "eddy.showCompiledCode": async (argument: unknown) =>
      services.compiledCode.show(await document(argument)),
    "eddy.chooseTarget": () => chooseTarget(targets, services.devices),
    "eddy.canvas.extractSubflow": () => extractSelection(services),
    "eddy.toggleLive": () => {
      requireTrust();
      canvas.toggleLive();
    },
    "eddy.inject": async (argument: unknown) => {
      requireTrust();
      const flow = await document(argument);
      const { device } = targets.device;
      const status = targets.statusOf(flow);
      if (!status)
        throw new EddyError(
          "EDDY_NOT_DEPLOYED",
          `This workflow is not on ${device.name} yet. Deploy it first.`,
        );
      await injections.ask(device.id, flowId(flow), status.nodes, canvas.selectedNode());
    },
    "eddy.showOutput": () => log.show(),
  };
}

function deviceCommands(services: CommandServices) {
  const { devices, logs, reports, targets } = services;
  const id = (argument: unknown) => deviceItem(argument).view.device.id;
  return {
    "eddy.devices.add": async () => {
      requireTrust();
      const added = await addDevice(devices);
      if (added) await targets.choose(added);
    },
    "eddy.devices.refresh": () => devices.refresh(),
    "eddy.devices.connect": (argument: unknown) => devices.connect(id(argument)),
    "eddy.devices.remove": (argument: unknown) => removeDevice(devices, deviceItem(argument).view),
    "eddy.devices.target": (argument: unknown) => targets.choose(id(argument)),
    "eddy.devices.information": (argument: unknown) =>
      showInformation(devices, reports, deviceItem(argument).view),
    "eddy.devices.diagnose": (argument: unknown) =>
      diagnoseDevice(devices, reports, deviceItem(argument).view),
    "eddy.devices.logs": (argument: unknown) => logs.show(deviceItem(argument).view),
    "eddy.devices.setEnv": (argument: unknown) => setValue(devices, id(argument), "env"),
    "eddy.devices.setSecret": (argument: unknown) => setValue(devices, id(argument), "secret"),
    "eddy.devices.broker": (argument: unknown) => setBroker(devices, deviceItem(argument).view),
    "eddy.devices.stopAgent": (argument: unknown) => devices.stopAgent(id(argument)),
  };
}

function workflowCommands({ devices, injections, kept, logs }: CommandServices) {
  const ask = async (
    argument: unknown,
    name: "workflow/activate" | "workflow/deactivate" | "workflow/rollback",
  ) => {
    const { view, workflow } = workflowItem(argument);
    const client = await devices.client(view.device.id);
    await client.request(name, { id: workflow.id });
  };
  return {
    "eddy.workflows.start": (argument: unknown) => ask(argument, "workflow/activate"),
    "eddy.workflows.stop": (argument: unknown) => ask(argument, "workflow/deactivate"),
    "eddy.workflows.rollback": (argument: unknown) => ask(argument, "workflow/rollback"),
    "eddy.workflows.remove": async (argument: unknown) => {
      const { view, workflow } = workflowItem(argument);
      if (!(await confirmRemoval(workflow.name, view))) return;
      const client = await devices.client(view.device.id);
      await client.request("workflow/remove", { id: workflow.id });
    },
    "eddy.workflows.inject": async (argument: unknown) => {
      const { view, workflow } = workflowItem(argument);
      await injections.ask(view.device.id, workflow.id, workflow.nodes);
    },
    "eddy.workflows.logs": (argument: unknown) => {
      const { view, workflow } = workflowItem(argument);
      return logs.show(view, workflow.id);
    },
    "eddy.workflows.kept": (argument: unknown) => {
      const { view, workflow } = workflowItem(argument);
      return kept.choose(view.device, workflow);
    },
    "eddy.kept.send": (argument: unknown) => kept.send(keptUri(argument)),
    "eddy.kept.discard": (argument: unknown) => kept.discard(keptUri(argument)),
    "eddy.workflows.setEnv": (argument: unknown) => {
      const { view, workflow } = workflowItem(argument);
      return setValue(devices, view.device.id, "env", workflow.id);
    },
    "eddy.workflows.setSecret": (argument: unknown) => {
      const { view, workflow } = workflowItem(argument);
      return setValue(devices, view.device.id, "secret", workflow.id);
    },
  };
}

/** The kept message that a command is about: the one it was called on, else the one in front. */
function keptUri(argument: unknown): vscode.Uri {
  const uri = argument instanceof vscode.Uri ? argument : vscode.window.activeTextEditor?.document.uri;
  if (uri?.scheme === keptScheme) return uri;
  throw new EddyError("EDDY_UNKNOWN_MESSAGE", "Open a kept message from the Devices view first.");
}

/** The workflow that a command is about: the file it was called on, else the one in front. */
async function documentOf(argument: unknown, active: ActiveFlow): Promise<vscode.TextDocument> {
  // Code lenses come from the language server, with the URI as text.
  const uri = typeof argument === "string" ? vscode.Uri.parse(argument, true) : argument;
  const document = uri instanceof vscode.Uri ? await vscode.workspace.openTextDocument(uri) : active.document;
  if (!document || !isFlow(document))
    throw new EddyError("EDDY_NO_WORKFLOW", "Open a workflow (a *.flow.yaml file) first.");
  return document;
}

async function chooseTarget(targets: Targets, devices: Devices): Promise<void> {
  const add = { label: `$(add) ${vscode.l10n.t("Add Device…")}`, id: undefined };
  const current = targets.device.device.id;
  const items = devices.views.map(({ device, state }) => ({
    label: device.name,
    description: device.id === current ? vscode.l10n.t("{0} · target", device.url) : device.url,
    detail: state,
    id: device.id,
  }));
  const picked = await vscode.window.showQuickPick([...items, add], {
    title: vscode.l10n.t("Target Device"),
    placeHolder: vscode.l10n.t("Where do deploys go?"),
  });
  if (!picked) return;
  if (picked.id === undefined) await vscode.commands.executeCommand("eddy.devices.add");
  else await targets.choose(picked.id);
}

async function confirmRemoval(name: string, { device }: DeviceView): Promise<boolean> {
  const yes = vscode.l10n.t("Remove");
  const answer = await vscode.window.showWarningMessage(
    vscode.l10n.t("Remove “{0}” from {1}?", name, device.name),
    {
      modal: true,
      detail: vscode.l10n.t("It is stopped and its state and queued messages on the device are deleted."),
    },
    yes,
  );
  return answer === yes;
}

function requireTrust(): void {
  if (!vscode.workspace.isTrusted)
    throw new EddyError(
      "EDDY_UNTRUSTED",
      "Trust this workspace first: workflows from elsewhere are not run before.",
    );
}

function deviceItem(argument: unknown): DeviceItem {
  if (isTreeItem(argument) && argument.kind === "device") return argument;
  throw new EddyError("EDDY_NO_DEVICE", "That device is no longer in the Devices view: choose one there.");
}

function workflowItem(argument: unknown): WorkflowItem {
  if (isTreeItem(argument) && (argument.kind === "workflow" || argument.kind === "kept")) return argument;
  throw new EddyError(
    "EDDY_NO_WORKFLOW",
    "That workflow has just changed in the Devices view: choose it there once more.",
  );
}

/** Tree items come back as the very objects that the tree gave out. */
function isTreeItem(argument: unknown): argument is DeviceTreeItem {
  return typeof argument === "object" && argument !== null && "kind" in argument;
}
