import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { optimizations } from "../../compiler/index.ts";
import { type ProgramOptions, startProgram } from "../testbed/processes.ts";
import { temporaryFolder } from "../testbed/resources.ts";
import { createLibraryBench } from "./workflows.ts";

const text = `eddy: 1
env:
  SITE: {}
  LIMIT: { type: number, default: 3 }
secrets:
  KEY: {}
nodes:
  in: { type: inject, every: 20ms, at-start: true, payload: "[env.SITE, env.LIMIT + 1, String(secrets.KEY)]" }
  out: { type: log, from: in, text: "\${JSON.stringify(msg.payload)}" }
  bad: { type: map, from: in, payload: "null.x" }
  lost: { type: log, from: bad }
  second: { type: inject, cron: "* * * * * *", payload: "'second'" }
  clock: { type: log, from: second, text: "\${msg.payload}" }
`;

describe("a program of its own", function () {
  this.timeout(60_000);
  const bench = createLibraryBench();
  after(() => bench.dispose());

  for (const optimize of optimizations) {
    it(`runs with nothing around it, until it is told to end (${optimize})`, async () => {
      await using folder = await temporaryFolder("standalone");
      const { standalone = "", artifact } = await bench.compile(text, { standalone: true, optimize });
      assert.ok(artifact);
      const file = join(folder.path, "line.mjs");
      await writeFile(file, standalone);
      const environment = { SITE: "north", LIMIT: "7", EDDY_SECRET_KEY: "hunter2", NODE_OPTIONS: "" };
      const logs =
        (count: number): NonNullable<ProgramOptions["ready"]> =>
        (program) =>
          program.output().split(" info out ").length > count &&
          / info clock second$/m.test(program.output());
      const program = await startProgram(process.execPath, [file], {
        environment,
        folder: folder.path,
        ready: logs(3),
      });
      await program.stop("SIGTERM");
      assert.equal(await program.exited, 0, program.output());
      const output = program.output();
      assert.match(output, /^\d{4}-\d\d-\d\dT[\d:.]+Z info out \["north",8,"\[secret\]"\]$/m);
      assert.match(
        output,
        /error bad Cannot read properties of null \(reading 'x'\) \(at bad \(test\.flow\.yaml:10\)\)/,
      );
      assert.doesNotMatch(output, /hunter2/);
    });
  }

  it("says what is missing or wrong, and ends with 1", async () => {
    await using folder = await temporaryFolder("standalone");
    const { standalone = "" } = await bench.compile(text, { standalone: true });
    const file = join(folder.path, "line.mjs");
    await writeFile(file, standalone);
    const environment = { SITE: undefined, LIMIT: "many", EDDY_SECRET_KEY: undefined, NODE_OPTIONS: "" };
    const program = await startProgram(process.execPath, [file], { environment });
    assert.equal(await program.exited, 1);
    assert.equal(
      program.output(),
      'Workflow "test" cannot be started: SITE is not set; LIMIT is not a number; EDDY_SECRET_KEY is not set.\n',
    );
    await program.stop();
  });
});
