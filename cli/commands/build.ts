import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Command, Option } from "commander";
import type { Optimize, Target } from "../../compiler/index.ts";
import { compileOrTell, gzipSize, optimizations, targets } from "../compile.ts";
import { type CommonOptions, createCommand, withContext } from "../context.ts";
import type { BuildOutput } from "../contract.ts";
import { exitCodes, usageError } from "../errors.ts";
import { fileError, readSource } from "../files.ts";
import { formatBytes, formatMilliseconds, type Output, table } from "../output.ts";

interface Options extends CommonOptions {
  readonly standalone?: boolean;
  readonly target: Target;
  readonly optimize: Optimize;
  readonly out: string;
}

export function buildCommand(): Command {
  return createCommand("build", "compile a workflow to a file", [
    "eddy build line.flow.yaml",
    "eddy build line.flow.yaml --optimize aggressive --out dist",
    "eddy build line.flow.yaml --standalone && node line.mjs",
  ])
    .argument("<file>", "a workflow file")
    .option("--standalone", "write a program that runs by itself, without an agent (ID.mjs)")
    .addOption(new Option("--target <target>", "what runs it").choices(targets).default("node"))
    .addOption(
      new Option("--optimize <how>", "how much time is spent on size and speed")
        .choices(optimizations)
        .default("basic"),
    )
    .option("--out <folder>", "where the file goes", ".")
    .action((name: string, options: Options) => build(name, options));
}

function build(name: string, options: Options): Promise<void> {
  return withContext(options, async (context) => {
    const { standalone = false, target, out } = options;
    if (standalone && target === "browser")
      throw usageError("A program that runs by itself needs Node or Deno: --target node or deno.");
    const file = await readSource(name);
    const compiled = await compileOrTell(context, file, options);
    if (!compiled) return exitCodes.problems;
    const { artifact, ratio, stats, standalone: program } = compiled;
    const { id, version } = artifact.manifest;
    const bytes = program === undefined ? artifact.bytes : Buffer.from(program);
    const path = join(out, program === undefined ? `${id}.eddy` : `${id}.mjs`);
    await write(path, bytes, out);
    const sizes = program === undefined ? {} : { output: bytes.length, gzip: gzipSize(bytes) };
    const built: BuildOutput = {
      artifact: path,
      name: artifact.manifest.name,
      version,
      nodes: stats.nodes,
      removed: [...stats.removed],
      sizes: [...stats.sizes],
      bytes: { ...stats.bytes, ...sizes },
      ratio: (await ratio?.()) ?? 1,
      ms: stats.ms,
    };
    context.output.json(built);
    tell(context.output, built);
    return exitCodes.done;
  });
}

async function write(path: string, bytes: Uint8Array, folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(path, bytes);
  } catch (error) {
    throw fileError(error, path, "written");
  }
}

function tell(
  output: Output,
  { artifact, name, version, nodes, removed, sizes, bytes, ratio, ms }: BuildOutput,
): void {
  const gone = removed.map(({ node, reason }) => `${node} (${reason})`).join(", ");
  const largest = sizes.slice(0, 3).map(({ name: what, bytes: own }) => `${what} ${formatBytes(own)}`);
  output.line(`${output.style("green", "✔")} ${output.style("bold", artifact)}`);
  const rows = [
    ["  workflow", `${name} ${output.style("dim", version.slice(0, 7))}`],
    ["  nodes", `${nodes.compiled} compiled${gone === "" ? "" : `, removed: ${gone}`}`],
    [
      "  size",
      `${formatBytes(bytes.output)} (${formatBytes(bytes.gzip)} gzip) from ${formatBytes(bytes.source)}; unoptimised ${ratio.toFixed(1)} ×`,
    ],
    ...(largest.length === 0 ? [] : [["  largest", largest.join(", ")]]),
    ["  time", formatMilliseconds(ms.total)],
  ];
  for (const row of table(rows)) output.line(row);
}
