import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { build, type Plugin } from "esbuild";
import fc from "fast-check";
import { createCompiler } from "../../../compiler/index.ts";
import { unpackArtifact } from "../../../runtime/protocol/artifact.ts";
import { openChromium } from "../../testbed/chromium.ts";
import { runFor } from "./compiled.ts";
import { expectedOf, file } from "./expected.ts";
import { payloads, workflowText } from "./generator.ts";

/** The memory host knows files and processes, which nothing here asks it for. */
const withoutNode: Plugin = {
  name: "without-node",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: "nothing" }));
    onLoad({ filter: /.*/, namespace: "nothing" }, () => ({ contents: "module.exports = {};" }));
  },
};

describe("compiled workflows in a web worker", function () {
  this.timeout(120_000);

  it("do in Chromium what the reference does, and what Node does with an example", async () => {
    const compiler = createCompiler();
    const compiled = async (path: string, text: string) => {
      const { artifact, stats } = await compiler.compile({
        file: path,
        text,
        read: async () => undefined,
        target: "browser",
        optimize: "basic",
      });
      assert.ok(artifact);
      return { code: unpackArtifact(artifact.bytes).code, removed: stats.removed };
    };
    const cases = [];
    for (const [text, given] of fc.sample(fc.tuple(workflowText, payloads), 30)) {
      const { code, removed } = await compiled(file, text);
      cases.push({ text, code, payloads: given, expected: expectedOf(text, given, removed) });
    }
    const line = new URL("../../../examples/simulated-line.flow.yaml", import.meta.url);
    const { code: example } = await compiled("/flows/line.flow.yaml", await readFile(line, "utf8"));
    await compiler.dispose();
    const { outputFiles } = await build({
      entryPoints: [new URL("./in-worker.ts", import.meta.url).pathname],
      bundle: true,
      write: false,
      format: "iife",
      platform: "browser",
      plugins: [withoutNode],
      logLevel: "silent",
    });
    await using chromium = await openChromium();
    const page = await chromium.newPage();
    const answer: unknown = await page.evaluate(
      ({ script, request }) =>
        new Promise((resolve, reject) => {
          const worker = new Worker(URL.createObjectURL(new Blob([script], { type: "text/javascript" })));
          worker.onmessage = ({ data }) => resolve(data);
          worker.onerror = ({ message }) => reject(new Error(message));
          worker.postMessage(request);
        }),
      {
        script: outputFiles[0]?.text ?? "",
        request: { cases: cases.map(({ code, payloads: given }) => ({ code, payloads: given })), example },
      },
    );
    const { results, example: ran, failed } = Object(answer);
    assert.equal(failed, undefined);
    for (const [at, { text, expected }] of cases.entries())
      assert.deepEqual(results[at], JSON.parse(JSON.stringify(expected)), text);
    const here = await runFor(example, 60_000);
    assert.ok(here.executions > 10);
    assert.deepEqual(ran, JSON.parse(JSON.stringify(here)));
  });
});
