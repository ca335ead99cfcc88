import assert from "node:assert/strict";
import { parts } from "./parts.ts";
import { asTable } from "./report.ts";

describe("the agent under torture, in the form that every test run has time for", function () {
  this.timeout(300_000);

  for (const [name, run] of Object.entries(parts)) {
    // The tests that it runs are tests of this run as they are.
    if (name === "fuzz") continue;
    it(name, async () => {
      const rows = await run(true);
      assert.ok(
        rows.every(({ holds }) => holds),
        `\n${asTable(rows)}`,
      );
    });
  }
});
