import * as vscode from "vscode";
import type { WorkflowStatus } from "../../runtime/protocol/contract.ts";
import type { Devices, DeviceView } from "./devices.ts";
import { rateText } from "./status.ts";
import type { Targets } from "./targets.ts";

export type DeviceTreeItem =
  | DeviceItem
  | { readonly kind: "workflow"; readonly view: DeviceView; readonly workflow: WorkflowStatus }
  | { readonly kind: "kept"; readonly view: DeviceView; readonly workflow: WorkflowStatus }
  | { readonly kind: "hint"; readonly text: string; readonly command?: vscode.Command };

interface DeviceItem {
  readonly kind: "device";
  /** What is known of it now. */
  view: DeviceView;
}

/** The Devices view: devices, and on each the workflows that it has. */
export class DeviceTree implements vscode.TreeDataProvider<DeviceTreeItem>, vscode.Disposable {
  readonly #devices: Pick<Devices, "views">;
  readonly #targets: Pick<Targets, "device" | "onDidChange">;
  readonly #changed = new vscode.EventEmitter<DeviceTreeItem[] | undefined>();
  readonly #disposables: vscode.Disposable;
  /** The same objects for as long as the devices are the same, so that VS Code knows them again. */
  #items: readonly DeviceItem[] = [];

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(devices: Pick<Devices, "views">, targets: Pick<Targets, "device" | "onDidChange">) {
    this.#devices = devices;
    this.#targets = targets;
    this.#disposables = vscode.Disposable.from(
      this.#changed,
      targets.onDidChange(() => this.#refresh()),
    );
  }

