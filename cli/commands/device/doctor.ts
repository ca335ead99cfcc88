import type { Command } from "commander";
import { createCommand, withContext } from "../../context.ts";
import type { DoctorOutput } from "../../contract.ts";
import { exitCodes } from "../../errors.ts";
import { printable } from "../../output.ts";
import type { ConnectionOptions } from "../../places.ts";
import { sshQuestions } from "../../terminal.ts";

export function doctorCommand(): Command {
  return createCommand("doctor", "find what is wrong with a device, and how to mend it", [
    "eddy device doctor greenhouse",
    "eddy device doctor greenhouse --json",
  ])
    .argument("<device>", "its name or id")
    .option("--yes", "trust a host that is not known yet")
    .action((name: string, options: ConnectionOptions) => doctor(name, options));
}

function doctor(name: string, options: ConnectionOptions): Promise<void> {
  return withContext(options, async (context) => {
    const { output, signal } = context;
    const { yes } = options;
    const fleet = await context.fleet();
    const device = await fleet.find(name);
    output.progress(`Looking at ${printable(device.name)} …`);
    const { ok, findings } = await fleet.diagnose(device.id, {
      questions: sshQuestions({ output, signal, yes }),
      signal,
    });
    output.json({ ok, findings: [...findings] } satisfies DoctorOutput);
    for (const finding of findings) {
      const mark = finding.ok ? output.style("green", "✔") : output.style("red", "✘");
      const code = finding.code === undefined ? "" : ` ${output.style("dim", `(${finding.code})`)}`;
      output.line(
        `${mark} ${output.style("bold", printable(finding.check))}: ${printable(finding.message)}${code}`,
      );
      if (finding.fix !== undefined)
        output.line(`    ${output.style("cyan", "→")} ${printable(finding.fix)}`);
    }
    return ok ? undefined : exitCodes.problems;
  });
}
