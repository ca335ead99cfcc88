import assert from "node:assert/strict";
import { cp, mkdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type CompileResult, createCompiler, type Optimize, optimizations } from "../../compiler/index.ts";
import { compilerVersion } from "../../compiler/version.ts";
import { EddyError } from "../../language/problem.ts";
import { builtinCatalog } from "../../runtime/nodes/catalog.ts";
import { unpackArtifact } from "../../runtime/protocol/artifact.ts";
import { createMemoryHost } from "../runtime/memory-host.ts";
import { temporaryFolder } from "../testbed/resources.ts";
import { goldenFiles, goldenText } from "./golden.ts";
import { createLibraryBench, evaluate, type TextOptions } from "./workflows.ts";

const tenNodes = `eddy: 1
name: Ten nodes
nodes:
  reading: { type: mqtt-in, topic: site/+/fridge }
  celsius: { type: map, from: reading, payload: '{ celsius: (msg.payload.fahrenheit - 32) / 1.8, door: msg.payload.door }' }
  warm: { type: filter, from: celsius, when: msg.payload.celsius > 8 }
  kind:
    type: switch
    from: warm
    cases: { open: msg.payload.door === "open", hot: msg.payload.celsius > 20 }
  text: { type: template, from: kind.open, text: "\${msg.topic}: \${msg.payload.celsius} °C" }
  alert: { type: mqtt-out, from: text, topic: alerts }
  each: { type: split, from: kind.hot, items: Object.values(msg.payload) }
  values: { type: mqtt-out, from: each, topic: values }
  log: { type: log, from: [kind.else, warm.rejected], text: "\${msg.topic}" }
  errors: { type: log, from: any.error, level: error }
`;

/** Two clocks, a client, memory of two kinds, and sums: whatever is large in the library. */
const tenLargeNodes = `eddy: 1
name: Weather
state:
  hot: { initial: 0 }
nodes:
  tick: { type: inject, every: 10s }
  evening: { type: inject, cron: "0 20 * * *" }
  fetch: { type: http-request, from: tick, url: "http://127.0.0.1:8081/weather", output: "{ celsius: number }" }
  celsius: { type: map, from: fetch, payload: msg.payload.celsius }
  valid: { type: filter, from: celsius, when: msg.payload > -50 }
  minute: { type: window, from: valid, size: 1m, compute: [mean, max] }
  kind:
    type: switch
    from: minute
    cases: { hot: msg.payload.mean > 30, cold: msg.payload.mean < 0 }
  count: { type: state, from: kind.hot, set: { hot: state.hot + 1 } }
  text: { type: template, from: [kind.cold, count, evening], text: "\${state.hot} hot minutes" }
  log: { type: log, from: [text, any.error] }
`;

/** Bytes of a workflow's module of about ten nodes, minified. */
const moduleBar = 15_000;

const checkout = fileURLToPath(new URL("../../", import.meta.url));

