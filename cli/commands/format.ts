import type { Command } from "commander";
import { formatWorkflow } from "../../language/index.ts";
import { type CommonOptions, createCommand, withContext } from "../context.ts";
import type { Diagnostic, FormatOutput } from "../contract.ts";
import { exitCodes } from "../errors.ts";
import { readSource, replaceFile, type SourceFile } from "../files.ts";
import { diagnosticsOf, tellProblems } from "../problems.ts";

interface Options extends CommonOptions {
  readonly check?: boolean;
}

export function formatCommand(): Command {
  return createCommand("format", "write workflows the way they are usually written", [
    "eddy format line.flow.yaml",
    "eddy format --check flows/*.flow.yaml",
  ])
    .argument("<files...>", "workflow files")
    .option("--check", "change nothing; tell which files would be changed (exit code 1 where there are some)")
    .action((names: readonly string[], options: Options) => format(names, options));
}

function format(names: readonly string[], options: Options): Promise<void> {
  return withContext(options, async ({ output }) => {
    const { builtinCatalog: catalog } = await import("../../runtime/nodes/catalog.ts");
    const files = await Promise.all(names.map(readSource));
    const formatted = files.map((file) => ({ file, ...formatWorkflow(file.text, { catalog }) }));
    const diagnostics = formatted.flatMap(({ file, problems }): readonly Diagnostic[] => {
      const found = diagnosticsOf(file, problems);
      tellProblems(output, file, found, "notes");
      return found;
    });
    const changed = formatted.filter(({ file, text }) => text !== file.text);
    if (!options.check) for (const { file, text } of changed) await replaceFile(file, text);
    const result: FormatOutput = {
      changed: changed.map(({ file }) => file.name),
      ...(diagnostics.length > 0 ? { diagnostics } : {}),
    };
    output.json(result);
    for (const name of result.changed)
      output.line(`${output.style("bold", name)} ${options.check ? "is not formatted" : "formatted"}`);
    if (result.changed.length === 0 && diagnostics.length === 0) output.line(nothingToDo(files));
    const isWrong = diagnostics.length > 0 || (options.check === true && changed.length > 0);
    return isWrong ? exitCodes.problems : exitCodes.done;
  });
}

function nothingToDo([first, ...others]: readonly SourceFile[]): string {
  return others.length === 0 ? `${first?.name} is formatted already.` : "All files are formatted already.";
}
