import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { createCompiler, optimizations } from "../../../compiler/index.ts";
import { unpackArtifact } from "../../../runtime/protocol/artifact.ts";
import { deno } from "../../testbed/platforms.ts";
import { runProgram } from "../../testbed/processes.ts";
import { temporaryFolder } from "../../testbed/resources.ts";
import { expectedOf, file } from "./expected.ts";
import { payloads, workflowText } from "./generator.ts";
import type { ReferenceRun } from "./interpreter.ts";

describe("compiled workflows on Deno and the plain reference", function () {
  this.timeout(300_000);

  it("do the same at every level", async () => {
    await using folder = await temporaryFolder("reference");
    const compiler = createCompiler();
    const cases: { text: string; code: string; payloads: readonly unknown[]; expected: ReferenceRun }[] = [];
    for (const [text, given] of fc.sample(fc.tuple(workflowText, payloads), 60)) {
      for (const optimize of optimizations) {
        const { artifact, stats } = await compiler.compile({
          file,
          text,
          read: async () => undefined,
          target: "deno",
          optimize,
        });
        assert.ok(artifact);
        const { code } = unpackArtifact(artifact.bytes);
        cases.push({ text, code, payloads: given, expected: expectedOf(text, given, stats.removed) });
      }
    }
    await compiler.dispose();
    const path = join(folder.path, "cases.json");
    await writeFile(path, JSON.stringify(cases));
    const { command, options } = deno();
    const script = fileURLToPath(new URL("./on-deno.ts", import.meta.url));
    const printed = await runProgram(command, [...options, "--allow-all", script, path]);
    const results: readonly unknown[] = JSON.parse(printed);
    assert.equal(results.length, cases.length);
    for (const [at, { text, expected }] of cases.entries()) {
      assert.deepEqual(results[at], JSON.parse(JSON.stringify(expected)), text);
    }
  });
});
