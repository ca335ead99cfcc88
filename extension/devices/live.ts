import * as vscode from "vscode";
import type { LiveValue } from "../../runtime/protocol/contract.ts";
import type { WireValue } from "../../webview/protocol.ts";
import { flowId } from "../flows/documents.ts";
import type { Devices } from "./devices.ts";
import type { Targets } from "./targets.ts";

/** Live values of a workflow on the target device, for as long as somebody looks. */
export class LiveValues {
  readonly #devices: Devices;
  readonly #targets: Targets;
  readonly #report: (error: unknown) => void;

  constructor(devices: Devices, targets: Targets, report: (error: unknown) => void) {
    this.#devices = devices;
    this.#targets = targets;
    this.#report = report;
  }

  /** Follows the target: another device, a restart or a new version of the workflow begins again there. */
  watch(document: vscode.TextDocument, listener: (values: readonly WireValue[]) => void): vscode.Disposable {
    let stream: { dispose(): void } | undefined;
    let watched: string | undefined;
    let closed = false;
    const follow = async () => {
      const place = this.#placeOf(document);
      if (place === watched) return;
      watched = place;
      stream?.dispose();
      stream = undefined;
      if (place === undefined) return;
      const started = await this.#subscribe(document, listener);
      // It may have ended, or moved on, while the device answered.
      if (closed || watched !== place) started.dispose();
      else stream = started;
    };
    const run = () => {
      follow().catch((error: unknown) => {
        watched = undefined;
        this.#report(error);
      });
    };
    const changes = this.#targets.onDidChange(run);
    run();
    return new vscode.Disposable(() => {
      closed = true;
      changes.dispose();
      stream?.dispose();
    });
  }

  /** Names what is to be watched: device, workflow and since when it runs; nothing where it does not run. */
  #placeOf(document: vscode.TextDocument): string | undefined {
    const status = this.#targets.statusOf(document);
    if (status?.state !== "running") return undefined;
    const { device, connection } = this.#targets.device;
    return `${device.id} ${connection} ${status.id} ${status.version} ${status.since}`;
  }

  async #subscribe(document: vscode.TextDocument, listener: (values: readonly WireValue[]) => void) {
    const client = await this.#devices.client(this.#targets.device.device.id);
    return client.subscribe("tap/subscribe", { id: flowId(document) }, ({ values }) =>
      listener(values.map(wireValue)),
    );
  }
}

function wireValue({ node, port, text, size, count, time }: LiveValue): WireValue {
  return { node, port, text, size, count, time };
}
