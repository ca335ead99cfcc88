import * as vscode from "vscode";
import type { BrokerSettings } from "../../fleet/index.ts";
import { EddyError } from "../../language/problem.ts";
import { abortSignal } from "../report.ts";
import type { Devices, DeviceView } from "./devices.ts";

/** Asks for a broker and has the device go there, too; an empty address takes it back. */
export async function setBroker(devices: Devices, { device }: DeviceView): Promise<void> {
  const title = vscode.l10n.t("Reach {0} by an MQTT Broker", device.name);
  const url = await vscode.window.showInputBox({
    title,
    prompt: vscode.l10n.t(
      "The device calls there, so that it is reached behind any router. Empty: no broker.",
    ),
    placeHolder: "mqtts://broker.example.com",
    value: device.broker?.url ?? "",
    ignoreFocusOut: true,
    validateInput: (text) =>
      text.trim() === "" || isBrokerAddress(text)
        ? undefined
        : vscode.l10n.t("Write mqtts://host, mqtt://host or wss://host/path."),
  });
  if (url === undefined) return;
  const login = url.trim() === "" ? {} : await askLogin(title);
  if (login === undefined) return;
  const settings = url.trim() === "" ? undefined : { ...login, url: url.trim() };
  const work = (broker: BrokerSettings | undefined) =>
    vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title, cancellable: true },
      (_progress, token) => devices.setBroker(device.id, broker, abortSignal(token)),
    );
  try {
    await work(settings);
  } catch (error) {
    if (!settings || !(await agreesToPlaintext(error))) throw error;
    await work({ ...settings, plaintext: true });
  }
  vscode.window.setStatusBarMessage(
    settings
      ? `$(pass) ${vscode.l10n.t("{0} is reachable at {1}.", device.name, settings.url)}`
      : `$(pass) ${vscode.l10n.t("{0} is at no broker any more.", device.name)}`,
    6000,
  );
}

/** As whom to go to a broker; nothing typed: as nobody in particular. Undefined where the person gave up. */
export async function askLogin(
  title: string,
): Promise<Pick<BrokerSettings, "username" | "password"> | undefined> {
  const username = await vscode.window.showInputBox({
    title,
    prompt: vscode.l10n.t("User at the broker. Empty: none."),
    ignoreFocusOut: true,
  });
  if (username === undefined) return undefined;
  if (username === "") return {};
  const password = await vscode.window.showInputBox({
    title,
    prompt: vscode.l10n.t("Password of {0}", username),
    password: true,
    ignoreFocusOut: true,
  });
  return password === undefined ? undefined : { username, password };
}

/** Asked only where TLS is missing: what is deployed and said is encrypted anyway, the login is not. */
export async function agreesToPlaintext(error: unknown): Promise<boolean> {
  if (!(error instanceof EddyError) || error.code !== "EDDY_PLAINTEXT") return false;
  const yes = vscode.l10n.t("Connect without TLS");
  const answer = await vscode.window.showWarningMessage(
    vscode.l10n.t("This broker is not encrypted."),
    {
      modal: true,
      detail: vscode.l10n.t(
        "Whoever is in between reads the user and the password, and sees which device is spoken with. What is said to the device stays encrypted.",
      ),
    },
    yes,
  );
  return answer === yes;
}

export function isBrokerAddress(text: string): boolean {
  return /^(mqtts?|wss?):\/\/[^\s@]+$/i.test(text.trim());
}
