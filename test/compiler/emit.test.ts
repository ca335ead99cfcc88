import assert from "node:assert/strict";
import { hasErrors } from "../../language/problem.ts";
import { goldenFiles, goldenText, goldenWorkflows, matchesGolden } from "./golden.ts";
import { createLibraryBench } from "./workflows.ts";

describe("emitted code", () => {
  const bench = createLibraryBench();
  after(() => bench.dispose());

  for (const name of goldenWorkflows) {
    for (const optimize of ["none", "basic"] as const) {
      it(`of ${name} (${optimize})`, async () => {
        const file = `/flows/${name}.flow.yaml`;
        const { code, problems } = await bench.compile(goldenText(name), {
          optimize,
          file,
          files: goldenFiles,
        });
        assert.ok(!hasErrors(problems), JSON.stringify(problems));
        // Not `.ts`: these are results to read, and no part of the program.
        matchesGolden(`${name}.${optimize}.txt`, code?.().text ?? "");
      });
    }
  }
});
