import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { optimizations } from "../../compiler/index.ts";
import { createLibraryBench } from "./workflows.ts";

const folder = new URL("../../examples/", import.meta.url);
const files = Object.fromEntries(
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(ya?ml|ts|json|csv)$/.test(name))
    .map((name) => [`/examples/${name.replaceAll("\\", "/")}`, readFileSync(new URL(name, folder), "utf8")]),
);
const workflows = Object.keys(files).filter((file) => /^\/examples\/[^/]+\.flow\.yaml$/.test(file));

describe("examples", () => {
  const bench = createLibraryBench();
  after(() => bench.dispose());

  it("are at least five", () => assert.ok(workflows.length >= 5));

  it("become small modules", async () => {
    for (const optimize of ["basic", "aggressive"] as const) {
      let [plain, made] = [0, 0];
      for (const file of workflows) {
        const { stats, ratio } = await bench.compile(files[file] ?? "", { file, files, optimize });
        const { output } = stats.bytes;
        const worth = (await ratio?.()) ?? 0;
        assert.ok(output > 0 && output <= 15_000, `${file}: ${output} bytes`);
        assert.ok(worth >= 1.8, `${file}: ${worth}`);
        plain += output * worth;
        made += output;
      }
      assert.ok(plain / made >= 3.5, `All together: ${plain / made}`);
    }
  });

  for (const file of workflows) {
    for (const optimize of optimizations) {
      it(`${file.slice("/examples/".length)} compiles, starts, runs for ten minutes and stops (${optimize})`, async () => {
        const text = files[file] ?? "";
        const { artifact, problems } = await bench.compile(text, { file, files, optimize });
        assert.ok(artifact, JSON.stringify(problems));
        assert.deepEqual(
          problems.filter(({ severity }) => severity === "warning"),
          [],
        );
        const { env, secrets } = artifact.manifest;
        const running = await bench.run(text, {
          file,
          files,
          optimize,
          env: Object.fromEntries(
            Object.entries(env).map(([name, { default: value = "x" }]) => [name, value]),
          ),
          secrets: Object.fromEntries(secrets.map((name) => [name, "hunter2"])),
        });
        await running.pass(600_000);
        const { errors, inFlight } = running.workflow.counters();
        assert.deepEqual([errors, inFlight], [0, 0]);
        await running.workflow.stop(0);
        assert.doesNotMatch(JSON.stringify(running.host.logs), /hunter2/);
      });
    }
  }
});
