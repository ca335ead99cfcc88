import assert from "node:assert/strict";
import join from "../../../runtime/nodes/join.ts";
import { createNodeHarness, type HarnessOptions } from "../harness.ts";
import { hostile, topic } from "./expressions.ts";

function start(params: Parameters<typeof join.create>[1] = {}, options: HarnessOptions = {}) {
  return createNodeHarness(join, params, {
    ports: ["out", "timeout"],
    inputs: ["temperature", "humidity"],
    ...options,
  });
}

describe("join", () => {
  it("puts one of each input together, by the names of the inputs and in their order", () => {
    const node = start();
    node.send({ payload: 40, topic: "h" }, "humidity");
    assert.deepEqual(node.emissions, []);
    node.send({ payload: 21, topic: "t" }, "temperature");
    assert.deepEqual(node.payloads(), [{ temperature: 21, humidity: 40 }]);
    assert.deepEqual(Object.keys(node.payloads()[0] as object), ["temperature", "humidity"]);
    assert.equal(node.messages()[0]?.topic, "t");
    assert.deepEqual(node.host.storage.contents(), {});
  });

  it("takes the newest of an input, and its topic where it came last", () => {
    const node = start({}, { inputs: ["a", "b", "c"] });
    node.send({ payload: 1, topic: "1" }, "a");
    node.send({ payload: 2, topic: "2" }, "b");
    node.send({ payload: 3, topic: "3" }, "a");
    node.send({ payload: 4, topic: "4" }, "c");
    assert.deepEqual(node.payloads(), [{ a: 3, b: 2, c: 4 }]);
    assert.equal(node.messages()[0]?.topic, "4");
  });

  it("gives up by timeout what is not complete in time", async () => {
    const node = start({ within: 1000 });
    node.send({ payload: 21 }, "temperature");
    await node.clock.advance(600);
    node.send({ payload: 22 }, "temperature");
    await node.clock.advance(400);
    assert.deepEqual(node.payloads("timeout"), [{ temperature: 22 }]);
    node.send({ payload: 40 }, "humidity");
    node.send({ payload: 23 }, "temperature");
    assert.deepEqual(node.payloads(), [{ temperature: 23, humidity: 40 }]);
    await node.clock.advance(10_000);
    assert.equal(node.emissions.length, 2);
  });

  it("is content with fewer at the end of the time", async () => {
    const node = start({ within: 1000, "at-least": 2 }, { inputs: ["a", "b", "c"] });
    node.send({ payload: 1 }, "a");
    node.send({ payload: 2 }, "b");
    assert.deepEqual(node.emissions, []);
    await node.clock.advance(1000);
    assert.deepEqual(node.payloads(), [{ a: 1, b: 2 }]);
    node.send({ payload: 3 }, "c");
    await node.clock.advance(1000);
    assert.deepEqual(node.payloads("timeout"), [{ c: 3 }]);
  });

  it("never waits for more inputs than there are", () => {
    const node = start({ within: 1000, "at-least": 9 });
    node.send({ payload: 1 }, "temperature");
    node.send({ payload: 2 }, "humidity");
    assert.deepEqual(node.payloads(), [{ temperature: 1, humidity: 2 }]);
  });

  it("joins what has the same key", async () => {
    const node = start({ by: topic, within: 1000 });
    node.send({ payload: 1, topic: "a" }, "temperature");
    node.send({ payload: 2, topic: "b" }, "humidity");
    node.send({ payload: 3, topic: "b" }, "temperature");
    assert.deepEqual(node.payloads(), [{ temperature: 3, humidity: 2 }]);
    await node.clock.advance(1000);
    assert.deepEqual(node.payloads("timeout"), [{ temperature: 1 }]);
  });

  it("goes on after a restart", async () => {
    const node = start({ within: 1000, by: topic });
    node.send({ payload: 1, topic: "a" }, "temperature");
    node.send({ payload: 2, topic: "b" }, "temperature");
    await node.clock.advance(700);
    await node.restart();
    node.send({ payload: 3, topic: "a" }, "humidity");
    assert.deepEqual(node.payloads(), [{ temperature: 1, humidity: 3 }]);
    await node.clock.advance(299);
    assert.deepEqual(node.payloads("timeout"), []);
    await node.clock.advance(1);
    assert.deepEqual(node.payloads("timeout"), [{ temperature: 2 }]);
    assert.deepEqual(node.host.storage.contents(), {});
  });

  it("forgets an input that is wired no more", async () => {
    const node = start({}, { inputs: ["temperature", "humidity", "pressure"] });
    node.send({ payload: 1 }, "temperature");
    node.send({ payload: 2 }, "pressure");
    await node.stop();
    const next = start({}, { host: node.host });
    await next.start();
    next.send({ payload: 3 }, "humidity");
    assert.deepEqual(next.payloads(), [{ temperature: 1, humidity: 3 }]);
    await next.stop();
  });

  it("refuses more keys than it can keep", () => {
    const node = start({ by: topic });
    for (let key = 0; key < 10_001; key++) node.send({ payload: 1, topic: `${key}` }, "temperature");
    assert.deepEqual(
      node.errors.map(({ payload }) => payload.code),
      ["EDDY_TOO_MUCH_KEPT"],
    );
  });

  it("is not led astray by the names of inputs", () => {
    const inputs = ["__proto__", "constructor"];
    const node = start({}, { inputs });
    for (const input of inputs) node.send({ payload: input }, input);
    const [payload] = node.payloads();
    assert.deepEqual(Object.entries(payload as object), [
      ["__proto__", "__proto__"],
      ["constructor", "constructor"],
    ]);
  });

  for (const [name, payload, survives] of hostile) {
    it(`keeps a payload: ${name}`, async () => {
      const node = start();
      node.send({ payload }, "temperature");
      await node.restart();
      node.send({ payload: 1 }, "humidity");
      if (survives) assert.deepEqual(node.payloads(), [{ temperature: payload, humidity: 1 }]);
      else assert.equal(node.errors[0]?.payload.code, "EDDY_NOT_STORABLE");
    });
  }
});
