// Five nodes that are compiled into straight code, the same by hand, and the same in Node-RED.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "../../test/testbed/resources.ts";
import { bars } from "../bars.ts";
import { openCompiler } from "../support/compile.ts";
import type { Effort } from "../support/effort.ts";
import { installNodeRed, nodeRedTitle } from "../support/peers.ts";
import { figureOf } from "../support/programs.ts";
import { type Result, resultOf } from "../support/results.ts";
import { interleaved, median, ratios, spread } from "../support/statistics.ts";

export async function measurePipeline({ rounds, run, peers }: Effort): Promise<readonly Result[]> {
  await using folder = await temporaryFolder("bench-pipeline");
  const artifact = join(folder.path, "pipeline.eddy");
  {
    await using compiler = openCompiler();
    const flow = new URL("../programs/pipeline.flow.yaml", import.meta.url);
    await writeFile(artifact, (await compiler.compile(flow)).bytes);
  }
  const library = peers ? await installNodeRed() : undefined;
  const { compiled, byHand, nodeRed } = await interleaved(rounds, {
    compiled: () => figureOf("pipeline-compiled.ts", run, artifact),
    byHand: () => figureOf("pipeline-by-hand.ts", run),
    nodeRed: () => (library ? figureOf("pipeline-node-red.mjs", run, library, folder.path) : Number.NaN),
  });
  const figure = (values: readonly number[]) => ({ value: median(values), spread: spread(values) });
  const without = { missing: `${nodeRedTitle} was left out` };
  return [
    resultOf(bars.pipelineByHand, figure(ratios(compiled, byHand))),
    resultOf(bars.pipelineNodeRed, library ? figure(ratios(compiled, nodeRed)) : without),
    resultOf({ name: "pipeline: compiled", unit: "msg/s" }, figure(compiled)),
    resultOf({ name: "pipeline: by hand", unit: "msg/s" }, figure(byHand)),
    resultOf({ name: `pipeline: ${nodeRedTitle}`, unit: "msg/s" }, library ? figure(nodeRed) : without),
  ];
}
