import assert from "node:assert/strict";
import fc from "fast-check";
import { createCompiler, optimizations } from "../../../compiler/index.ts";
import { unpackArtifact } from "../../../runtime/protocol/artifact.ts";
import { runCompiled } from "./compiled.ts";
import { expectedOf, file } from "./expected.ts";
import { drawnTypes, inlineTypes, payloads, workflowText } from "./generator.ts";

describe("compiled workflows and the plain reference", function () {
  this.timeout(300_000);
  const compiler = createCompiler();
  after(() => compiler.dispose());

  it("know the same node types", () => assert.deepEqual(drawnTypes.toSorted(), inlineTypes.toSorted()));

  for (const optimize of optimizations) {
    it(`do the same (${optimize}), watched or not`, () =>
      fc.assert(
        fc.asyncProperty(workflowText, payloads, fc.boolean(), async (text, given, watched) => {
          const { artifact, problems, stats } = await compiler.compile({
            file,
            text,
            read: async () => undefined,
            target: "node",
            optimize,
          });
          assert.ok(artifact, problems.map(({ message }) => message).join("\n"));
          const { code } = unpackArtifact(artifact.bytes);
          assert.deepEqual(
            await runCompiled(code, given, { watched }),
            expectedOf(text, given, stats.removed),
          );
        }),
        { numRuns: Number(process.env.EDDY_REFERENCE_RUNS ?? 150) },
      ));
  }
});
