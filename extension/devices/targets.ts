import * as vscode from "vscode";
import type { WorkflowStatus } from "../../runtime/protocol/contract.ts";
import type { TargetView } from "../../webview/protocol.ts";
import type { Compilations } from "../flows/compilations.ts";
import { flowId } from "../flows/documents.ts";
import type { Devices, DeviceView } from "./devices.ts";

const memory = "eddy.target";

/** Which device the person works with: where Deploy goes and where live values come from. Kept for each workspace. */
export class Targets implements vscode.Disposable {
  readonly #devices: Devices;
  readonly #compilations: Compilations;
  readonly #memento: vscode.Memento;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #disposables: vscode.Disposable;

  /** The target is another device, or what is known of it or of its workflows has changed. */
  readonly onDidChange = this.#changed.event;

  constructor(devices: Devices, compilations: Compilations, memento: vscode.Memento) {
    this.#devices = devices;
    this.#compilations = compilations;
    this.#memento = memento;
    this.#disposables = vscode.Disposable.from(
      this.#changed,
      devices.onDidChange(() => this.#changed.fire()),
    );
  }

  /** The chosen device, or *This computer* where none was chosen or the chosen one is gone. */
  get device(): DeviceView {
    const views = this.#devices.views;
    const chosen = this.#memento.get<string>(memory);
    return views.find((view) => view.device.id === chosen) ?? this.#devices.local;
  }

  async choose(id: string): Promise<void> {
    await this.#memento.update(memory, id);
    this.#changed.fire();
  }

  /** The workflow of this document as it is on the target. */
  statusOf(document: vscode.TextDocument): WorkflowStatus | undefined {
    const id = flowId(document);
    return this.device.workflows.find((workflow) => workflow.id === id);
  }

  viewOf(document: vscode.TextDocument): TargetView {
    const { device, state, reason } = this.device;
    const status = this.statusOf(document);
    const version = this.#compilations.latest(document)?.result.artifact?.manifest.version;
    return {
      kind: "device",
      device: device.name,
      state: state === "connected" ? workflowState(status) : connectionStates[state],
      stale: status !== undefined && version !== undefined && status.version !== version,
      rate: status?.rate ?? 0,
      ...((status?.reason?.message ?? reason) ? { reason: status?.reason?.message ?? reason } : {}),
    };
  }

  dispose(): void {
    this.#disposables.dispose();
  }
}

const connectionStates = { away: "idle", connecting: "connecting", failed: "unreachable" } as const;

function workflowState(
  status: WorkflowStatus | undefined,
): "not-deployed" | "running" | "stopped" | "failed" {
  switch (status?.state) {
    case undefined:
      return "not-deployed";
    case "running":
    case "starting":
      return "running";
    case "failed":
    case "quarantined":
      return "failed";
    case "installed":
    case "stopped":
      return "stopped";
  }
}
