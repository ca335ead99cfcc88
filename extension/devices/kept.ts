import * as vscode from "vscode";
import type { Device } from "../../fleet/index.ts";
import { EddyError } from "../../language/problem.ts";
import type { KeptMessage, WorkflowStatus } from "../../runtime/protocol/contract.ts";
import { keptScheme } from "../contributions.ts";
import type { Devices } from "./devices.ts";
import { summary, tellExecution } from "./inject.ts";

/** Which message, and on which device. */
interface Place {
  readonly device: string;
  readonly workflow: string;
  readonly key: string;
}

interface MessageItem extends vscode.QuickPickItem {
  readonly message: KeptMessage;
}

type Choice = "open" | "send" | "discard";

const buttons = {
  send: { iconPath: new vscode.ThemeIcon("debug-restart"), tooltip: vscode.l10n.t("Send Again") },
  discard: { iconPath: new vscode.ThemeIcon("trash"), tooltip: vscode.l10n.t("Discard…") },
} as const satisfies Record<string, vscode.QuickInputButton>;

/** Messages that a workflow was at when its worker had to be ended: listed, read, sent again, discarded. */
export class KeptMessages implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #devices: Devices;
  readonly #log: vscode.LogOutputChannel;
  readonly #disposables: vscode.Disposable;

  constructor(devices: Devices, log: vscode.LogOutputChannel) {
    this.#devices = devices;
    this.#log = log;
    this.#disposables = vscode.workspace.registerTextDocumentContentProvider(keptScheme, this);
  }

  /** Lists those of a workflow, and does with one what the person chooses. */
  async choose(device: Device, { id, name }: WorkflowStatus): Promise<void> {
    const messages = await this.#list(device.id, id);
    if (messages.length === 0) {
      void vscode.window.showInformationMessage(
        vscode.l10n.t(
          "No message of “{0}” is kept on {1}. One is when it was under way while the workflow blocked or crashed.",
          name,
          device.name,
        ),
      );
      return;
    }
    const chosen = await pickMessage(name, messages.toReversed().map(messageItem));
    if (!chosen) return;
    const uri = uriOf({ device: device.id, workflow: id, key: chosen.message.key });
    if (chosen.what === "open") await vscode.window.showTextDocument(uri, { preview: true });
    else await this[chosen.what](uri);
  }

  /** Into its node once more; it is no longer kept when its execution has ended. */
  async send(uri: vscode.Uri): Promise<void> {
    const { device, workflow, key } = placeOf(uri);
    const client = await this.#devices.client(device);
    const execution = await vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: vscode.l10n.t("Sending the message into {0} again", workflow),
      },
      () => client.request("kept/send", { id: workflow, key }),
    );
    this.#log.info(`${workflow}: kept message ${key}: ${summary(execution)}`);
    await this.#gone(uri);
    tellExecution(execution);
  }

  async discard(uri: vscode.Uri): Promise<void> {
    const { device, workflow, key } = placeOf(uri);
    const yes = vscode.l10n.t("Discard");
    const answer = await vscode.window.showWarningMessage(
      vscode.l10n.t("Discard message {0} of “{1}”?", key, workflow),
      { modal: true, detail: vscode.l10n.t("The device keeps no other copy of it.") },
      yes,
    );
    if (answer !== yes) return;
    const client = await this.#devices.client(device);
    await client.request("kept/discard", { id: workflow, key });
    await this.#gone(uri);
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const { device, workflow, key } = placeOf(uri);
    // VS Code asks for what was open when it starts: that is no reason to log in somewhere.
    const view = this.#devices.views.find((one) => one.device.id === device);
    if (view?.state !== "connected")
      return vscode.l10n.t(
        "// {0} is not connected. Connect to it in the Devices view, and open the message there.",
        view?.device.name ?? device,
      );
    const message = (await this.#list(device, workflow)).find((one) => one.key === key);
    return message ? documentText(message) : vscode.l10n.t("// This message is no longer kept.");
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  async #list(device: string, workflow: string): Promise<readonly KeptMessage[]> {
    const client = await this.#devices.client(device);
    return (await client.request("kept/list", { id: workflow })).messages;
  }

  /** Shows it no longer, neither as a document nor as a number in the view. */
  async #gone(uri: vscode.Uri): Promise<void> {
    const shows = ({ input }: vscode.Tab) =>
      input instanceof vscode.TabInputText && input.uri.toString() === uri.toString();
    const { all } = vscode.window.tabGroups;
    await vscode.window.tabGroups.close(all.flatMap(({ tabs }) => tabs.filter(shows)));
    await this.#devices.refresh();
  }
}

/** The message as it was and what is known of it, with a time that can be read. */
function documentText({ time, ...kept }: KeptMessage): string {
  const known = kept.message === undefined ? { ...kept, message: tooLarge } : kept;
  return `${JSON.stringify({ time: new Date(time).toISOString(), ...known }, undefined, 2)}\n`;
}

const tooLarge = vscode.l10n.t("It was larger than 64 kB, and only its reason is kept.");

function messageItem(message: KeptMessage): MessageItem {
  const { node, time, reason, times, message: content } = message;
  const bytes = Buffer.byteLength(JSON.stringify(content) ?? "");
  const size =
    content === undefined
      ? vscode.l10n.t("more than 64 kB")
      : bytes < 1000
        ? `${bytes} B`
        : `${(bytes / 1000).toFixed(1)} kB`;
  const often = times > 1 ? [vscode.l10n.t("{0} times", times)] : [];
  return {
    label: `$(inbox) ${node}`,
    description: [new Date(time).toLocaleString(), size, ...often].join(" · "),
    detail: `${reason.message} (${reason.code})`,
    buttons: content === undefined ? [buttons.discard] : [buttons.send, buttons.discard],
    message,
  };
}

function pickMessage(
  workflow: string,
  items: readonly MessageItem[],
): Promise<{ readonly message: KeptMessage; readonly what: Choice } | undefined> {
  const pick = vscode.window.createQuickPick<MessageItem>();
  pick.title = vscode.l10n.t("Kept Messages of {0}", workflow);
  pick.placeholder = vscode.l10n.t("Which one do you want to read?");
  pick.matchOnDescription = true;
  pick.matchOnDetail = true;
  pick.items = items;
  return new Promise((resolve) => {
    pick.onDidAccept(() => {
      const [item] = pick.selectedItems;
      if (!item) return;
      resolve({ message: item.message, what: "open" });
      pick.hide();
    });
    pick.onDidTriggerItemButton(({ item, button }) => {
      resolve({ message: item.message, what: button === buttons.send ? "send" : "discard" });
      pick.hide();
    });
    pick.onDidHide(() => {
      resolve(undefined);
      pick.dispose();
    });
    pick.show();
  });
}

/** It ends in `.json`, so that it is read as such. */
function uriOf({ device, workflow, key }: Place): vscode.Uri {
  return vscode.Uri.from({ scheme: keptScheme, path: `/${workflow}/${key}.json`, query: device });
}

function placeOf(uri: vscode.Uri): Place {
  const [, workflow, key] = /^\/([^/]+)\/([^/]+)\.json$/.exec(uri.path) ?? [];
  if (workflow === undefined || key === undefined || uri.query === "")
    throw new EddyError("EDDY_UNKNOWN_MESSAGE", `${uri.toString()} names no kept message.`);
  return { device: uri.query, workflow, key };
}
