import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildOutput, checkOutput, errorOutput, formatOutput, newOutput } from "../../cli/contract.ts";
import { explain } from "../../cli/errors.ts";
import { fileError } from "../../cli/files.ts";
import { unpackArtifact } from "../../runtime/protocol/artifact.ts";
import { type TemporaryFolder, temporaryFolder } from "../testbed/resources.ts";
import { builtCommand, document, type Ended, eddy, shaped } from "./command.ts";

const line = `eddy: 1
name: Line
nodes:
  value:
    type: simulate
    every: 10ms
  high:
    type: filter
    from: value
    when: msg.payload > 0.5
  note:
    type: log
    from: high
`;
const wrong = `eddy: 1
nodes:
  value:
    type: simulat
  note:
    type: log
    from: value
`;

const mistyped = `eddy: 1
nodes:
  value:
    type: simulate
    every: 10ms
  high:
    type: filter
    from: value
    when: msg.payload.celsius > 0.5
  note:
    type: log
    from: high
`;

describe("eddy check, format, build, new", function () {
  this.timeout(120_000);
  let folder: TemporaryFolder;
  const run = (...given: readonly string[]) => eddy(given, { folder: folder.path });
  const write = (name: string, text: string | Uint8Array) => writeFile(join(folder.path, name), text);

  before(async () => {
    await builtCommand();
  });
  beforeEach(async () => {
    folder = await temporaryFolder("cli");
    await write("line.flow.yaml", line);
    await write("wrong.flow.yaml", wrong);
  });
  afterEach(() => folder[Symbol.asyncDispose]());

  it("checks: nothing wrong", async () => {
    const ended = await run("check", "line.flow.yaml", "--json");
    assert.deepEqual(document(checkOutput, ended), { diagnostics: [] });
    assert.equal(ended.code, 0);
    assert.equal(ended.stderr, "");
  });

  it("checks types on wires, and compiles nothing that has a type error", async () => {
    await write("mistyped.flow.yaml", mistyped);
    const [checked, built, ran] = await Promise.all([
      run("check", "mistyped.flow.yaml", "--json"),
      run("build", "mistyped.flow.yaml", "--json"),
      run("run", "mistyped.flow.yaml", "--for", "10ms", "--virtual-time", "--json"),
    ]);
    for (const ended of [checked, built, ran]) {
      const { diagnostics } = document(checkOutput, ended);
      assert.equal(ended.code, 1);
      assert.deepEqual(
        diagnostics.map(({ code, message, range }) => ({ code, message, range })),
        [
          {
            code: "EDDY_TYPE_UNKNOWN_PROPERTY",
            message: 'There is no "celsius" in the payload that comes from "value", which is number.',
            range: { start: { line: 8, character: 22 }, end: { line: 8, character: 29 } },
          },
        ],
      );
    }
  });

  it("tells what is no TypeScript once", async () => {
    await write("broken.flow.yaml", mistyped.replace("celsius > 0.5", "toFixed(1"));
    const ended = await run("check", "broken.flow.yaml", "--json");
    const { diagnostics } = document(checkOutput, ended);
    assert.deepEqual(
      diagnostics.map(({ code }) => code),
      ["EDDY_SYNTAX"],
    );
  });

  it("checks: places count from 0 in JSON and from 1 for people, who see the line", async () => {
    const [json, human] = await Promise.all([
      run("check", "wrong.flow.yaml", "line.flow.yaml", "--json"),
      run("check", "wrong.flow.yaml"),
    ]);
    const { diagnostics } = document(checkOutput, json);
    assert.equal(json.code, 1);
    assert.deepEqual(
      diagnostics.map(({ file, code, severity, range, node }) => ({ file, code, severity, range, node })),
      [
        {
          file: "wrong.flow.yaml",
          code: "EDDY_UNKNOWN_TYPE",
          severity: "error",
          range: { start: { line: 3, character: 10 }, end: { line: 3, character: 17 } },
          node: "value",
        },
      ],
    );
    assert.equal(human.code, 1);
    assert.match(human.stdout, /^wrong\.flow\.yaml:4:11 error .*Did you mean "simulate"/);
    assert.match(human.stdout, /\n 4 │ {5}type: simulat\n {3}│ {11}\^{7}\n/);
    assert.ok(!human.stdout.includes("\u001b"), "No colour where there is no terminal.");
  });

  it("formats, and with --check only tells", async () => {
    await write("line.flow.yaml", line.replace("    every: 10ms", "    every:   10ms"));
    const told = await run("format", "--check", "line.flow.yaml", "--json");
    assert.deepEqual(document(formatOutput, told), { changed: ["line.flow.yaml"] });
    assert.equal(told.code, 1);
    assert.match(await readFile(join(folder.path, "line.flow.yaml"), "utf8"), /every: {3}10ms/);
    const done = await run("format", "line.flow.yaml", "--json");
    assert.deepEqual(document(formatOutput, done), { changed: ["line.flow.yaml"] });
    assert.equal(done.code, 0);
    assert.match(await readFile(join(folder.path, "line.flow.yaml"), "utf8"), /every: 10ms/);
    const again = await run("format", "--check", "line.flow.yaml", "--json");
    assert.deepEqual(document(formatOutput, again), { changed: [] });
    assert.equal(again.code, 0);
  });

  it("formats nothing that cannot be read", async () => {
    await write("broken.flow.yaml", 'eddy: 1\nname: "open\n');
    const ended = await run("format", "broken.flow.yaml", "--json");
    const { changed, diagnostics } = document(formatOutput, ended);
    assert.deepEqual(changed, []);
    assert.ok(diagnostics && diagnostics.length > 0);
    assert.equal(ended.code, 1);
    assert.equal(await readFile(join(folder.path, "broken.flow.yaml"), "utf8"), 'eddy: 1\nname: "open\n');
  });

  it("builds an artifact", async () => {
    const ended = await run("build", "line.flow.yaml", "--out", "made/here", "--optimize", "none", "--json");
    const built = document(buildOutput, ended);
    assert.equal(ended.code, 0);
    const { manifest } = unpackArtifact(await readFile(join(folder.path, built.artifact)));
    assert.equal(built.name, "Line");
    assert.equal(built.version, manifest.version);
    assert.equal(manifest.optimize, "none");
    assert.deepEqual(built.nodes, { total: 3, compiled: 3, removed: 0 });
    assert.equal(built.bytes.source, line.length);
  });

  it("builds nothing of a workflow with errors, and says what they are", async () => {
    const ended = await run("build", "wrong.flow.yaml", "--json");
    const [first] = document(checkOutput, ended).diagnostics;
    assert.equal(first?.code, "EDDY_UNKNOWN_TYPE");
    assert.equal(ended.code, 1);
  });

  it("builds a program that runs by itself", async () => {
    const ended = await run("build", "line.flow.yaml", "--standalone", "--json");
    const { artifact, bytes } = document(buildOutput, ended);
    const text = await readFile(join(folder.path, artifact), "utf8");
    assert.equal(bytes.output, Buffer.byteLength(text));
    const { startProgram } = await import("../testbed/processes.ts");
    const program = await startProgram(process.execPath, [artifact], {
      folder: folder.path,
      ready: ({ output }) => output().includes("info note"),
    });
    await program.stop("SIGTERM");
    assert.equal(await program.exited, 0, program.output());
  });

  it("writes workflows from templates, and checks find nothing wrong with them", async () => {
    for (const template of ["blank", "simulated", "mqtt", "http"]) {
      const ended = await run("new", `flows/My ${template}`, "--template", template, "--json");
      assert.deepEqual(document(newOutput, ended), { file: `flows/my-${template}.flow.yaml` });
    }
    const files = ["blank", "simulated", "mqtt", "http"].map((template) => `flows/my-${template}.flow.yaml`);
    assert.deepEqual(document(checkOutput, await run("check", ...files, "--json")), { diagnostics: [] });
    assert.deepEqual(document(formatOutput, await run("format", "--check", ...files, "--json")), {
      changed: [],
    });
    failsWith(await run("new", "flows/my-blank", "--json"), 2, "EDDY_FILE_EXISTS");
  });

  describe("bad input", () => {
    it("a file that is not there, a folder, no permission", async () => {
      await mkdir(join(folder.path, "folder.flow.yaml"));
      failsWith(await run("check", "gone.flow.yaml", "--json"), 2, "EDDY_FILE_NOT_FOUND");
      failsWith(await run("check", "line.flow.yaml/x", "--json"), 2, "EDDY_FILE_NOT_FOUND");
      failsWith(await run("build", "folder.flow.yaml", "--json"), 2, "EDDY_FILE_UNREADABLE");
      await write("blocked", "");
      failsWith(await run("build", "line.flow.yaml", "--out", "blocked", "--json"), 2, "EDDY_FILE_EXISTS");
    });

    // To root, as whom tests may run, no file is forbidden.
    it("a file that may not be read or written", () => {
      for (const code of ["EACCES", "EPERM"]) {
        const refused = Object.assign(new Error("refused"), { code, syscall: "open" });
        const failure = explain(fileError(refused, "line.flow.yaml", "read"));
        assert.equal(failure.exitCode, 2);
        assert.equal(failure.error.message, "line.flow.yaml may not be read: permission denied.");
      }
    });

    it("binary, and no UTF-8", async () => {
      await write("binary.flow.yaml", new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 0, 1]));
      await write("latin.flow.yaml", new Uint8Array([0x6e, 0xe9, 0x0a]));
      failsWith(await run("check", "binary.flow.yaml", "--json"), 1, "EDDY_FILE_BINARY");
      failsWith(await run("check", "latin.flow.yaml", "--json"), 1, "EDDY_FILE_BINARY");
    });

    it("ten megabytes, and YAML that grows without end", async () => {
      await write("large.flow.yaml", `eddy: 1\nname: ${"x".repeat(10_000_000)}\n`);
      const bomb = [
        "a: &a [x, x]",
        ..."bcdefghij".split("").map((name, at) => {
          const before = "abcdefghij"[at];
          return `${name}: &${name} [*${before}, *${before}, *${before}, *${before}, *${before}]`;
        }),
      ];
      await write("bomb.flow.yaml", `eddy: 1\n${bomb.join("\n")}\n`);
      for (const [name, code] of [
        ["large.flow.yaml", "EDDY_YAML_TOO_LARGE"],
        ["bomb.flow.yaml", undefined],
      ] as const) {
        const ended = await run("check", name, "--json");
        const { diagnostics } = document(checkOutput, ended);
        assert.equal(ended.code, 1);
        assert.ok(diagnostics.some(({ severity }) => severity === "error"));
        if (code) assert.equal(diagnostics[0]?.code, code);
      }
    });

    it("unknown commands and options, missing and wrong arguments", async () => {
      for (const [given, expected] of [
        [["chek"], /unknown command 'chek'\n\(Did you mean check\?\)/],
        [["run", "--ijnect", "a"], /unknown option '--ijnect'\n\(Did you mean --inject\?\)/],
        [["check"], /missing required argument/],
        [["build", "line.flow.yaml", "--target", "toaster"], /Allowed choices are node, deno, browser/],
        [["deploy", "line.flow.yaml"], /required option '--to <device\.\.\.>'/],
        [["device", "lst"], /unknown command 'lst'/],
        [["stop", "local"], /has to be DEVICE\/WORKFLOW/],
        [["run", "line.flow.yaml", "--for", "soon"], /is no duration/],
        [["run", "line.flow.yaml", "--virtual-time"], /--for 1h/],
        [["run", "line.flow.yaml", "--inject", "value"], /--inject takes NODE=JSON/],
        [["run", "line.flow.yaml", "--inject", "value={"], /not JSON/],
        [["run", "line.flow.yaml", "--inject", "nobody=1"], /There is no node "nobody"/],
      ] as const) {
        const ended = await run(...given);
        assert.equal(ended.code, 2, given.join(" "));
        assert.match(ended.stderr, expected);
        assert.equal(ended.stdout, "");
        assert.doesNotMatch(ended.stderr, /\n {4}at /);
      }
    });
  });
});

/** Nothing on standard output, a sentence on the other one. */
function failsWith(ended: Ended, exitCode: number, code: string): void {
  assert.equal(ended.stdout, "");
  const { error } = shaped(errorOutput, JSON.parse(ended.stderr));
  assert.equal(error.code, code);
  assert.match(error.message, /\.$/);
  assert.equal(ended.code, exitCode);
}
