import assert from "node:assert/strict";
import type { Message } from "../../../runtime/engine/contract.ts";
import exec from "../../../runtime/nodes/exec.ts";
import { createNodeHarness, type HarnessOptions } from "../harness.ts";

type Params = Parameters<typeof exec.create>[1];

/** Runs this JavaScript in a program of its own. */
async function run(
  code: string,
  params: Partial<Params> = {},
  { payload, ...options }: HarnessOptions & { readonly payload?: unknown } = {},
) {
  const { args = [] } = params;
  const all = {
    command: process.execPath,
    payload: (_: Message, { stdout }: { readonly stdout: string }) => stdout,
    ...params,
    args: [() => "-e", () => code, () => "--", ...args],
  };
  const node = createNodeHarness(exec, all, options);
  node.send({ payload, topic: "t" });
  await node.settled();
  return node;
}

describe("exec", () => {
  it("hands on what the program prints", async () => {
    const node = await run("process.stdout.write('23 °C')");
    assert.deepEqual([node.payloads(), node.messages()[0]?.topic], [["23 °C"], "t"]);
  });

  it("hands arguments over as they are: there is no shell", async () => {
    const hostile = "; rm -rf / && $(id) `id` \"x\" 'y' *";
    const node = await run(
      "process.stdout.write(JSON.stringify(process.argv.slice(1)))",
      { args: [({ payload }) => `${payload}`, () => "--flag"] },
      { payload: hostile },
    );
    assert.deepEqual(JSON.parse(`${node.payloads()[0]}`), [hostile, "--flag"]);
  });

  it("hands data over as standard input", async () => {
    const node = await run(
      "process.stdin.pipe(process.stdout)",
      { stdin: ({ payload }) => payload },
      { payload: { a: 1 } },
    );
    assert.deepEqual(node.payloads(), ['{"a":1}']);
  });

  it("does not mind a program that does not read its input", async () => {
    const node = await run("process.exit()", { stdin: () => "x".repeat(1_000_000) });
    assert.deepEqual([node.payloads(), node.errors], [[""], []]);
  });

  it("has what it printed on both streams, and its exit code, for its payload", async () => {
    const node = await run("console.error('warn'); console.log('out')", {
      payload: ({ topic }, { stdout, stderr, code }) => [topic, stdout.trim(), stderr.trim(), code],
    });
    assert.deepEqual(node.payloads(), [["t", "out", "warn", 0]]);
  });

  it("sends an exit code other than 0 out by error, with what it said", async () => {
    const node = await run("console.error('no sensor'); process.exit(3)");
    assert.equal(node.errors[0]?.payload.code, "EDDY_EXIT_3");
    assert.match(node.errors[0]?.payload.message ?? "", /ended with 3: no sensor$/);
    assert.deepEqual(node.messages(), []);
  });

  it("says so where there is no such program", async () => {
    const node = await run("", { command: "eddy-no-such-program" });
    assert.equal(node.errors[0]?.payload.code, "EDDY_EXEC_MISSING");
  });

  it("does not take more output than memory should hold", async () => {
    const node = await run("const x = 'x'.repeat(65536); const go = () => process.stdout.write(x, go); go()");
    assert.equal(node.errors.length, 1);
    assert.match(node.errors[0]?.payload.message ?? "", /maxBuffer/);
  });

  it("ends a program that takes too long", async () => {
    const all = {
      command: process.execPath,
      args: [() => "-e", () => "setInterval(() => {}, 1000)"],
      payload: () => "never",
    };
    const node = createNodeHarness(exec, all, { settings: { timeout: 1000 } });
    node.send({});
    await node.clock.advance(1000);
    await node.settled();
    assert.equal(node.errors[0]?.payload.code, "EDDY_TIMEOUT");
    assert.deepEqual(node.messages(), []);
  });
});
