import * as vscode from "vscode";
import { EddyError } from "../../language/problem.ts";
import type { RequestResult } from "../../runtime/protocol/contract.ts";
import { flowId } from "../flows/documents.ts";
import type { Devices } from "./devices.ts";
import type { Targets } from "./targets.ts";

type ExecutionRecord = RequestResult<"workflow/inject">;

/** Puts messages into nodes of running workflows by hand, and remembers what was sent last. */
export class Injections {
  readonly #devices: Devices;
  readonly #targets: Targets;
  readonly #log: vscode.LogOutputChannel;
  readonly #last = new Map<string, string>();

  constructor(devices: Devices, targets: Targets, log: vscode.LogOutputChannel) {
    this.#devices = devices;
    this.#targets = targets;
    this.#log = log;
  }

  /** Into a node of the workflow of this document, on the target device. `payload` is JSON; empty means null. */
  async injectInto(document: vscode.TextDocument, node: string, payload: string): Promise<void> {
    if (!this.#targets.statusOf(document))
      throw new EddyError(
        "EDDY_NOT_DEPLOYED",
        `This workflow is not on ${this.#targets.device.device.name} yet. Deploy it first.`,
      );
    await this.#send(this.#targets.device.device.id, flowId(document), node, payload);
  }

  /** Asks for node and payload. */
  async ask(
    deviceId: string,
    workflow: string,
    nodes: readonly { id: string; type: string }[],
    suggested?: string,
  ) {
    const node = suggested ?? (await pickNode(nodes));
    if (node === undefined) return;
    const key = `${workflow}/${node}`;
    const payload = await vscode.window.showInputBox({
      title: vscode.l10n.t("Inject into {0}", node),
      prompt: vscode.l10n.t("The payload, as JSON"),
      value: this.#last.get(key) ?? "{}",
      validateInput: (text) => jsonProblem(text),
    });
    if (payload === undefined) return;
    this.#last.set(key, payload);
    await this.#send(deviceId, workflow, node, payload);
  }

  async #send(deviceId: string, workflow: string, node: string, payload: string): Promise<void> {
    const client = await this.#devices.client(deviceId);
    const execution = await client.request("workflow/inject", {
      id: workflow,
      node,
      message: { payload: parsePayload(payload) },
    });
    this.#log.info(`${workflow}/${node}: ${summary(execution)}`);
    tellExecution(execution);
  }
}

/** Says what came of a message. Throws where its execution failed. */
export function tellExecution(execution: ExecutionRecord): void {
  const failed = execution.nodes.find((one) => one.error);
  if (failed?.error)
    throw new EddyError("EDDY_EXECUTION_FAILED", `"${failed.id}" failed: ${failed.error.message}`);
  if (execution.outcome === "timeout")
    throw new EddyError(
      "EDDY_EXECUTION_TIMEOUT",
      `The execution took too long and was ended after ${Math.round(execution.ms)} ms.`,
    );
  vscode.window.setStatusBarMessage(`$(pass) ${summary(execution)}`, 4000);
}

/** How it ended, its way and how long it took, in a line. */
export function summary({ nodes, ms, outcome }: ExecutionRecord): string {
  const path = nodes.map((node) => node.id).join(" → ");
  return `${outcome} · ${path} · ${ms.toFixed(1)} ms`;
}

function parsePayload(text: string): unknown {
  if (text.trim() === "") return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new EddyError(
      "EDDY_BAD_PAYLOAD",
      `The payload is not JSON: ${text.slice(0, 80)}. Text needs quotes.`,
    );
  }
}

function jsonProblem(text: string): string | undefined {
  try {
    parsePayload(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function pickNode(nodes: readonly { id: string; type: string }[]): Promise<string | undefined> {
  const picked = await vscode.window.showQuickPick(
    nodes.map(({ id, type }) => ({ label: id, description: type })),
    { title: vscode.l10n.t("Inject a Message"), placeHolder: vscode.l10n.t("Into which node?") },
  );
  return picked?.label;
}
