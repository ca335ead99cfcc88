import * as vscode from "vscode";
import { EddyError, hasErrors, type Problem } from "../../language/problem.ts";
import type { Manifest } from "../../runtime/protocol/artifact.ts";
import type { Compilation, Compilations } from "../flows/compilations.ts";
import type { LanguageService } from "../language/client.ts";
import { abortSignal, type Remedy, reportFailure } from "../report.ts";
import { askForValues } from "./config.ts";
import type { Devices } from "./devices.ts";
import type { Targets } from "./targets.ts";

export interface DeployServices {
  readonly compilations: Compilations;
  readonly devices: Devices;
  readonly language: LanguageService;
  readonly targets: Targets;
  readonly log: vscode.LogOutputChannel;
  /** Which capabilities were agreed to for a workflow on a device. */
  readonly agreed: vscode.Memento;
}

/** Compile, review where it matters, sign, send, start; tells how it went. */
export async function deploy(document: vscode.TextDocument, services: DeployServices): Promise<void> {
  try {
    if (document.isDirty) await document.save();
    const compilation = await services.compilations.compile(document);
    const checked = await services.language.analyse(document);
    const artifact = deployable(compilation, checked?.problems ?? []);
    if (!(await review(artifact.manifest, services))) return;
    await send(artifact, services);
  } catch (error) {
    explain(error, document, services);
  }
}

interface Artifact {
  readonly bytes: Uint8Array;
  readonly manifest: Manifest;
}

/** What the language server finds counts as well: it knows types, which the compiler does not look at. */
function deployable({ result }: Compilation, checked: readonly Problem[]): Artifact {
  const problems = [...result.problems, ...checked];
  if (hasErrors(problems) || !result.artifact) {
    const first = problems.find((problem) => problem.severity === "error");
    throw new EddyError(
      "EDDY_NOT_COMPILED",
      `This workflow has errors and was not deployed${first ? `: ${first.message}` : "."}`,
    );
  }
  return result.artifact;
}

/** The first deploy to another machine, and one that asks for more than before, is shown before it happens. */
async function review({ id, name, capabilities }: Manifest, services: DeployServices): Promise<boolean> {
  const { device } = services.targets.device;
  if (device.url === "local") return true;
  const key = `eddy.agreed/${device.id}/${id}`;
  const agreed = services.agreed.get<readonly string[]>(key);
  if (agreed && capabilities.every((capability) => agreed.includes(capability))) return true;
  const wants =
    capabilities.length > 0 ? capabilities.join(", ") : vscode.l10n.t("nothing but its own state");
  const yes = vscode.l10n.t("Deploy");
  const answer = await vscode.window.showInformationMessage(
    vscode.l10n.t("Deploy “{0}” to {1}?", name, device.name),
    { modal: true, detail: vscode.l10n.t("It may use: {0}.", wants) },
    yes,
  );
  if (answer !== yes) return false;
  await services.agreed.update(key, capabilities);
  return true;
}

async function send(artifact: Artifact, { devices, targets }: DeployServices): Promise<void> {
  const { device } = targets.device;
  const outcome = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t("Deploying {0} to {1}", artifact.manifest.name, device.name),
      cancellable: true,
    },
    (progress, token) =>
      devices.deploy(device.id, artifact.bytes, {
        progress: (step) => progress.report({ message: step }),
        signal: abortSignal(token),
      }),
  );
  const short = artifact.manifest.version.slice(0, 7);
  vscode.window.setStatusBarMessage(
    outcome === "unchanged"
      ? `$(pass) ${vscode.l10n.t("Nothing to deploy: {0} runs this version already.", device.name)}`
      : `$(pass) ${vscode.l10n.t("{0} runs on {1} as {2}.", artifact.manifest.name, device.name, short)}`,
    8000,
  );
}

/** Does not wait for the person: the message stays until it is answered or closed. */
function explain(error: unknown, document: vscode.TextDocument, services: DeployServices): void {
  void reportFailure(services.log, error, [remedy(error, document, services)]);
}

function remedy(error: unknown, document: vscode.TextDocument, services: DeployServices): Remedy {
  const code = error instanceof EddyError ? error.code : undefined;
  if (code === "EDDY_NOT_COMPILED")
    return {
      title: vscode.l10n.t("Show Problems"),
      run: () => vscode.commands.executeCommand("workbench.actions.view.problems"),
    };
  if (error instanceof EddyError && code === "EDDY_MISSING_VALUES")
    return {
      title: vscode.l10n.t("Set Values…"),
      run: async () => {
        if (await askForValues(error, document, services)) await deploy(document, services);
      },
    };
  return { title: vscode.l10n.t("Try Again"), run: () => deploy(document, services) };
}
