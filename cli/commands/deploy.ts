import type { Command } from "commander";
import type { Packaged } from "../../compiler/index.ts";
import type { Fleet } from "../../fleet/index.ts";
import { EddyError } from "../../language/problem.ts";
import type { WorkflowStatus } from "../../runtime/protocol/contract.ts";
import { compileOrTell } from "../compile.ts";
import { type Context, createCommand, withContext } from "../context.ts";
import type { DeployOutput, DeployStep } from "../contract.ts";
import { exitCodeOf, exitCodes } from "../errors.ts";
import { readSource } from "../files.ts";
import { addValueOptions } from "../options.ts";
import { printable } from "../output.ts";
import type { ConnectionOptions } from "../places.ts";
import { renderProgress } from "../progress.ts";
import { sshQuestions } from "../terminal.ts";
import { type ValueOptions, type Values, valuesFor } from "../values.ts";

interface Options extends ConnectionOptions, ValueOptions {
  readonly to: readonly string[];
  readonly wait?: boolean;
}

export function deployCommand(): Command {
  return addValueOptions(
    createCommand("deploy", "compile a workflow, send it to devices and start it there", [
      "eddy deploy line.flow.yaml --to local",
      "eddy deploy line.flow.yaml --to greenhouse cellar",
      "EDDY_SECRET_PASSWORD=… eddy deploy line.flow.yaml --to greenhouse",
    ])
      .argument("<file>", "a workflow file")
      .requiredOption("--to <device...>", "names or ids of devices")
      .option("--wait", "wait until the new version has passed its probation; a roll back is a failure")
      .option("--yes", "trust hosts that are not known yet"),
  ).action((name: string, options: Options) => deploy(name, options));
}

type Failed = DeployOutput["failed"][number];

function deploy(name: string, options: Options): Promise<void> {
  return withContext(options, async (context) => {
    const { output } = context;
    const fleet = await context.fleet();
    // A slip in a name is told before anything is sent.
    const devices = await Promise.all(options.to.map((one) => fleet.find(one)));
    const compiled = await compileOrTell(context, await readSource(name));
    if (!compiled) return exitCodes.problems;
    const { artifact } = compiled;
    const needs = artifact.manifest.capabilities;
    if (needs.length > 0) output.note(`${artifact.manifest.name} needs ${needs.join(", ")}.`);
    const values = await valuesFor(artifact.manifest, options);
    const deployed: string[] = [];
    const failed: Failed[] = [];
    // One after the other: a question on the terminal has to belong to one device, and what is wrong is seen early.
    for (const device of new Map(devices.map((one) => [one.id, one])).values()) {
      const failure = await deployTo(device, { artifact, values, fleet, context, options });
      if (failure) failed.push(failure);
      else deployed.push(device.name);
    }
    output.json({ deployed, failed } satisfies DeployOutput);
    return exitCode(deployed, failed);
  });
}

async function deployTo(
  device: { readonly id: string; readonly name: string },
  of: {
    readonly artifact: Packaged;
    readonly values: Values;
    readonly fleet: Fleet;
    readonly context: Context;
    readonly options: Options;
  },
): Promise<Failed | undefined> {
  const { artifact, values, fleet } = of;
  const { output, signal } = of.context;
  const hasValues = Object.keys(values.env).length + Object.keys(values.secrets).length > 0;
  const name = printable(device.name);
  try {
    const { outcome, status } = await fleet.deploy(device.id, artifact.bytes, {
      ...(hasValues ? { config: { env: { ...values.env }, secrets: { ...values.secrets } } } : {}),
      questions: sshQuestions({ output, signal, yes: of.options.yes }),
      progress: (progress) => {
        output.json({ device: device.name, ...progress } satisfies DeployStep);
        output.progress(`${name}: ${renderProgress(progress)}`);
      },
      wait: of.options.wait ?? false,
      signal,
    });
    const { name: label, version } = artifact.manifest;
    const how = outcome === "unchanged" ? "runs already" : "runs";
    output.line(
      `${output.style("green", "✔")} ${name}: ${label} ${how} ${output.style("dim", version.slice(0, 7))}${renderProbation(status)}`,
    );
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof EddyError)) throw error;
    const { code, message } = error;
    output.note(
      `${output.noteStyle("red", "✘")} ${name}: ${printable(message)} ${output.noteStyle("dim", code)}`,
    );
    return { device: device.name, code, message };
  }
}

/** A new version goes back by itself while it is new. */
function renderProbation({ probation }: WorkflowStatus): string {
  if (probation === undefined) return "";
  const seconds = Math.max(1, Math.round((probation - Date.now()) / 1000));
  return `, and goes back by itself if it fails within ${seconds} s (--wait waits for it)`;
}

function exitCode(deployed: readonly string[], failed: readonly Failed[]): number {
  const [first] = failed;
  if (!first) return exitCodes.done;
  if (deployed.length > 0) return exitCodes.partial;
  const codes = new Set(failed.map(({ code }) => exitCodeOf(code)));
  return codes.size === 1 ? exitCodeOf(first.code) : exitCodes.problems;
}
