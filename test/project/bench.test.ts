import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { bars } from "../../bench/bars.ts";
import type { Report } from "../../bench/support/results.ts";
import { median, percentile, ratios, spread } from "../../bench/support/statistics.ts";
import { runProgram } from "../testbed/processes.ts";
import { read } from "./files.ts";

describe("the benchmark", function () {
  this.timeout(300_000);

  it("gives one document with every bar in it", async () => {
    const script = fileURLToPath(new URL("../../bench/main.ts", import.meta.url));
    const report: Report = JSON.parse(await runProgram(process.execPath, [script, "--tiny", "--json"]));
    assert.ok(report.machine.cores > 0 && report.machine.node === process.versions.node);
    for (const { name, unit, bar } of Object.values(bars)) {
      const found = report.results.filter((result) => result.name === name);
      assert.equal(found.length, 1, name);
      assert.deepEqual({ unit: found[0]?.unit, bar: found[0]?.bar }, { unit, bar });
    }
    for (const { name, value, bar, holds, note } of report.results) {
      // Nothing is left out without a word.
      assert.ok(value === null ? note : Number.isFinite(value), name);
      assert.equal(holds !== null, value !== null && bar !== null, name);
    }
  });

  it("is described where its results are", () => {
    const page = read("docs/performance.md");
    assert.match(page, /<!-- measured -->\n[\s\S]*<!-- \/measured -->/);
  });
});

describe("figures of the benchmark", () => {
  it("are medians, with how far they spread", () => {
    assert.equal(median([9, 1, 5]), 5);
    assert.equal(percentile([1, 2, 3, 4, 5], 1), 5);
    assert.equal(spread([4, 4, 4]), 0);
    assert.equal(spread([90, 95, 100, 105, 110]), 0.05);
    assert.deepEqual(ratios([4, 9], [2, 3]), [2, 3]);
  });
});
