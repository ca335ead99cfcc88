import assert from "node:assert/strict";
import type { ErrorPayload } from "../../runtime/engine/contract.ts";
import { createTestBench } from "./workflows.ts";

/** What compiled workflows promise, one by one, whatever the level of optimisation. */
for (const optimize of ["none", "basic", "aggressive"] as const) {
  describe(`a compiled workflow (${optimize})`, () => {
    const bench = createTestBench();
    const run = (text: string, options = {}) => bench.run(`eddy: 1\n${text}`, { optimize, ...options });

    after(() => bench.dispose());

    it("hands messages on, with id, time, topic and source as they were", async () => {
      const { deliver, pass, records, published } = await run(`
nodes:
  in: { type: source }
  class:
    type: filter
    from: in
    when: msg.payload.celsius > 8
  twice:
    type: map
    from: class
    payload: "{ twice: msg.payload.celsius * 2 }"
  out: { type: sink, from: twice }
`);
      deliver({ celsius: 9 });
      deliver({ celsius: 8 });
      await pass();
      assert.deepEqual(published(), [{ twice: 18 }]);
      // The sink took a moment.
      const [cold, hot] = records;
      assert.deepEqual(
        hot?.nodes.map(({ id }) => id),
        ["in", "class", "twice", "out"],
      );
      assert.deepEqual(
        cold?.nodes.map(({ id }) => id),
        ["in", "class"],
      );
      const messages = hot?.nodes.flatMap(({ output = [] }) => output.map(({ message }) => message)) ?? [];
      assert.equal(new Set(messages.map(({ id, time, topic }) => `${id} ${time} ${topic}`)).size, 1);
      assert.equal(hot?.trigger, "in");
      assert.equal(hot?.outcome, "ok");
    });

    it("goes depth first, in the written order of wires, and shares one message among them", async () => {
      const { deliver, records } = await run(`
nodes:
  in: { type: source }
  a1: { type: map, from: in, payload: '"a"' }
  b1: { type: map, from: in, payload: '"b"' }
  a2: { type: count, from: [a1, b1] }
  b2: { type: count, from: b1 }
`);
      deliver(1);
      assert.deepEqual(
        records[0]?.nodes.map(({ id }) => id),
        ["in", "a1", "a2", "b1", "b2"],
      );
      const [shared] = records[0]?.nodes ?? [];
      assert.equal(shared?.output?.length, 1);
    });

    it("acknowledges when an execution has ended and what it wrote is durable", async () => {
      const { deliver, pass, host } = await run(`
nodes:
  in: { type: source }
  slow: { type: wait, from: in, ms: "msg.payload" }
  n: { type: count, from: slow }
`);
      const delivery = deliver(500);
      await pass(499);
      assert.equal(delivery.acknowledged, false);
      const flushes = host.storage.flushes;
      await pass(1);
      assert.equal(delivery.acknowledged, true);
      assert.equal(host.storage.flushes, flushes + 1);
      assert.deepEqual(host.storage.contents(), { n: { count: 1 } });
    });

    it("acknowledges a failed execution too, and never one whose state could not be written", async () => {
      const { deliver, pass, host } = await run(`
nodes:
  in: { type: source }
  bad: { type: map, from: in, payload: msg.payload.a.b }
  out: { type: sink, from: bad }
`);
      const failed = deliver({});
      await pass();
      assert.equal(failed.acknowledged, true);
      host.storage.failure = new Error("disk full");
      const lost = deliver({ a: { b: 1 } });
      await pass();
      assert.equal(lost.acknowledged, false);
      assert.match(host.logs.at(-1)?.message ?? "", /State could not be written: disk full/);
    });

    it("sends an error by the node's error port, else by any.error, else into the log", async () => {
      const text = (handlers: string) => `
nodes:
  in: { type: source }
  bad:
    type: map
    from: in
    # A comment, which moves the lines.
    payload: |-
      msg.payload.a.b
  out: { type: sink, from: bad }
${handlers}`;
      const own = await run(
        text(`
  own: { type: sink, from: bad.error, topic: own }
  any: { type: sink, from: any.error, topic: any }`).replace("any:", "every:"),
      );
      own.deliver({ door: "open" });
      await own.pass();
      const [error] = own.published("own") as readonly ErrorPayload[];
      assert.equal(error?.node, "bad");
      assert.equal(error?.code, "TypeError");
      assert.match(error?.message ?? "", /Cannot read properties of undefined \(reading 'b'\)/);
      assert.equal(error?.stack?.split("\n")[0], "at bad (test.flow.yaml:10:21)");
      assert.deepEqual(own.published("any"), []);

      const any = await run(text(`  every: { type: sink, from: any.error, topic: any }`));
      any.deliver({});
      await any.pass();
      assert.equal((any.published("any")[0] as ErrorPayload).node, "bad");

      const none = await run(text(""));
      none.deliver({});
      await none.pass();
      const { level, node, message } = none.host.logs[0] ?? {};
      assert.deepEqual([level, node], ["error", "bad"]);
      assert.match(message ?? "", /reading 'b'.*test\.flow\.yaml:10/s);
      const { executions, errors, nodes } = none.workflow.counters();
      assert.deepEqual([executions, errors], [1, 1]);
      assert.equal(nodes.find(({ id }) => id === "bad")?.errors, 1);
      none.deliver({ a: { b: 1 } });
      await none.pass();
      assert.deepEqual(none.published(), [1]);
    });

    it("gives the failed message as the cause", async () => {
      const { deliver, pass, published } = await run(`
nodes:
  in: { type: source }
  bad: { type: map, from: in, payload: "null.x" }
  out: { type: sink, from: any.error, payload: "[msg.cause.payload, msg.topic]" }
  kept: { type: sink, from: bad }
`);
      deliver("failed");
      await pass();
      assert.deepEqual(published(), [["failed", "test"]]);
    });

    it("follows an error wire of a node that handles errors, and never loops", async () => {
      const { deliver, pass, published, host } = await run(`
nodes:
  in: { type: source }
  bad: { type: map, from: in, payload: "null.first" }
  worse: { type: map, from: any.error, payload: "null.second" }
  last: { type: sink, from: worse.error, topic: last, payload: msg.payload.message }
  out: { type: sink, from: [bad, worse] }
  slow: { type: wait, from: in, ms: 10, payload: "null.third" }
  again: { type: wait, from: slow.error, payload: "null.fourth" }
  onwards: { type: sink, from: [again, slow] }
`);
      deliver(1);
      await pass(100);
      assert.deepEqual(published("last"), ["Cannot read properties of null (reading 'second')"]);
      assert.deepEqual(
        host.logs.map(({ node }) => node),
        ["again"],
      );
    });

    it("keeps branches of a fan-out apart: one fails, the others go on", async () => {
      const { deliver, pass, published, workflow } = await run(`
nodes:
  in: { type: source }
  one: { type: map, from: in, payload: "null.x" }
  two: { type: map, from: in, payload: "msg.payload + 1" }
  three: { type: map, from: in, payload: "null.x" }
  four: { type: map, from: in, payload: "msg.payload + 3" }
  out: { type: sink, from: [one, two, three, four] }
`);
      deliver(1);
      await pass();
      assert.deepEqual(published(), [2, 4]);
      const errors = workflow.counters().nodes.filter((node) => node.errors > 0);
      assert.deepEqual(
        errors.map(({ id }) => id),
        ["one", "three"],
      );
    });

    it("does not let a failure further on back into a node that goes on", async () => {
      const { deliver, pass, published, workflow } = await run(`
nodes:
  in: { type: source }
  each: { type: split, from: in }
  inverse:
    type: map
    from: each
    payload: |-
      msg.payload === 0 ? null.x : 1 / msg.payload
  out: { type: sink, from: inverse }
  counted: { type: count, from: in }
  bad: { type: map, from: counted, payload: "null.x" }
  kept: { type: sink, from: bad }
`);
      deliver([1, 0, 2]);
      await pass();
      assert.deepEqual(published(), [1, 0.5]);
      const errors = Object.fromEntries(workflow.counters().nodes.map(({ id, errors }) => [id, errors]));
      assert.deepEqual([errors.each, errors.inverse, errors.counted, errors.bad], [0, 1, 0, 1]);
    });

    it("counts what nodes receive and emit, by port", async () => {
      const { deliver, pass, workflow } = await run(`
nodes:
  in: { type: source }
  hot: { type: filter, from: in, when: msg.payload > 8 }
  out: { type: sink, from: [hot, hot.rejected] }
`);
      for (const payload of [1, 9, 10]) deliver(payload);
      await pass();
      const counters = workflow.counters();
      assert.deepEqual(
        counters.nodes.map(({ id, received, emitted, ports }) => [id, received, emitted, ports]),
        [
          ["in", 0, 3, { out: 3 }],
          ["hot", 3, 3, { out: 2, rejected: 1 }],
          ["out", 3, 0, {}],
        ],
      );
      assert.equal(counters.executions, 3);
      assert.equal(counters.inFlight, 0);
    });

    it("starts a new execution that names its causes where a node had kept messages", async () => {
      const { deliver, pass, records, published } = await run(`
nodes:
  in: { type: source }
  hot: { type: filter, from: in, when: msg.payload > 8 }
  both: { type: keep, for: 5s, from: { hot: hot, cold: hot.rejected } }
  out: { type: sink, from: both }
`);
      const first = deliver(9);
      deliver(1);
      await pass();
      assert.equal(first.acknowledged, true);
      assert.equal(records.length, 2);
      await pass(5_000);
      assert.deepEqual(published(), [{ hot: 9, cold: 1 }]);
      const third = records[2];
      assert.equal(third?.trigger, "both");
      const ids = records.slice(0, 2).map(({ nodes }) => nodes[0]?.output?.[0]?.message.id);
      assert.deepEqual(third?.causes, ids);
    });

    it("reads and writes state, declared with an initial value", async () => {
      const text = `
state:
  total: { type: number, initial: 10 }
  shared: { type: number, initial: 5, scope: device }
nodes:
  in: { type: source }
  n: { type: count, from: in, into: total }
  s: { type: count, from: n, into: shared }
  now: { type: map, from: s, payload: "[state.total, state.shared, now()]" }
  before: { type: map, from: in, payload: "[state.total, state.shared]" }
  out: { type: sink, from: [now, before] }
`;
      const { deliver, pass, published, host } = await run(
        text.replace("  n:", "  n:").replace("from: [now", "from: [now"),
      );
      deliver(1);
      deliver(1);
      await pass();
      const time = host.clock.now();
      assert.deepEqual(published(), [
        [1, 1, time],
        [1, 1],
        [2, 2, time],
        [2, 2],
      ]);
      const { "state:": state, "device:": device } = host.storage.contents();
      assert.deepEqual([state, device], [{ total: 2 }, { shared: 2 }]);
    });

    it("sees env and secrets, and shows no secret", async () => {
      const options = { env: { SITE: "north" }, secrets: { PASSWORD: "hunter2" } };
      const { deliver, pass, published, host } = await run(
        `
env:
  SITE: {}
secrets:
  PASSWORD: {}
connections:
  plant:
    type: mqtt
    url: mqtt://\${env.SITE}:\${secrets.PASSWORD}@host
    password: \${secrets.PASSWORD}
nodes:
  in: { type: source, connection: plant }
  call: { type: wait, from: in, url: 'http://x/\${secrets.PASSWORD}', payload: "[env.SITE, result]" }
  out: { type: sink, from: call, connection: plant, topic: '\${env.SITE}' }
  leak: { type: sink, from: in, topic: leak, payload: '[secrets.PASSWORD, \`\${secrets.PASSWORD}\`]' }
`,
        options,
      );
      deliver(1);
      await pass();
      assert.deepEqual(published("north"), [["north", "[secret]"]]);
      assert.deepEqual(published("leak"), [["[secret]", "[secret]"]]);
      const [{ name, params } = assert.fail()] = host.connections;
      assert.equal(name, "plant");
      const { url, password } = params as Record<string, { reveal(): string }>;
      assert.equal(url?.reveal(), "mqtt://north:hunter2@host");
      assert.equal(password?.reveal(), "hunter2");
      assert.equal(JSON.stringify(params), '{"url":"[secret]","password":"[secret]"}');
    });

    it("injects into any node and tells what every node did", async () => {
      const { workflow, pass } = await run(`
nodes:
  in: { type: source }
  slow: { type: wait, from: in, ms: "100", payload: "msg.payload + 1" }
  both: { type: keep, from: { left: slow } }
  out: { type: sink, from: both }
`);
      const injected = workflow.inject("in", { payload: 1, topic: "by/hand" });
      await pass(100);
      const record = await injected;
      assert.equal(record.outcome, "ok");
      assert.deepEqual(
        record.nodes.map(({ id, ms, output }) => [
          id,
          ms,
          output?.map(({ port, message }) => [port, message.payload]),
        ]),
        [
          ["in", 0, [["out", 1]]],
          ["slow", 100, [["out", 2]]],
          ["both", 0, undefined],
        ],
      );
      const last = workflow.inject("both", { payload: 5 });
      assert.deepEqual(
        (await last).nodes.map(({ id }) => id),
        ["both"],
      );
      await assert.rejects(workflow.inject("nobody", { payload: 1 }), { code: "EDDY_UNKNOWN_NODE" });
      await workflow.stop(0);
      await assert.rejects(workflow.inject("in", { payload: 1 }), { code: "EDDY_NOT_RUNNING" });
    });

    it("shows every value to whoever watches, and records nothing where nobody does", async () => {
      const { workflow, deliver, host } = await run(`
nodes:
  in: { type: source }
  bad: { type: map, from: in, payload: "null.x" }
  out: { type: sink, from: bad }
`);
      const seen: string[] = [];
      const failing = workflow.observe({
        value: () => {
          throw new Error("looked away");
        },
      });
      const watching = workflow.observe({ value: (node, port) => void seen.push(`${node}.${port}`) });
      deliver(1);
      assert.deepEqual(seen, ["in.out", "bad.error"]);
      assert.match(host.logs[0]?.message ?? "", /observer failed: looked away/);
      watching.dispose();
      failing.dispose();
      deliver(1);
      assert.equal(seen.length, 2);
    });

    it("keeps to the settings of nodes and of the workflow", async () => {
      const { deliver, pass, published, workflow, host, records } = await run(`
settings:
  timeout: 2s
  queue: { limit: 2, overflow: drop-newest }
nodes:
  in: { type: source }
  slow: { type: wait, from: in, ms: "msg.payload", timeout: 500ms }
  many: { type: wait, from: in, ms: 100, concurrency: 3, ordered: false, queue: { limit: 1, overflow: spill } }
  long: { type: wait, from: in, ms: 5000, concurrency: 9 }
  out: { type: sink, from: slow }
  all: { type: sink, from: many, topic: all }
  late: { type: sink, from: [slow.error, long.error], topic: late, payload: "[msg.payload.node, msg.payload.message]" }
`);
      for (const payload of [900, 10, 11, 12, 13]) deliver(payload);
      assert.equal(Object.keys(host.storage.contents()["spill:many"] ?? {}).length, 1);
      await pass(100);
      assert.deepEqual(published("all"), [900, 10, 11]);
      await pass(400);
      assert.deepEqual(published("late"), [["slow", "It took longer than 500 ms."]]);
      await pass(1_500);
      assert.deepEqual(published(), [10, 11]);
      assert.deepEqual(published("all"), [900, 10, 11, 12, 13]);
      assert.equal(
        published("late").filter((one) => String(one) === "long,It took longer than 2000 ms.").length,
        5,
      );
      const { timeouts, dropped, inFlight } = workflow.counters();
      assert.deepEqual([timeouts, dropped, inFlight], [5, 2, 0]);
      assert.deepEqual(
        new Set(records.filter(({ trigger }) => trigger === "in").map(({ outcome }) => outcome)),
        new Set(["timeout"]),
      );
    });

    it("closes triggers first when it stops, and gives what is under way its time", async () => {
      const { deliver, pass, published, workflow, host } = await run(`
nodes:
  in: { type: source }
  slow: { type: wait, from: in, ms: "msg.payload", concurrency: 2 }
  out: { type: sink, from: slow }
`);
      const [quick, slow] = [deliver(100), deliver(9_000)];
      const stopped = workflow.stop(1_000);
      assert.deepEqual(host.broker("mqtt").subscriptions, []);
      await pass(1_000);
      await stopped;
      assert.deepEqual(published(), [100]);
      assert.deepEqual([quick.acknowledged, slow.acknowledged], [true, false]);
      await pass(60_000);
      assert.deepEqual(published(), [100]);
    });

    it("runs code that returns, emits, awaits, and chooses its port", async () => {
      const { deliver, pass, published } = await run(`
script: |
  import type { Missing } from "./missing.ts";
  enum Level { Low, High }
  function level(value: number): Level { return value > 5 ? Level.High : Level.Low; }
nodes:
  in: { type: source }
  code:
    type: code
    from: in
    outputs: { high: number, low: number }
    code: |
      // A comment, and a regular expression with a brace: /}/
      if (level(msg.payload) === Level.Low) {
        emit({ ...msg, payload: "low" } as Missing, "low");
        return;
      }
      await Promise.resolve();
      return { ...msg, payload: \`high \${msg.payload}\` };
  out: { type: sink, from: [code.high, code.low] }
`);
      deliver(9);
      deliver(1);
      await pass();
      assert.deepEqual(published(), ["high 9", "low"]);
    });
  });
}
