import type { Command } from "commander";
import { createLineIndex, parseDuration } from "../../language/index.ts";
import type { WorkflowTest } from "../../language/model.ts";
import { EddyError, hasErrors } from "../../language/problem.ts";
import { runTestsApart } from "../../runtime/testing/apart.ts";
import type { TestFailure, TestResult } from "../../runtime/testing/contract.ts";
import { diffLines } from "../../runtime/testing/diff.ts";
import { type Compiled, compile } from "../compile.ts";
import { type CommonOptions, type Context, createCommand, withContext } from "../context.ts";
import type { CheckOutput, TestOutput } from "../contract.ts";
import { exitCodes, usageError } from "../errors.ts";
import { readSource, type SourceFile } from "../files.ts";
import { formatMilliseconds, type Output, printable } from "../output.ts";
import { countDiagnostics, tellProblems } from "../problems.ts";

interface Options extends CommonOptions {
  readonly filter?: string;
  readonly timeout?: string;
}

/** A workflow and which of its tests are run. */
interface Suite {
  readonly file: SourceFile;
  readonly compiled: Compiled;
  readonly tests: readonly WorkflowTest[];
  readonly only: readonly number[];
}

/** Beside the built command. */
const worker = new URL("./test-worker.mjs", import.meta.url);

export function testCommand(): Command {
  return createCommand("test", "run the tests that stand in workflows", [
    "eddy test line.flow.yaml",
    "eddy test flows/*.flow.yaml --json",
    "eddy test line.flow.yaml --filter alarm",
  ])
    .argument("<files...>", "workflow files")
    .option("--filter <text>", "only tests with this in their name")
    .option("--timeout <duration>", "how long one test may take (default: 5s)")
    .action((names: readonly string[], options: Options) => test(names, options));
}

function test(names: readonly string[], options: Options): Promise<void> {
  return withContext(options, async (context) => {
    const { output, signal } = context;
    const patience = options.timeout === undefined ? undefined : readTimeout(options.timeout);
    const files = await Promise.all(names.map(readSource));
    const suites = await compileAll(context, files, options.filter);
    if (!suites) return exitCodes.problems;
    const begun = performance.now();
    const tests: TestOutput["tests"] = [];
    for (const suite of suites) {
      const { file, compiled, only } = suite;
      const { artifact, workflows } = compiled.result;
      if (!artifact) throw notCompiled(file);
      output.line(output.style("bold", file.name));
      if (only.length === 0) output.line(output.style("dim", "  no tests"));
      const onResult = (result: TestResult) => {
        tests.push(resultOf(file, result));
        tellResult(output, file, result);
      };
      const onBegin = (index: number) => output.progress(`  ${suite.tests[index]?.name.value ?? ""}`);
      const subject = { artifact: artifact.bytes, workflows };
      await runTestsApart(subject, { worker, only, patience, signal, onBegin, onResult });
    }
    const passed = tests.filter(({ ok }) => ok).length;
    const failed = tests.length - passed;
    output.json({ passed, failed, tests } satisfies TestOutput);
    output.line();
    output.line(summary(output, { passed, failed }, performance.now() - begun));
    return failed > 0 ? exitCodes.problems : exitCodes.done;
  });
}

/** Undefined where a workflow has errors: they are told, and nothing is run. */
async function compileAll(
  context: Context,
  files: readonly SourceFile[],
  filter: string | undefined,
): Promise<readonly Suite[] | undefined> {
  const { output } = context;
  const suites: Suite[] = [];
  for (const file of files) {
    output.progress(`Compiling ${file.name}`);
    const compiled = await compile(context, file, { forTests: true });
    tellProblems(output, file, compiled.diagnostics, "notes");
    const tests = compiled.result.workflows.get("")?.tests ?? [];
    const only = [...tests.entries()].flatMap(([index, { name }]) =>
      fits(name.value, filter) ? [index] : [],
    );
    suites.push({ file, compiled, tests, only });
  }
  const broken = suites.filter(({ compiled }) => hasErrors(compiled.result.problems));
  for (const { file, compiled } of broken)
    output.note(`${output.noteStyle("red", "✘")} ${file.name}: ${countDiagnostics(compiled.diagnostics)}`);
  if (broken.length > 0) {
    const diagnostics = suites.flatMap(({ compiled }) => [...compiled.diagnostics]);
    output.json({ diagnostics } satisfies CheckOutput);
    return undefined;
  }
  if (filter !== undefined && suites.every(({ only }) => only.length === 0))
    throw usageError(`No test has "${filter}" in its name.`);
  return filter === undefined ? suites : suites.filter(({ only }) => only.length > 0);
}

function fits(name: string, filter: string | undefined): boolean {
  return filter === undefined || name.toLowerCase().includes(filter.toLowerCase());
}

function readTimeout(text: string): number {
  const duration = parseDuration(text);
  if (duration === undefined || duration <= 0)
    throw usageError(`"${text}" is no duration. Write 500ms, 5s, 10m or 1h.`);
  return duration;
}

function notCompiled({ name }: SourceFile): EddyError {
  return new EddyError("EDDY_NOT_COMPILED", `${name} could not be compiled, and nothing says why.`);
}

function resultOf(file: SourceFile, { name, ok, ms, failures }: TestResult): TestOutput["tests"][number] {
  const diff = failures.flatMap((failure) => [placed(file, failure), ...diffLines(failure)]).join("\n");
  return { file: file.name, name, ok, ms, ...(ok ? {} : { diff }) };
}

/** `line.flow.yaml:12: what is not as expected`. */
function placed({ name, text }: SourceFile, { range, message }: TestFailure): string {
  return `${name}:${createLineIndex(text).positionAt(range.start).line + 1}: ${message}`;
}

const marks = { "-": "red", "+": "green", " ": "dim" } as const;

function tellResult(output: Output, file: SourceFile, { name, ok, ms, failures }: TestResult): void {
  const mark = ok ? output.style("green", "✔") : output.style("red", "✘");
  output.line(`  ${mark} ${printable(name)} ${output.style("dim", formatMilliseconds(ms))}`);
  for (const failure of failures) {
    output.line(`    ${printable(placed(file, failure))}`);
    for (const line of diffLines(failure)) {
      const style = line.startsWith("-") ? marks["-"] : line.startsWith("+") ? marks["+"] : marks[" "];
      output.line(`      ${output.style(style, printable(line))}`);
    }
  }
}

function summary(
  output: Output,
  { passed, failed }: Pick<TestOutput, "passed" | "failed">,
  milliseconds: number,
): string {
  const failures = `${failed} failed`;
  return [
    output.style("green", `${passed} passed`),
    failed > 0 ? output.style("red", failures) : failures,
    output.style("dim", formatMilliseconds(milliseconds)),
  ].join(", ");
}