  getChildren(item?: DeviceTreeItem): DeviceTreeItem[] {
    if (item === undefined) {
      this.#update();
      return [...this.#items];
    }
    const { kind } = item;
    if (kind === "workflow" && item.workflow.kept !== undefined) return [{ ...item, kind: "kept" }];
    if (kind !== "device") return [];
    const { view } = item;
    if (view.state !== "connected") return [awayHint(view)];
    if (view.workflows.length === 0)
      return [
        {
          kind: "hint",
          text: vscode.l10n.t("No workflows yet. Open one and deploy it."),
        },
      ];
    return view.workflows.map((workflow) => ({ kind: "workflow", view, workflow }));
  }

  getTreeItem(item: DeviceTreeItem): vscode.TreeItem {
    switch (item.kind) {
      case "device":
        return deviceItem(item.view, this.#targets.device.device.id === item.view.device.id);
      case "workflow":
        return workflowItem(item.view, item.workflow);
      case "kept":
        return keptItem(item);
      case "hint":
        return hintItem(item);
    }
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  /**
   * Device by device: where everything is refreshed, VS Code forgets every item until it has asked for it again, and what a
   * person chooses in a menu meanwhile is of nothing.
   */
  #refresh(): void {
    this.#changed.fire(this.#update() ? [...this.#items] : undefined);
  }

  /** False where they are other devices than before. */
  #update(): boolean {
    const views = vscode.workspace.isTrusted ? this.#devices.views : [];
    const idOf = (view: DeviceView | undefined) => view?.device.id;
    const isSame =
      views.length === this.#items.length &&
      views.every((view, index) => idOf(view) === idOf(this.#items[index]?.view));
    if (!isSame) this.#items = views.map((view) => ({ kind: "device", view }));
    for (const [index, item] of this.#items.entries()) item.view = views[index] ?? item.view;
    return isSame;
  }
}

function deviceItem({ device, state, reason, info }: DeviceView, isTarget: boolean): vscode.TreeItem {
  const item = new vscode.TreeItem(device.name, vscode.TreeItemCollapsibleState.Expanded);
  item.id = device.id;
  const kind = device.url === "local" ? "local" : "ssh";
  item.contextValue = `device-${kind} ${state === "connected" ? "connected" : "away"}`;
  item.iconPath = deviceIcon(kind, state);
  const words = {
    connected: info ? `${info.os} ${info.arch}` : vscode.l10n.t("connected"),
    connecting: vscode.l10n.t("connecting…"),
    away: vscode.l10n.t("not connected"),
    failed: vscode.l10n.t("not reachable"),
  };
  item.description = isTarget ? `${words[state]} · ${vscode.l10n.t("target")}` : words[state];
  const lines = [`**${device.name}** — ${device.url}`];
  if (info)
    lines.push(vscode.l10n.t("Agent {0}, {1} {2}", info.agent, info.runtime.name, info.runtime.version));
  if (reason) lines.push(reason);
  item.tooltip = new vscode.MarkdownString(lines.join("\n\n"));
  return item;
}

function deviceIcon(kind: "local" | "ssh", state: DeviceView["state"]): vscode.ThemeIcon {
  if (state === "connecting") return new vscode.ThemeIcon("loading~spin");
  if (state === "failed")
    return new vscode.ThemeIcon("warning", new vscode.ThemeColor("problemsWarningIcon.foreground"));
  const color = state === "connected" ? new vscode.ThemeColor("testing.iconPassed") : undefined;
  return new vscode.ThemeIcon(kind === "local" ? "device-desktop" : "server", color);
}

const workflowIcons: Readonly<Record<WorkflowStatus["state"], readonly [icon: string, color?: string]>> = {
  running: ["play-circle", "testing.iconPassed"],
  starting: ["loading~spin"],
  installed: ["circle-outline"],
  stopped: ["stop-circle"],
  failed: ["error", "problemsErrorIcon.foreground"],
  quarantined: ["error", "problemsErrorIcon.foreground"],
};

function workflowItem({ device }: DeviceView, workflow: WorkflowStatus): vscode.TreeItem {
  const { Expanded, None } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(workflow.name, workflow.kept === undefined ? None : Expanded);
  // VS Code remembers whether an id was open: another one, and it opens when the first message is kept.
  item.id = `${device.id}/${workflow.id}${workflow.kept === undefined ? "" : "?kept"}`;
  const running = workflow.state === "running" || workflow.state === "starting";
  item.contextValue = running ? "workflow-running" : "workflow-stopped";
  const [icon, color] = workflowIcons[workflow.state];
  item.iconPath = new vscode.ThemeIcon(icon, color ? new vscode.ThemeColor(color) : undefined);
  const short = workflow.version.slice(0, 7);
  const words = [short, running ? rateText(workflow.rate) : workflow.state];
  if (workflow.probation !== undefined) words.push(vscode.l10n.t("on probation"));
  if (workflow.rolledBack) words.push(vscode.l10n.t("went back"));
  item.description = words.join(" · ");
  const lines = [
    `**${workflow.name}** \`${workflow.id}\``,
    vscode.l10n.t("{0} executions, {1} errors", workflow.executions, workflow.errors),
  ];
  if (workflow.probation !== undefined)
    lines.push(vscode.l10n.t("New: if it fails now, the version before takes its place by itself."));
  if (workflow.rolledBack) lines.push(rolledBackText(workflow.rolledBack));
  if (workflow.reason) lines.push(`${workflow.reason.message} (${workflow.reason.code})`);
  item.tooltip = new vscode.MarkdownString(lines.join("\n\n"));
  return item;
}

function keptItem(kept: Extract<DeviceTreeItem, { kind: "kept" }>): vscode.TreeItem {
  const { view, workflow } = kept;
  const count = workflow.kept ?? 0;
  const label = count === 1 ? vscode.l10n.t("1 kept message") : vscode.l10n.t("{0} kept messages", count);
  const item = new vscode.TreeItem(label);
  item.id = `${view.device.id}/${workflow.id}/kept`;
  item.iconPath = new vscode.ThemeIcon("inbox", new vscode.ThemeColor("problemsWarningIcon.foreground"));
  item.tooltip = vscode.l10n.t("What it was at when its worker had to be ended. Click to look at it.");
  // Otherwise the tooltip is read out in place of the label.
  item.accessibilityInformation = { label: `${label}. ${item.tooltip}` };
  item.command = { command: "eddy.workflows.kept", title: vscode.l10n.t("Show"), arguments: [kept] };
  return item;
}

/** Which version was taken back, and why. */
export function rolledBackText({
  version,
  message,
  code,
}: NonNullable<WorkflowStatus["rolledBack"]>): string {
  return vscode.l10n.t(
    "Version {0} did not pass its probation, and the one before runs again. {1}",
    version.slice(0, 7),
    `${message} (${code})`,
  );
}

function awayHint(view: DeviceView): DeviceTreeItem {
  if (view.state === "connecting") return { kind: "hint", text: vscode.l10n.t("Connecting…") };
  const text = view.reason ?? vscode.l10n.t("Click to connect.");
  return {
    kind: "hint",
    text,
    command: {
      command: "eddy.devices.connect",
      title: vscode.l10n.t("Connect"),
      arguments: [{ kind: "device", view }],
    },
  };
}

function hintItem(hint: { readonly text: string; readonly command?: vscode.Command }): vscode.TreeItem {
  const item = new vscode.TreeItem(hint.text);
  item.tooltip = hint.text;
  if (hint.command) item.command = hint.command;
  return item;
}
