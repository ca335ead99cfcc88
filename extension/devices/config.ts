import * as vscode from "vscode";
import type { EddyError } from "../../language/problem.ts";
import { flowId } from "../flows/documents.ts";
import type { Devices } from "./devices.ts";
import type { Targets } from "./targets.ts";

type Kind = "env" | "secret";

/** Asks for a name and a value and binds it on the device, for one workflow or for all of them. */
export async function setValue(
  devices: Devices,
  deviceId: string,
  kind: Kind,
  workflow?: string,
): Promise<void> {
  const client = await devices.client(deviceId);
  const scope = workflow === undefined ? {} : { workflow };
  const known = await client.request("config/get", scope);
  const names = kind === "env" ? Object.keys(known.env) : known.secrets;
  const name = await vscode.window.showInputBox({
    title: kind === "env" ? vscode.l10n.t("Environment Value") : vscode.l10n.t("Secret"),
    prompt:
      names.length > 0
        ? vscode.l10n.t("Its name. Set already: {0}", names.join(", "))
        : vscode.l10n.t("Its name, as the workflow declares it"),
    validateInput: (text) =>
      /^[A-Za-z_][A-Za-z0-9_]*$/.test(text) ? undefined : vscode.l10n.t("Letters, digits and _ only."),
  });
  if (name === undefined) return;
  const value = await askValue(kind, name);
  if (value === undefined) return;
  await client.request("config/set", { ...scope, ...asConfig([[kind, name, value]]) });
  vscode.window.setStatusBarMessage(
    `$(pass) ${vscode.l10n.t("{0} is set. Running workflows take it when they start again.", name)}`,
    6000,
  );
}

/** Asks for what an activation found missing; false where the person gave up. */
export async function askForValues(
  missing: EddyError,
  document: vscode.TextDocument,
  { devices, targets }: { readonly devices: Devices; readonly targets: Targets },
): Promise<boolean> {
  const values: [Kind, string, string][] = [];
  for (const [kind, name] of missingNames(missing)) {
    const value = await askValue(kind, name);
    if (value === undefined) return false;
    values.push([kind, name, value]);
  }
  const client = await devices.client(targets.device.device.id);
  await client.request("config/set", { workflow: flowId(document), ...asConfig(values) });
  return true;
}

function missingNames({ details }: EddyError): [Kind, string][] {
  const names = (value: unknown) =>
    Array.isArray(value) ? value.filter((name): name is string => typeof name === "string") : [];
  return [
    ...names(details?.env).map((name): [Kind, string] => ["env", name]),
    ...names(details?.secrets).map((name): [Kind, string] => ["secret", name]),
  ];
}

function askValue(kind: Kind, name: string): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    title: name,
    prompt:
      kind === "secret"
        ? vscode.l10n.t("Goes to the device and is kept there, encrypted.")
        : vscode.l10n.t("Its value on this device"),
    password: kind === "secret",
    ignoreFocusOut: true,
  });
}

function asConfig(values: readonly (readonly [Kind, string, string])[]) {
  const of = (kind: Kind) =>
    Object.fromEntries(values.filter(([one]) => one === kind).map(([, name, value]) => [name, value]));
  return { env: of("env"), secrets: of("secret") };
}
