import type { Command } from "commander";
import type { Health } from "../../../runtime/protocol/contract.ts";
import { createCommand, withContext } from "../../context.ts";
import { describe, renderState, renderWorkflow } from "../../devices.ts";
import { formatBytes, printable, table } from "../../output.ts";
import { type ConnectionOptions, connectTo } from "../../places.ts";

export function infoCommand(): Command {
  return createCommand("info", "what a device is, how it is, and what runs on it", [
    "eddy device info greenhouse",
    "eddy device info local --json",
  ])
    .argument("<device>", "its name or id")
    .option("--yes", "trust a host that is not known yet")
    .action((name: string, options: ConnectionOptions) => info(name, options));
}

function info(name: string, options: ConnectionOptions): Promise<void> {
  return withContext(options, async (context) => {
    const { output, signal } = context;
    const { fleet, client, device: known } = await connectTo(context, name, options);
    const device = await describe(await fleet.find(known.id), client, signal);
    output.json({ device });
    if (output.isJson) return undefined;
    const [{ runtime, home, uptime }, health, { broker }] = await Promise.all([
      client.request("agent/info", {}, signal),
      client.request("agent/health", {}, signal),
      client.request("broker/get", {}, signal),
    ]);
    const free = `${formatBytes(health.disk.free)} free of ${formatBytes(health.disk.total)}`;
    output.line(`${output.style("bold", printable(device.name))} ${renderState(device, output)}`);
    const rows = [
      ["  id", device.id],
      ["  address", device.url],
      ...(broker ? [["  broker", `${broker.url} (${broker.connected ? "connected" : "away"})`]] : []),
      ["  system", `${device.os} ${device.arch}, ${runtime.name} ${runtime.version}`],
      ["  agent", `${device.agent} in ${printable(home)}, up ${Math.round(uptime / 1000)} s`],
      ["  health", [health.status, ...health.reasons.map(({ message }) => printable(message))].join(": ")],
      ["  memory", formatBytes(health.memory.rss)],
      ["  disk", free],
      ...(health.written ? [["  written", renderWritten(health.written)]] : []),
    ];
    for (const line of table(rows)) output.line(line);
    if (device.workflows.length > 0) output.line("  workflows");
    for (const line of table(device.workflows.map((one) => renderWorkflow(one, output))))
      output.line(`    ${line}`);
    return undefined;
  });
}

function renderWritten({ today, budget }: NonNullable<Health["written"]>): string {
  return `${formatBytes(today)} today (UTC), of ${formatBytes(budget)} that spare a memory card`;
}
