import * as vscode from "vscode";
import type { BrokerSettings } from "../../fleet/index.ts";
import { abortSignal } from "../report.ts";
import { agreesToPlaintext, askLogin, isBrokerAddress } from "./broker.ts";
import type { Devices, DeviceView } from "./devices.ts";
import type { DeviceReports } from "./reports.ts";

/** Asks for an address, installs the agent there and trusts it; the id of the device, or nothing where given up. */
export async function addDevice(devices: Devices): Promise<string | undefined> {
  const typed = await vscode.window.showInputBox({
    title: vscode.l10n.t("Add Device"),
    prompt: vscode.l10n.t(
      "Where is it? A host of your SSH configuration works too, or a broker with the id of the device.",
    ),
    placeHolder: "ssh://pi@raspberrypi.local",
    ignoreFocusOut: true,
    validateInput: (text) =>
      isBrokerAddress(text) || /^(ssh:\/\/)?([^@\s/]+@)?[^@\s/]+\/?$/.test(text.trim())
        ? undefined
        : vscode.l10n.t("Write ssh://user@host, ssh://user@host:port or mqtts://broker/device-id."),
  });
  if (typed === undefined) return undefined;
  const atBroker = isBrokerAddress(typed);
  const url = atBroker || typed.trim().startsWith("ssh://") ? typed.trim() : `ssh://${typed.trim()}`;
  const name = await vscode.window.showInputBox({
    title: vscode.l10n.t("Add Device"),
    prompt: vscode.l10n.t("What do you call it?"),
    value: atBroker ? (url.split("/").at(-1) ?? "") : new URL(url).hostname,
    ignoreFocusOut: true,
    validateInput: (text) =>
      devices.views.some(({ device }) => device.name === text.trim())
        ? vscode.l10n.t("Another device has this name already.")
        : undefined,
  });
  if (name === undefined) return undefined;
  const login = atBroker ? await askLogin(vscode.l10n.t("Add Device")) : {};
  if (login === undefined) return undefined;
  const add = (broker: Omit<BrokerSettings, "url">) =>
    vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: vscode.l10n.t("Adding {0}", name),
        cancellable: true,
      },
      (progress, token) =>
        devices.add(url, {
          name: name.trim(),
          broker,
          confirm: confirmPlan,
          progress: (step) => progress.report({ message: step }),
          signal: abortSignal(token),
        }),
    );
  try {
    return (await add(login)).id;
  } catch (error) {
    if (!(await agreesToPlaintext(error))) throw error;
    return (await add({ ...login, plaintext: true })).id;
  }
}

/** What will be done on the device, before it is done. */
async function confirmPlan(steps: readonly string[]): Promise<boolean> {
  const yes = vscode.l10n.t("Install");
  const answer = await vscode.window.showInformationMessage(
    vscode.l10n.t("Install the Eddy agent?"),
    { modal: true, detail: steps.map((step) => `• ${step}`).join("\n") },
    yes,
  );
  return answer === yes;
}

/** Forgets a device; on request takes the agent off it too. */
export async function removeDevice(devices: Devices, { device }: DeviceView): Promise<void> {
  const uninstall = vscode.l10n.t("Uninstall and Remove");
  const forget = vscode.l10n.t("Only Remove from List");
  const answer = await vscode.window.showWarningMessage(
    vscode.l10n.t("Remove {0}?", device.name),
    {
      modal: true,
      detail: vscode.l10n.t(
        "Uninstalling stops its workflows and deletes the agent with all its data from the device. Removing from the list leaves the device as it is.",
      ),
    },
    uninstall,
    forget,
  );
  if (answer === forget) await devices.forget(device.id);
  if (answer !== uninstall) return;
  await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t("Uninstalling from {0}", device.name),
      cancellable: true,
    },
    (progress, token) =>
      devices.uninstall(device.id, {
        progress: (step) => progress.report({ message: step }),
        signal: abortSignal(token),
      }),
  );
}

/** Health and facts of a device, in a document that can be copied from. */
export async function showInformation(
  devices: Devices,
  reports: DeviceReports,
  { device }: DeviceView,
): Promise<void> {
  const client = await devices.client(device.id);
  const [info, health] = await Promise.all([
    client.request("agent/info", {}),
    client.request("agent/health", {}),
  ]);
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
  const lines = [
    `# ${device.name}`,
    "",
    `| | |`,
    "|---|---|",
    `| ${vscode.l10n.t("address")} | ${device.url} |`,
    ...(device.broker ? [`| ${vscode.l10n.t("broker")} | ${device.broker.url} |`] : []),
    `| ${vscode.l10n.t("id")} | ${info.id} |`,
    `| ${vscode.l10n.t("agent")} | ${info.agent} (${info.runtime.name} ${info.runtime.version}) |`,
    `| ${vscode.l10n.t("system")} | ${info.os} ${info.arch} |`,
    `| ${vscode.l10n.t("health")} | ${health.status} |`,
    `| ${vscode.l10n.t("memory of the agent")} | ${megabytes(health.memory.rss)} |`,
    `| ${vscode.l10n.t("free disk")} | ${megabytes(health.disk.free)} / ${megabytes(health.disk.total)} |`,
    `| ${vscode.l10n.t("outbox")} | ${health.outbox.entries} |`,
    "",
    ...health.reasons.map(({ code, message }) => `- ${message} (${code})`),
  ];
  await reports.show(device.name, lines.join("\n"));
}

/** What is wrong with a device and how to mend it. */
export async function diagnoseDevice(
  devices: Devices,
  reports: DeviceReports,
  { device }: DeviceView,
): Promise<void> {
  const { ok, findings } = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t("Looking at {0}", device.name),
      cancellable: true,
    },
    (_progress, token) => devices.diagnose(device.id, abortSignal(token)),
  );
  const lines = findings.flatMap(({ check, message, fix, code, ok: isWell }) => [
    `- ${isWell ? "✔" : "✘"} **${check}**: ${message}${code === undefined ? "" : ` (${code})`}`,
    ...(fix === undefined ? [] : [`  - ${fix}`]),
  ]);
  const verdict = ok ? vscode.l10n.t("Nothing is wrong.") : vscode.l10n.t("What to do stands below each ✘.");
  await reports.show(
    vscode.l10n.t("Diagnosis of {0}", device.name),
    [`# ${device.name}`, "", verdict, "", ...lines, ""].join("\n"),
  );
}
