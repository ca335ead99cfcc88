import assert from "node:assert/strict";
import { createVirtualClock, runWorkflow } from "../../../runtime/index.ts";
import { createTestCompiler, refused, startDevice, type TestCompiler } from "./device.ts";

const text = `eddy: 1
name: Failing

script: |
  function check(value: number): number {
    if (value > 10)
      throw new RangeError(value + " is too much");
    return value;
  }

env: { LIMIT: { type: number, default: 10 }, SITE: {} }
secrets: { TOKEN: {} }
nodes:
  in: { type: inject }

  work:
    type: map
    from: in
    payload: check(msg.payload)
  out: { type: log, from: work }
`;

describe("a workflow of an artifact", function () {
  this.timeout(60_000);
  let compiler: TestCompiler;
  before(() => {
    compiler = createTestCompiler();
  });
  after(() => compiler[Symbol.asyncDispose]());

  const places = /^at work \(failing\.flow\.yaml:(7|19):\d+\)/;

  it("runs without an agent, on any clock, and tells where it failed", async () => {
    const { bytes } = await compiler.compile("failing", text);
    assert.throws(() => runWorkflow(bytes), refused("EDDY_MISSING_VALUES", /"SITE", "TOKEN"/));
    const lines: string[] = [];
    await using running = runWorkflow(bytes, {
      env: { SITE: "a" },
      secrets: { TOKEN: "is too much" },
      clock: createVirtualClock(),
      log: ({ message }) => lines.push(message),
    });
    await running.start();
    const well = await running.workflow.inject("in", { payload: 7 });
    assert.equal(well.outcome, "ok");
    const { outcome, nodes } = await running.workflow.inject("in", { payload: 11 });
    assert.equal(outcome, "error");
    const error = nodes.find(({ id }) => id === "work")?.error;
    assert.match(error?.stack ?? "", places);
    assert.match(error?.stack ?? "", /failing\.flow\.yaml:7/);
    assert.ok(
      lines.some((line) => line.includes("11 [secret]")),
      lines.join("\n"),
    );
  });

  it("tells the same on a device", async () => {
    await using device = await startDevice();
    await device.client.request("config/set", { env: { SITE: "a" }, secrets: { TOKEN: "x" } });
    await device.deploy(await compiler.compile("failing", text));
    const { nodes } = await device.client.request("workflow/inject", {
      id: "failing",
      node: "in",
      message: { payload: 11 },
    });
    const error = nodes.find(({ id }) => id === "work")?.error;
    assert.match(error?.stack ?? "", places);
    assert.match(error?.stack ?? "", /failing\.flow\.yaml:7/);
    const record = (await device.logs("failing")).find(({ level }) => level === "error");
    assert.match(record?.message ?? "", /11 is too much/);
    await device.restart();
    const again = await device.client.request("workflow/inject", {
      id: "failing",
      node: "in",
      message: { payload: 11 },
    });
    assert.equal(again.nodes.find(({ id }) => id === "work")?.error?.stack, error?.stack);
  });
});
