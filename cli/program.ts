import { Command } from "commander";
import { compilerVersion } from "../compiler/version.ts";
import { buildCommand } from "./commands/build.ts";
import { checkCommand } from "./commands/check.ts";
import { runCommand } from "./commands/run.ts";

/** The whole command line. */
export function createProgram(): Command {
  const program = new Command("eddy")
    .exitOverride()
    .description("Workflows for the edge: write, check, compile, run, deploy.")
    .version(compilerVersion);
  for (const command of [checkCommand(), buildCommand(), runCommand()]) program.addCommand(command);
  return program;
}
