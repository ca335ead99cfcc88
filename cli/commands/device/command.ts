import type { Command } from "commander";
import { createGroup } from "../../context.ts";
import { logsCommand } from "../logs.ts";
import { addCommand } from "./add.ts";
import { brokerCommand } from "./broker.ts";
import { doctorCommand } from "./doctor.ts";
import { infoCommand } from "./info.ts";
import { listCommand } from "./list.ts";
import { metricsCommand } from "./metrics.ts";
import { removeCommand } from "./remove.ts";
import { replaceCommand } from "./replace.ts";
import { shellCommand } from "./shell.ts";
import { trustCommand, untrustCommand } from "./trust.ts";

export function deviceCommand(): Command {
  const group = createGroup("device", "add, look at and remove devices", [
    "eddy device add ssh://pi@raspberrypi.local",
    "eddy device list",
    "eddy device info local",
  ]);
  for (const command of [
    addCommand(),
    listCommand(),
    infoCommand(),
    doctorCommand(),
    brokerCommand(),
    trustCommand(),
    untrustCommand(),
    metricsCommand(),
    replaceCommand(),
    removeCommand(),
    logsCommand("device"),
    shellCommand(),
  ])
    group.addCommand(command);
  return group;
}
