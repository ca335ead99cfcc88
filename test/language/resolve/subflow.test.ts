import assert from "node:assert/strict";
import { type Files, resolve, subflow, told, using } from "./resolve.ts";

const main = "/workspace/main.flow.yaml";
const sub = "/workspace/sub.flow.yaml";

async function expect(files: Files, ...problems: readonly string[]): Promise<void> {
  assert.deepEqual(told(await resolve(files)), problems);
}

describe("resolve: subflows", () => {
  const passing = subflow("  end: { type: map, from: reading }");

  it("makes a descriptor of what a workflow declares", async () => {
    const params =
      "params:\n  limit: { type: number, description: The limit. }\n  wait: { type: duration, default: 5s }\n";
    const text = subflow(
      "  end: { type: map, from: reading, payload: 'msg.payload + params.limit + params.wait' }",
      params,
    );
    const { catalog, problems } = await resolve({
      [main]: using("./sub.flow.yaml", ", limit: 5"),
      [sub]: text,
    });
    assert.deepEqual(problems, []);
    assert.deepEqual(catalog.nodes.get("./sub.flow.yaml"), {
      type: "./sub.flow.yaml",
      title: "Sub",
      category: "subflow",
      icon: "symbol-module",
      summary: "Does one thing.",
      doc: "Does one thing. And says more.",
      inputs: "single",
      inputPorts: [{ name: "reading", doc: "`number`" }],
      outputs: [{ name: "done", doc: "`number`" }],
      timing: "immediate",
      params: {
        limit: { kind: "literal", doc: "The limit.", schema: { type: "number" }, required: true },
        wait: { kind: "literal", doc: "", schema: { type: "duration" }, default: "5s" },
      },
    });
  });

  it("lets the checks know params and ports", async () => {
    const text = `${using("./sub.flow.yaml", ", limt: 5").trimEnd()}\n  l: { type: log, from: n }\n`;
    const { checked } = await resolve({ [main]: text, [sub]: passing });
    assert.deepEqual(
      checked.map(({ code }) => code),
      ["EDDY_UNKNOWN_KEY", "EDDY_WIRE_PORT"],
    );
  });

  it("gives names to several inputs", async () => {
    const text = passing.replace("{ reading: number }", "{ reading: number, limit: number }");
    const { catalog } = await resolve({
      [main]: using("./sub.flow.yaml"),
      [sub]: text.replace("from: reading", "from: [reading, limit]"),
    });
    const descriptor = catalog.nodes.get("./sub.flow.yaml");
    assert.equal(descriptor?.inputs, "named");
    assert.deepEqual(
      descriptor?.inputPorts?.map(({ name }) => name),
      ["reading", "limit"],
    );
  });

  for (const [nodes, timing] of [
    ["  end: { type: map, from: reading }", "immediate"],
    ["  end: { type: function, from: reading, code: return msg }", "asynchronous"],
    ["  end: { type: delay, from: reading, for: 1s }", "holding"],
    ["  a: { type: delay, from: reading, for: 1s }\n  end: { type: map, from: [a, reading] }", "immediate"],
    [
      "  a: { type: delay, from: reading, for: 1s }\n  end: { type: function, from: a, code: return msg }",
      "holding",
    ],
    ["  a: { type: delay, from: [reading, end], for: 1s }\n  end: { type: map, from: a }", "holding"],
  ] as const)
    it(`is ${timing} through ${nodes.trim().replaceAll(/\s+/g, " ")}`, async () => {
      const { catalog, problems } = await resolve({
        [main]: using("./sub.flow.yaml"),
        [sub]: subflow(nodes),
      });
      assert.deepEqual(problems, []);
      assert.equal(catalog.nodes.get("./sub.flow.yaml")?.timing, timing);
    });

  it("is a trigger without inputs", async () => {
    const text = "eddy: 1\noutputs: { tick: { type: number, from: t } }\nnodes:\n  t: { type: inject }\n";
    const { catalog } = await resolve({
      [main]: "eddy: 1\nnodes:\n  n: { type: ./sub.flow.yaml }\n",
      [sub]: text,
    });
    const descriptor = catalog.nodes.get("./sub.flow.yaml");
    assert.deepEqual([descriptor?.inputs, descriptor?.timing], ["none", "trigger"]);
  });

  it("asks for the capabilities of what it contains", async () => {
    const { catalog } = await resolve({
      [main]: using("./sub.flow.yaml"),
      [sub]: subflow("  end: { type: http-request, from: reading, url: a }"),
    });
    assert.deepEqual(catalog.nodes.get("./sub.flow.yaml")?.capabilities, ["network"]);
  });

  it("finds subflows of subflows, relative to each", async () => {
    const { problems, files } = await resolve({
      [main]: using("./lib/a.flow.yaml"),
      "/workspace/lib/a.flow.yaml": subflow("  end: { type: ../other/b.flow.yaml, from: reading }").replace(
        "from: end",
        "from: end.done",
      ),
      "/workspace/other/b.flow.yaml": passing,
    });
    assert.deepEqual(problems, []);
    assert.deepEqual(files, ["/workspace/lib/a.flow.yaml", "/workspace/other/b.flow.yaml"]);
  });

  it("reads a file once, however often it is named", async () => {
    const text = `${using("./sub.flow.yaml").trimEnd()}\n  m: { type: ./sub.flow.yaml, from: t }\n  o: { type: ./x/../sub.flow.yaml, from: t }\n`;
    const { read, problems } = await resolve({ [main]: text, [sub]: passing });
    assert.deepEqual(read, [sub]);
    assert.deepEqual(problems, []);
  });
});

