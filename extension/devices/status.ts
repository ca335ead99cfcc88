import * as vscode from "vscode";
import type { ActiveFlow } from "../flows/active.ts";
import type { Targets } from "./targets.ts";

/** The status bar item with the target device and how the workflow in front does there; a click chooses another one. */
export function registerTargetStatus(active: ActiveFlow, targets: Targets): vscode.Disposable {
  const item = vscode.window.createStatusBarItem("eddy.target", vscode.StatusBarAlignment.Left, 9);
  item.name = vscode.l10n.t("Eddy Target Device");
  item.command = "eddy.chooseTarget";
  const show = () => {
    const document = active.document;
    if (!document) {
      item.hide();
      return;
    }
    const { device, state } = targets.device;
    const status = targets.statusOf(document);
    const parts = [`$(${state === "connected" ? "vm-active" : "vm"}) ${device.name}`];
    if (status) parts.push(status.version.slice(0, 7));
    if (status?.state === "running") parts.push(rateText(status.rate));
    else if (status) parts.push(status.state);
    item.text = parts.join(" · ");
    item.tooltip = vscode.l10n.t("Deploys go to {0}. Click to choose another device.", device.name);
    item.show();
  };
  show();
  return vscode.Disposable.from(item, active.onDidChange(show), targets.onDidChange(show));
}

/** How many messages a workflow takes, as short as it can be said. */
export function rateText(rate: number): string {
  return vscode.l10n.t("{0} msg/s", rate === 0 || rate >= 10 ? Math.round(rate) : rate.toFixed(1));
}
