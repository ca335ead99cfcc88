import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { checkOutput, testOutput } from "../../cli/contract.ts";
import { type TemporaryFolder, temporaryFolder } from "../testbed/resources.ts";
import { builtCommand, document, eddy } from "./command.ts";

const flow = `eddy: 1
nodes:
  reading: { type: inject, payload: 0 }
  warm: { type: filter, from: reading, when: msg.payload > 8 }
  note: { type: log, from: warm, text: "\${msg.payload} °C" }
tests:
  - name: tells of warmth
    given: [{ node: reading, message: { payload: 9 } }]
    expect: [{ node: note, payload: 9 °C }]
  - name: tells of cold
    given: [{ node: reading, message: { payload: 10 } }]
    expect:
      - { at: 0s, node: note, payload: 7 °C }
`;

describe("eddy test", function () {
  this.timeout(120_000);
  let folder: TemporaryFolder;
  const run = (...given: readonly string[]) => eddy(["test", ...given], { folder: folder.path });

  before(async () => {
    await builtCommand();
  });
  beforeEach(async () => {
    folder = await temporaryFolder("cli-test");
    await writeFile(join(folder.path, "warm.flow.yaml"), flow);
    await writeFile(join(folder.path, "none.flow.yaml"), "eddy: 1\nnodes: {}\n");
    await writeFile(join(folder.path, "broken.flow.yaml"), flow.replace("payload > 8", "payload.x > 8"));
  });
  afterEach(() => folder[Symbol.asyncDispose]());

  it("passes with every example", async () => {
    const names = ["cold-chain", "energy-meter", "http-gateway", "simulated-line", "vibration-window"];
    const ended = await run(...names.map((name) => resolve(`examples/${name}.flow.yaml`)), "--json");
    const { passed, failed, tests } = document(testOutput, ended);
    assert.equal(ended.code, 0, ended.stdout);
    assert.equal(failed, 0);
    assert.equal(passed, tests.length);
    assert.ok(passed >= 11);
  });

  it("shows a person what was expected and what came, and where", async () => {
    const { code, stdout } = await run("warm.flow.yaml");
    assert.equal(code, 1);
    assert.equal(
      stdout.replaceAll(/ \d+(\.\d+)? m?s$/gm, " …"),
      `warm.flow.yaml
  ✔ tells of warmth …
  ✘ tells of cold …
    warm.flow.yaml:13: note: a message is not as expected.
        {
          "at": "0s",
      -   "payload": "7 °C"
      +   "payload": "10 °C"
        }

1 passed, 1 failed, …
`,
    );
  });

  it("tells a program the same", async () => {
    const ended = await run("warm.flow.yaml", "none.flow.yaml", "--json");
    const { passed, failed, tests } = document(testOutput, ended);
    assert.equal(ended.code, 1);
    assert.deepEqual([passed, failed], [1, 1]);
    assert.deepEqual(
      tests.map(({ file, name, ok }) => [file, name, ok]),
      [
        ["warm.flow.yaml", "tells of warmth", true],
        ["warm.flow.yaml", "tells of cold", false],
      ],
    );
    assert.match(
      tests[1]?.diff ?? "",
      /^warm\.flow\.yaml:13: [\s\S]*\n- {3}"payload": "7 °C"\n\+ {3}"payload": "10 °C"/,
    );
    assert.equal(tests[0]?.diff, undefined);
  });

  it("runs those with a text in their name", async () => {
    const ended = await run("warm.flow.yaml", "--filter", "WARMTH", "--json");
    assert.equal(ended.code, 0);
    assert.equal(document(testOutput, ended).tests.length, 1);
    const none = await run("warm.flow.yaml", "--filter", "rain");
    assert.equal(none.code, 2);
    assert.match(none.stderr, /No test has "rain" in its name/);
  });

  it("says so where there are none", async () => {
    const { code, stdout } = await run("none.flow.yaml");
    assert.equal(code, 0);
    assert.match(stdout, /no tests[\s\S]*0 passed, 0 failed/);
  });

  it("runs nothing where a workflow has errors, those of types included", async () => {
    const ended = await run("warm.flow.yaml", "broken.flow.yaml", "--json");
    assert.equal(ended.code, 1);
    const { diagnostics } = document(checkOutput, ended);
    assert.deepEqual(
      diagnostics.map(({ file, code, severity }) => [file, code, severity]),
      [["broken.flow.yaml", "EDDY_TYPE_UNKNOWN_PROPERTY", "error"]],
    );
  });

  it("ends a test that does not end by itself", async () => {
    const spinning = `eddy: 1
nodes:
  reading: { type: inject, payload: 0 }
  spin: { type: function, from: reading, code: "for (;;) emit(msg);" }
tests:
  - { name: spins, given: [{ node: reading, message: { payload: 1 } }], expect: [] }
`;
    await writeFile(join(folder.path, "spin.flow.yaml"), spinning.replace("emit(msg)", ""));
    const { code, stdout, stderr } = await run("spin.flow.yaml", "--timeout", "300ms");
    assert.equal(code, 1, stderr);
    assert.match(stdout, /spin\.flow\.yaml:6: The test did not end within 300ms/);
  });
});