describe("resolve: what is wrong with a subflow", () => {
  it("says that there is no such file, once", async () =>
    expect(
      { [main]: `${using("./gone.flow.yaml").trimEnd()}\n  m: { type: ./gone.flow.yaml, from: t }\n` },
      "error EDDY_FILE_MISSING There is no file gone.flow.yaml: create it, or correct the path (it is relative to this file). @ ./gone.flow.yaml",
    ));
  it("is a hint at a disabled node", async () =>
    assert.match(
      told(await resolve({ [main]: using("./gone.flow.yaml", ", disabled: true") }))[0] ?? "",
      /^hint EDDY_FILE_MISSING/,
    ));
  it("names the first error of a broken file and its line", async () =>
    expect(
      {
        [main]: using("./sub.flow.yaml"),
        [sub]: subflow("  end: { type: flter, from: reading }\n  more: { type: log, from: gone }"),
      },
      'error EDDY_SUBFLOW_BROKEN sub.flow.yaml:7: There is no node type "flter". Did you mean "filter"? (and 1 more) @ ./sub.flow.yaml',
    ));
  it("takes hints and warnings for no error", async () =>
    expect({
      [main]: using("./sub.flow.yaml"),
      [sub]: subflow("  end: { type: map, from: reading }", "env: { UNUSED: { default: a } }\n"),
    }));
  for (const [what, text] of [
    ["empty", ""],
    ["binary", "\u0000\u0001"],
    ["no map", "- a\n- b\n"],
    ["not YAML", "eddy: 1\nnodes:\n  a: {{{\n"],
  ] as const)
    it(`says so of a file that is ${what}`, async () => {
      const problems = told(await resolve({ [main]: using("./sub.flow.yaml"), [sub]: text }));
      assert.equal(problems.length, 1);
      assert.match(problems[0] ?? "", /^error EDDY_SUBFLOW_BROKEN sub\.flow\.yaml:\d/);
    });

  it("shows the whole cycle of a subflow that contains itself", async () =>
    expect(
      {
        [main]: using("./lib/a.flow.yaml"),
        "/workspace/lib/a.flow.yaml": subflow("  end: { type: ./b.flow.yaml, from: reading }"),
        "/workspace/lib/b.flow.yaml": subflow("  end: { type: ./a.flow.yaml, from: reading }"),
      },
      "error EDDY_SUBFLOW_RECURSION This subflow contains itself (a.flow.yaml → b.flow.yaml → a.flow.yaml), so it would never end: break the cycle. @ ./lib/a.flow.yaml",
    ));
  it("shows a cycle back to the workflow itself", async () =>
    expect(
      {
        [main]: using("./sub.flow.yaml"),
        [sub]: subflow("  end: { type: ./main.flow.yaml, from: reading }"),
      },
      "error EDDY_SUBFLOW_RECURSION This subflow contains itself (main.flow.yaml → sub.flow.yaml → main.flow.yaml), so it would never end: break the cycle. @ ./sub.flow.yaml",
    ));
  it("shows a workflow that names itself", async () =>
    expect(
      { [main]: using("./main.flow.yaml") },
      "error EDDY_SUBFLOW_RECURSION This subflow contains itself (main.flow.yaml → main.flow.yaml), so it would never end: break the cycle. @ ./main.flow.yaml",
    ));

  it("stops at a depth", async () => {
    const files: Record<string, string> = { [main]: using("./s0.flow.yaml") };
    for (let index = 0; index < 40; index++) {
      files[`/workspace/s${index}.flow.yaml`] = subflow(
        `  end: { type: ./s${index + 1}.flow.yaml, from: reading }`,
      ).replace("from: end", "from: end.done");
    }
    const { problems, read } = await resolve(files);
    assert.match(problems[0]?.message ?? "", /nested/);
    assert.ok(read.length <= 16);
  });
  it("stops at a number of files", async () => {
    const types = Array.from(
      { length: 400 },
      (_, index) => `  n${index}: { type: ./s${index}.flow.yaml, from: t }\n`,
    );
    const { problems, read } = await resolve({
      [main]: `eddy: 1\nnodes:\n  t: { type: inject }\n${types.join("")}`,
    });
    assert.equal(read.length, 256);
    assert.ok(problems.some(({ code }) => code === "EDDY_FILE_LIMIT"));
  });
});

