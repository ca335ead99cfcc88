import assert from "node:assert/strict";
import functionNode from "../../../runtime/nodes/function.ts";
import { createNodeHarness, type HarnessOptions } from "../harness.ts";

type Params = Parameters<typeof functionNode.create>[1];

const start = (params: Params, options: HarnessOptions = {}) =>
  createNodeHarness(functionNode, params, options);

describe("function", () => {
  it("hands on what its code returns, with what it leaves out taken from the message", () => {
    const node = start({ code: () => ({ payload: 2 }) });
    const { id, time, source } = node.send({ payload: 1, topic: "t", source: { a: 1 } });
    assert.deepEqual(node.messages(), [{ id, time, topic: "t", payload: 2, source }]);
  });

  it("takes a topic and a source, a list, or nothing", () => {
    const node = start({ code: ({ payload }) => payload });
    node.send({ payload: { payload: 1, topic: "new", source: { b: 2 } }, topic: "old" });
    node.send({ payload: [{ payload: 2 }, { payload: undefined }] });
    node.send({ payload: undefined });
    node.send({ payload: null });
    node.send({ payload: [] });
    assert.deepEqual(node.payloads(), [1, 2, undefined]);
    assert.deepEqual([node.messages()[0]?.topic, node.messages()[0]?.source], ["new", { b: 2 }]);
  });

  it("emits as often as it likes, by any of its ports, and returns by the first", async () => {
    const code: Params["code"] = (message, emit) => {
      emit({ ...message, payload: "bad" }, "bad");
      emit({ ...message, payload: "good" });
      return { payload: "returned" };
    };
    for (const outputs of [["good", "bad"], { good: "string", bad: "string" }]) {
      const node = start({ code, outputs }, { ports: ["good", "bad"] });
      node.send({});
      await node.settled();
      assert.deepEqual(
        node.emissions.map(({ port, message }) => `${port} ${message.payload}`),
        ["bad bad", "good good", "good returned"],
      );
    }
  });

  it("may take its time, in order", async () => {
    const node = start({
      code: ({ payload }) =>
        new Promise((resolve) => node.clock.after(Number(payload), () => resolve({ payload }))),
    });
    for (const payload of [30, 10, 20]) node.send({ payload });
    await node.clock.advance(100);
    assert.deepEqual(node.payloads(), [30, 10, 20]);
  });

  it("sends what it throws out by error, whenever it does", async () => {
    const node = start({
      code: ({ payload }) => {
        const error = Object.assign(new Error("no"), { code: "E_TEST" });
        if (payload === "later") return Promise.reject(error);
        throw error;
      },
    });
    node.send({ payload: "now" });
    node.send({ payload: "later" });
    await node.settled();
    assert.deepEqual(
      node.errors.map(({ payload, cause }) => [payload.code, cause.payload]),
      [
        ["E_TEST", "now"],
        ["E_TEST", "later"],
      ],
    );
  });

  for (const wrong of ["text", 5, true, {}, { topic: "x" }, [1], Symbol("s"), () => 1]) {
    it(`refuses what is no message: ${String(wrong)}`, () => {
      const node = start({ code: () => wrong });
      node.send({});
      assert.equal(node.errors[0]?.payload.code, "EDDY_FUNCTION_MESSAGE");
    });
  }

  for (const port of ["other", "constructor", "__proto__", "error", ""]) {
    it(`has no output "${port}"`, () => {
      const node = start({ code: (message, emit) => emit(message, port) });
      node.send({});
      assert.equal(node.errors[0]?.payload.code, "EDDY_FUNCTION_OUTPUT");
      assert.deepEqual(node.messages(), []);
    });
  }

  it("runs code when the workflow starts and stops", async () => {
    const steps: string[] = [];
    const node = start({
      code: () => steps.push("message") && undefined,
      "on-start": async () => steps.push("start"),
      "on-stop": () => steps.push("stop"),
    });
    await node.start();
    node.send({});
    await node.stop();
    assert.deepEqual(steps, ["start", "message", "stop"]);
  });

  it("does not let the workflow start where its beginning fails, and lets it stop where its end does", async () => {
    const failing = () => Promise.reject(new Error("no"));
    await assert.rejects(start({ code: () => undefined, "on-start": failing }).start(), { message: "no" });
    const node = start({ code: () => undefined, "on-stop": failing });
    await node.start();
    await node.stop();
    assert.equal(node.errors[0]?.payload.message, "no");
  });

  it("is ended by its timeout", async () => {
    const node = start({ code: () => new Promise(() => {}) }, { settings: { timeout: 1000 } });
    node.send({});
    await node.clock.advance(1000);
    assert.equal(node.errors[0]?.payload.code, "EDDY_TIMEOUT");
  });
});
