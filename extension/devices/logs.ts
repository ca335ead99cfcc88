import * as vscode from "vscode";
import type { AgentLogRecord } from "../../runtime/protocol/contract.ts";
import type { Devices, DeviceView } from "./devices.ts";

/** One output channel for each device or workflow whose log somebody asked for; it follows while the device is there. */
export class DeviceLogs implements vscode.Disposable {
  readonly #devices: Devices;
  readonly #channels = new Map<string, { channel: vscode.LogOutputChannel; stream?: { dispose(): void } }>();

  constructor(devices: Devices) {
    this.#devices = devices;
  }

  async show({ device }: DeviceView, workflow?: string): Promise<void> {
    const name = workflow === undefined ? device.name : `${workflow} @ ${device.name}`;
    const key = `${device.id}/${workflow ?? ""}`;
    const known = this.#channels.get(key);
    known?.stream?.dispose();
    const channel = known?.channel ?? vscode.window.createOutputChannel(name, { log: true });
    this.#channels.set(key, { channel });
    channel.clear();
    channel.show(true);
    const client = await this.#devices.client(device.id);
    const stream = await client.subscribe(
      "logs/tail",
      { ...(workflow === undefined ? {} : { id: workflow }), lines: 500, follow: true },
      ({ records }) => writeAll(channel, records),
    );
    writeAll(channel, stream.result.records);
    this.#channels.set(key, { channel, stream });
  }

  dispose(): void {
    for (const { channel, stream } of this.#channels.values()) {
      stream?.dispose();
      channel.dispose();
    }
  }
}

function writeAll(channel: vscode.LogOutputChannel, records: readonly AgentLogRecord[]): void {
  for (const record of records) write(channel, record);
}

function write(channel: vscode.LogOutputChannel, record: AgentLogRecord): void {
  const place = [record.workflow, record.node].filter(Boolean).join("/");
  const time = new Date(record.time).toISOString();
  const line = place ? `${time} ${place}: ${record.message}` : `${time} ${record.message}`;
  channel[record.level](line);
}
