import type { Command } from "commander";

/** The options by which values for env and secrets are given. */
export function addValueOptions(command: Command): Command {
  return command
    .option("--env <name=value>", "a value for env; may be repeated", collect)
    .option("--secret <name=value>", "a value for a secret; may be repeated", collect)
    .option("--env-file <file>", "a file of NAME=VALUE lines, for env and secrets");
}

export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
