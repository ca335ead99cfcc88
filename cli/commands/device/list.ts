import type { Command } from "commander";
import { type CommonOptions, createCommand, withContext } from "../../context.ts";
import type { DeviceListOutput } from "../../contract.ts";
import { lookAt, renderState } from "../../devices.ts";
import { printable, table } from "../../output.ts";

export function listCommand(): Command {
  return createCommand("list", "the devices, and what runs on them", [
    "eddy device list",
    "eddy device list --json",
  ]).action((options: CommonOptions) => list(options));
}

function list(options: CommonOptions): Promise<void> {
  return withContext(options, async (context) => {
    const { output, signal } = context;
    const fleet = await context.fleet();
    const known = await fleet.list();
    output.progress("Asking the devices …");
    const devices = await Promise.all(known.map((device) => lookAt(fleet, device, signal)));
    output.json({ devices } satisfies DeviceListOutput);
    const rows = devices.map((device) => [
      output.style("bold", printable(device.name)),
      device.url,
      renderState(device, output),
      device.state === "connected" ? `${device.os} ${device.arch}` : "",
      device.workflows.map(({ name, state }) => `${name} (${state})`).join(", "),
    ]);
    for (const line of table(rows)) output.line(line);
    for (const { name, reason } of devices)
      if (reason) output.note(`${output.noteStyle("yellow", printable(name))}: ${printable(reason.message)}`);
    return undefined;
  });
}