describe("resolve: paths", () => {
  const refused = "error EDDY_FILE_OUTSIDE";
  for (const type of [
    "../up.flow.yaml",
    "./a/../../up.flow.yaml",
    "../../../../../../etc/x.flow.yaml",
    "/etc/passwd.flow.yaml",
    "~/x.flow.yaml",
    "file:///etc/x.flow.yaml",
    "https://example.com/x.node.ts",
    "C:/x.flow.yaml",
    "'C:\\x.flow.yaml'",
    "'\\\\server\\share\\x.node.ts'",
  ])
    it(`refuses ${type} and reads nothing`, async () => {
      const resolution = await resolve({ [main]: using(JSON.stringify(type.replaceAll("'", ""))) });
      assert.match(told(resolution)[0] ?? "", new RegExp(`^${refused}`));
      assert.deepEqual(resolution.read, []);
    });
  it("starts from the root of the disk where the workflow lies there", async () => {
    const file = "/main.flow.yaml";
    const { problems, read } = await resolve(
      {
        [file]: using("./lib/sub.flow.yaml"),
        "/lib/sub.flow.yaml": subflow("  end: { type: map, from: reading }"),
      },
      { file, root: "/" },
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(read, ["/lib/sub.flow.yaml"]);
  });
  it("goes up inside the workspace", async () => {
    const file = "/workspace/flows/main.flow.yaml";
    const { problems } = await resolve(
      { [file]: using("../sub.flow.yaml"), [sub]: subflow("  end: { type: map, from: reading }") },
      { file },
    );
    assert.deepEqual(problems, []);
  });
  it("takes a relative file to be in the root", async () => {
    const file = "flows/main.flow.yaml";
    const files = {
      [file]: using("../sub.flow.yaml"),
      "sub.flow.yaml": subflow("  end: { type: map, from: reading }"),
    };
    assert.deepEqual(told(await resolve(files, { file, root: "" })), []);
    assert.match(
      told(await resolve({ [file]: using("../../sub.flow.yaml") }, { file, root: "" }))[0] ?? "",
      /OUTSIDE/,
    );
  });
  it("takes a Windows path", async () => {
    const file = "C:\\workspace\\main.flow.yaml";
    const files = {
      [file]: using("./sub.flow.yaml"),
      "C:/workspace/sub.flow.yaml": subflow("  end: { type: map, from: reading }"),
    };
    assert.deepEqual(told(await resolve(files, { file, root: "C:\\workspace" })), []);
    assert.match(
      told(await resolve({ [file]: using("../../sub.flow.yaml") }, { file, root: "" }))[0] ?? "",
      /OUTSIDE/,
    );
  });
  it("offers ./ for a path without it, and slashes", async () => {
    for (const [type, instead] of [
      ["lib/a.flow.yaml", "./lib/a.flow.yaml"],
      [".\\lib\\a.node.ts", "./lib/a.node.ts"],
    ] as const) {
      const { problems } = await resolve({ [main]: using(JSON.stringify(type)) });
      assert.equal(problems[0]?.code, "EDDY_UNKNOWN_TYPE");
      assert.equal(problems[0]?.fixes?.[0]?.edits[0]?.newText, instead);
    }
  });
  it("refuses a file that is neither a workflow nor a node", async () =>
    assert.match(
      told(await resolve({ [main]: using("./x.txt") }))[0] ?? "",
      /^error EDDY_UNKNOWN_TYPE "\.\/x\.txt" is no node type/,
    ));
});