describe("a build", () => {
  const bench = createLibraryBench();
  after(() => bench.dispose());

  const compile = (name: string, options: TextOptions = {}) =>
    bench.compile(goldenText(name), { file: `/flows/${name}.flow.yaml`, files: goldenFiles, ...options });
  const codeOf = async (name: string, options: TextOptions = {}) => {
    const { artifact, problems } = await compile(name, options);
    return unpackArtifact(artifact?.bytes ?? assert.fail(JSON.stringify(problems)));
  };

  it("says of which version the compiler is", async () => {
    const { version } = JSON.parse(await readFile(join(checkout, "package.json"), "utf8"));
    assert.equal(compilerVersion, version);
    assert.equal((await codeOf("meter")).manifest.compiler, version);
  });

  it("tells what it did", async () => {
    const text = goldenText("meter");
    const { stats, ratio } = await compile("meter");
    const { code } = await codeOf("meter");
    assert.deepEqual(stats.nodes, { total: 11, compiled: 11, removed: 0 });
    assert.deepEqual(stats.removed, []);
    const sized = stats.sizes.filter(({ kind }) => kind === "node").map(({ name }) => name);
    assert.equal(sized.length, 11);
    const taken = stats.sizes.reduce((all, { bytes }) => all + bytes, 0);
    assert.ok(
      taken <= stats.bytes.output && taken > stats.bytes.output * 0.95,
      `${taken} of ${stats.bytes.output}`,
    );
    assert.equal(stats.bytes.source, Buffer.byteLength(text));
    assert.equal(stats.bytes.output, Buffer.byteLength(code));
    assert.ok(stats.bytes.gzip > 100 && stats.bytes.gzip < stats.bytes.output / 2);
    const plain = await codeOf("meter", { optimize: "none" });
    assert.equal(await ratio?.(), Buffer.byteLength(plain.code) / stats.bytes.output);
    assert.equal(await (await compile("meter", { optimize: "none" })).ratio?.(), 1);
    const { total, ...stages } = stats.ms;
    const sum = Object.values(stages).reduce((all, one) => all + one, 0);
    assert.ok(sum > 0 && sum <= total, JSON.stringify(stats.ms));
  });

  it("has the nodes that a message can reach", async () => {
    const { stats, artifact } = await bench.compile(`eddy: 1
nodes:
  in: { type: inject, every: 1s }
  off: { type: map, from: in, disabled: true }
  behind: { type: log, from: off }
  out: { type: log, from: in }
`);
    assert.deepEqual(stats.nodes, { total: 4, compiled: 2, removed: 2 });
    assert.deepEqual(
      artifact?.manifest.nodes.map(({ id }) => id),
      ["in", "out"],
    );
  });

  it("leaves out what changes nothing, where it is to be as small as possible", async () => {
    const text = `eddy: 1
nodes:
  in: { type: inject, every: 1s }
  a: { type: map, from: in, payload: 1 + 1 }
  b: { type: filter, from: a, when: "true" }
  out: { type: log, from: in }
`;
    const compiled = async (optimize: Optimize) =>
      (await bench.compile(text, { optimize })).stats.nodes.compiled;
    assert.deepEqual(
      [await compiled("none"), await compiled("basic"), await compiled("aggressive")],
      [4, 4, 2],
    );
  });

  for (const optimize of optimizations) {
    it(`is the same bytes in any folder, by any compiler (${optimize})`, async () => {
      const other = createLibraryBench();
      try {
        for (const name of ["subflows", "gateway", "names"]) {
          const one = await compile(name, { optimize });
          const moved = Object.fromEntries(
            Object.entries(goldenFiles).map(([path, text]) => [
              path.replace("/flows/", "/home/someone/else/"),
              text,
            ]),
          );
          const two = await other.compile(goldenText(name), {
            optimize,
            file: `/home/someone/else/${name}.flow.yaml`,
            files: moved,
          });
          assert.deepEqual(two.artifact?.bytes, one.artifact?.bytes, name);
        }
      } finally {
        await other.dispose();
      }
    });
  }

  it("is the same bytes wherever the compiler is installed", async () => {
    await using folder = await temporaryFolder("elsewhere");
    const installed = join(folder.path, "some", "where");
    await mkdir(installed, { recursive: true });
    for (const part of ["engine", "nodes"]) {
      await cp(join(checkout, "runtime", part), join(installed, part), { recursive: true });
    }
    await symlink(join(checkout, "node_modules"), join(folder.path, "some", "node_modules"), "junction");
    // What node types import of the language, in the place where they look for it.
    await symlink(join(checkout, "language"), join(folder.path, "some", "language"), "junction");
    const elsewhere = createCompiler({ catalog: builtinCatalog, runtimeDirectory: installed });
    try {
      for (const optimize of optimizations) {
        const file = "/flows/files.flow.yaml";
        const read = async () => undefined;
        const options = { file, text: goldenText("files"), read, target: "node", optimize } as const;
        const { artifact } = await elsewhere.compile(options);
        assert.deepEqual(artifact?.bytes, (await compile("files", { optimize })).artifact?.bytes, optimize);
      }
    } finally {
      await elsewhere.dispose();
    }
  });

  it("has the same version when only comments and places change, and another when code does", async () => {
    const version = async (text: string) => (await bench.compile(text)).artifact?.manifest.version;
    const text = `eddy: 1
nodes:
  in: { type: inject, every: 1s }
  a: { type: map, from: in, payload: 1 + 1 }
  out: { type: log, from: a }
`;
    const own = await version(text);
    assert.equal(
      await version(text.replace("nodes:", "# A comment.\n\nnodes:").replace("1s }", "1s, at: [1, 2] }")),
      own,
    );
    assert.notEqual(await version(text.replace("1 + 1", "1 + 2")), own);
    assert.notEqual(await version(text.replace("out:", "end:")), own);
  });

  for (const optimize of ["basic", "aggressive"] as const) {
    it(`of ten nodes is small, whatever the nodes are (${optimize})`, async () => {
      for (const text of [tenNodes, tenLargeNodes, goldenText("ten")]) {
        const { stats, artifact } = await bench.compile(text, { optimize, files: goldenFiles });
        assert.ok(artifact);
        assert.equal(stats.nodes.total, 10);
        assert.ok(stats.bytes.output <= moduleBar, `${artifact.manifest.name}: ${stats.bytes.output} bytes`);
      }
    });
  }

  it("has the library that reads a format only where the format is read", async () => {
    const size = async (format: string) => {
      const text = `eddy: 1
nodes:
  in: { type: inject, payload: "'1'" }
  data: { type: parse, from: in, format: ${format} }
  out: { type: log, from: data }
`;
      return (await bench.compile(text)).stats.bytes.output;
    };
    for (const format of ["json", "csv", "number"]) assert.ok((await size(format)) <= moduleBar, format);
    const [xml, yaml] = [await size("xml"), await size("yaml")];
    assert.ok(xml > 40_000 && xml < 80_000, `${xml} bytes`);
    assert.ok(yaml > 80_000 && yaml < 130_000, `${yaml} bytes`);
  });

  it("to be debugged, or for a browser, needs no node types of its host", async () => {
    const host = createMemoryHost();
    const nodeType = () => assert.fail("It has all that it needs.");
    for (const options of [{ optimize: "none" }, { target: "browser" }] as const) {
      const { artifact } = await bench.compile(tenLargeNodes, options);
      const { code } = unpackArtifact(artifact?.bytes ?? assert.fail());
      evaluate(code)({ ...host, nodeType });
    }
    const { artifact } = await bench.compile(tenLargeNodes);
    const { code } = unpackArtifact(artifact?.bytes ?? assert.fail());
    assert.throws(() => evaluate(code)({ ...host, nodeType }), /all that it needs/);
  });

  it("for each target is a function's body", async () => {
    for (const target of ["node", "deno", "browser"] as const) {
      const { code, manifest } = await codeOf("names", { target });
      assert.equal(manifest.target, target);
      assert.equal(typeof evaluate(code), "function");
      assert.doesNotMatch(code, /\brequire\(|\bimport[ ({]|\bexport[ {]/);
    }
  });

  it("is ended by its signal, and does not disturb the next", async () => {
    const files = {
      ...goldenFiles,
      "/flows/slow.ts": "export const slow = 1;",
    };
    const text = `eddy: 1
script: |
  import { slow } from "./slow.ts";
nodes:
  in: { type: inject, every: 1s, payload: slow }
  out: { type: log, from: in }
`;
    const early = AbortSignal.abort(new Error("early"));
    await assert.rejects(bench.compile(text, { files, signal: early }), /early/);
    // Ended while it reads, bundles, or waits for its turn, by a newer one each time, as when somebody types.
    const controllers = Array.from({ length: 20 }, () => new AbortController());
    const builds: Promise<PromiseSettledResult<CompileResult>>[] = [];
    for (const [at, { signal }] of controllers.entries()) {
      const build = bench.compile(text.replace("1s", `${at + 1}s`), { files, signal });
      builds.push(Promise.allSettled([build]).then(([result]) => result));
      controllers[at - 1]?.abort(new Error("stale"));
      if (at % 3 === 0) await new Promise(setImmediate);
    }
    const results = await Promise.all(builds);
    const last = results.pop();
    assert.ok(last?.status === "fulfilled" && last.value.artifact);
    for (const result of results) {
      assert.ok(result.status === "rejected" && /stale/.test(String(result.reason)), result.status);
    }
    const { artifact } = await bench.compile(text, { files });
    assert.ok(artifact);
  });

  it("says what is missing where the engine is not there", async () => {
    await using folder = await temporaryFolder("nothing");
    assert.throws(
      () => createCompiler({ catalog: builtinCatalog, runtimeDirectory: folder.path }),
      (error) =>
        error instanceof EddyError && error.code === "EDDY_NO_RUNTIME" && error.message.includes(folder.path),
    );
  });

  it("gives coded problems for files that are none", async () => {
    const texts = [
      "",
      "\0\0",
      "eddy: 2\n",
      "- a\n- b\n",
      "eddy: 1\nnodes: 3\n",
      "a: &a [*a, *a]\n",
      "{".repeat(10_000),
    ];
    for (const text of texts) {
      const { problems, artifact } = await bench.compile(text);
      assert.equal(artifact, undefined, JSON.stringify(text.slice(0, 20)));
      assert.ok(
        problems.some(({ code, severity }) => severity === "error" && code.startsWith("EDDY_")),
        JSON.stringify(text.slice(0, 20)),
      );
    }
  });

  it("refuses a program of its own for a browser", () =>
    assert.rejects(compile("meter", { standalone: true, target: "browser" }), {
      code: "EDDY_STANDALONE_TARGET",
    }));
});
