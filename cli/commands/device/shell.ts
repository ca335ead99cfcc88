import type { Command } from "commander";
import type { DeviceShell } from "../../../fleet/index.ts";
import { EddyError } from "../../../language/problem.ts";
import { createCommand, withContext } from "../../context.ts";
import type { ConnectionOptions } from "../../places.ts";
import { sshQuestions } from "../../terminal.ts";

export function shellCommand(): Command {
  return createCommand("shell", "a terminal on a device", ["eddy device shell greenhouse"])
    .argument("<device>", "its name or id")
    .option("--yes", "trust a host that is not known yet")
    .action((name: string, options: ConnectionOptions) => shell(name, options));
}

function shell(name: string, options: ConnectionOptions): Promise<void> {
  return withContext(options, async (context) => {
    const { output, signal } = context;
    const fleet = await context.fleet();
    const device = await fleet.find(name);
    const { columns = 80, rows = 24 } = process.stdout;
    const terminal = { columns, rows, type: process.env.TERM ?? "xterm-256color" };
    const questions = sshQuestions({ output, signal, yes: options.yes });
    if (device.url !== "local" && !process.stdin.isTTY)
      throw new EddyError("EDDY_NO_TERMINAL", "A shell needs a terminal, and there is none here.");
    return attach(await fleet.shell(device.id, terminal, { questions, signal }));
  });
}

/** Connects this terminal to that one; gives the exit code of the shell. */
async function attach(shell: DeviceShell): Promise<number> {
  const { stdin, stdout } = process;
  const resize = () => shell.resize(stdout.columns, stdout.rows);
  stdout.on("resize", resize);
  stdin.setRawMode(true);
  stdin.pipe(shell.input);
  shell.output.pipe(stdout, { end: false });
  try {
    return await shell.ended;
  } finally {
    stdin.unpipe(shell.input);
    stdin.setRawMode(false);
    stdin.pause();
    stdout.off("resize", resize);
    shell.close();
  }
}
