import type { Command } from "commander";
import { compile } from "../compile.ts";
import { type CommonOptions, createCommand, withContext } from "../context.ts";
import type { CheckOutput, Diagnostic } from "../contract.ts";
import { exitCodes } from "../errors.ts";
import { readSource } from "../files.ts";
import { countDiagnostics, tellProblems } from "../problems.ts";

export function checkCommand(): Command {
  return createCommand("check", "tell what is wrong with workflows", [
    "eddy check line.flow.yaml",
    "eddy check flows/*.flow.yaml --json",
  ])
    .argument("<files...>", "workflow files")
    .action((names: readonly string[], options: CommonOptions) => check(names, options));
}

function check(names: readonly string[], options: CommonOptions): Promise<void> {
  return withContext(options, async (context) => {
    const { output } = context;
    // What cannot be read at all is told before anything else is.
    const files = await Promise.all(names.map(readSource));
    const diagnostics: Diagnostic[] = [];
    for (const file of files) {
      const found = (await compile(context, file, { optimize: "none" })).diagnostics;
      tellProblems(output, file, found, "result");
      diagnostics.push(...found);
    }
    output.json({ diagnostics } satisfies CheckOutput);
    const errors = diagnostics.filter(({ severity }) => severity === "error").length;
    const mark = errors > 0 ? output.style("red", "✘") : output.style("green", "✔");
    const what = files.length === 1 ? names[0] : `${files.length} files`;
    output.line(`${mark} ${what}: ${countDiagnostics(diagnostics) || "nothing wrong"}`);
    return errors > 0 ? exitCodes.problems : exitCodes.done;
  });
}
