import { Command } from "commander";
import { compilerVersion } from "../compiler/version.ts";
import { envCommand, secretCommand } from "./commands/bindings.ts";
import { buildCommand } from "./commands/build.ts";
import { checkCommand } from "./commands/check.ts";
import { completionCommand } from "./commands/completion.ts";
import { deployCommand } from "./commands/deploy.ts";
import { deviceCommand } from "./commands/device/command.ts";
import { formatCommand } from "./commands/format.ts";
import { injectCommand } from "./commands/inject.ts";
import { keptCommand } from "./commands/kept.ts";
import { keyCommand } from "./commands/key.ts";
import { languageServerCommand } from "./commands/language-server.ts";
import { removeCommand, rollbackCommand, startCommand, stopCommand } from "./commands/lifecycle.ts";
import { logsCommand } from "./commands/logs.ts";
import { newCommand } from "./commands/new.ts";
import { runCommand } from "./commands/run.ts";
import { tapCommand } from "./commands/tap.ts";
import { testCommand } from "./commands/test.ts";

const examples = `
Examples:
  $ eddy new line --template simulated
  $ eddy run line.flow.yaml --for 5s
  $ eddy device add ssh://pi@raspberrypi.local --name greenhouse
  $ eddy deploy line.flow.yaml --to greenhouse
  $ eddy tap greenhouse/line

Exit codes: 0 done, 1 problems found, 2 wrong usage, 3 not reached or not let in, 4 some devices only.`;

/** The whole command line. */
export function createProgram(): Command {
  const program = new Command("eddy")
    .exitOverride()
    .description("Workflows for the edge: write, check, compile, run, deploy.")
    .version(compilerVersion)
    .addHelpText("after", examples);
  const groups: readonly (readonly [string, readonly Command[]])[] = [
    [
      "Workflows:",
      [newCommand(), checkCommand(), formatCommand(), buildCommand(), runCommand(), testCommand()],
    ],
    ["Devices:", [deviceCommand(), deployCommand(), envCommand(), secretCommand(), keyCommand()]],
    [
      "Deployed workflows:",
      [
        startCommand(),
        stopCommand(),
        rollbackCommand(),
        removeCommand(),
        injectCommand(),
        keptCommand(),
        tapCommand(),
        logsCommand("workflow"),
      ],
    ],
    ["Other:", [completionCommand(() => program), languageServerCommand()]],
  ];
  for (const [heading, commands] of groups) {
    program.commandsGroup(heading);
    for (const command of commands) program.addCommand(command.helpGroup(heading));
  }
  return program;
}
