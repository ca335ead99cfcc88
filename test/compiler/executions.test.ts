import assert from "node:assert/strict";
import type { Message } from "../../runtime/engine/contract.ts";
import { createLibraryBench, createTestBench } from "./workflows.ts";

/** What `engine.md` says of executions and messages, a sentence a test, at every level. */
for (const optimize of ["none", "basic", "aggressive"] as const) {
  describe(`an execution of a compiled workflow (${optimize})`, () => {
    const bench = createTestBench();
    const library = createLibraryBench();
    const run = (text: string, options = {}) => bench.run(`eddy: 1\n${text}`, { optimize, ...options });
    const runLibrary = (text: string, options = {}) =>
      library.run(`eddy: 1\n${text}`, { optimize, ...options });

    after(async () => {
      await bench.dispose();
      await library.dispose();
    });

    it("has an id of its own and a start, and ends when no work for it is left", async () => {
      const { deliver, pass, records, workflow, host } = await run(`
nodes:
  in: { type: source }
  quick: { type: sink, from: in, topic: quick }
  slow: { type: wait, from: in, ms: msg.payload, concurrency: 2 }
  slower: { type: wait, from: slow, ms: msg.payload, concurrency: 2 }
  out: { type: sink, from: slower }
`);
      const start = host.clock.now();
      deliver(100);
      await pass(50);
      deliver(100);
      await pass(149);
      assert.deepEqual([records.length, workflow.counters().inFlight], [0, 2]);
      await pass(1);
      assert.deepEqual([records.length, workflow.counters().inFlight], [1, 1]);
      await pass(50);
      assert.deepEqual(
        records.map(({ trigger, started, ms }) => [trigger, started - start, ms]),
        [
          ["in", 0, 200],
          ["in", 50, 200],
        ],
      );
      assert.equal(new Set(records.map(({ id }) => id)).size, 2);
    });

    it("has its deadline from its start on, over all nodes together", async () => {
      const { deliver, pass, records, published, workflow } = await run(`
settings: { timeout: 1s }
nodes:
  in: { type: source }
  first: { type: wait, from: in, ms: "600" }
  second: { type: wait, from: first, ms: "600" }
  out: { type: sink, from: second }
  late: { type: sink, from: second.error, topic: late, payload: "[msg.payload.node, msg.payload.code]" }
`);
      deliver(1);
      await pass(1_000);
      assert.deepEqual(published("late"), [["second", "EDDY_TIMEOUT"]]);
      assert.deepEqual([records[0]?.outcome, records[0]?.ms], ["timeout", 1_000]);
      await pass(10_000);
      assert.deepEqual(published(), []);
      assert.equal(workflow.counters().timeouts, 1);
    });

    it("is acknowledged when it ends, also where one that began later ended before", async () => {
      const { deliver, pass } = await run(`
nodes:
  in: { type: source }
  slow: { type: wait, from: in, ms: msg.payload, concurrency: 2, ordered: false }
  out: { type: sink, from: slow }
`);
      const [long, short] = [deliver(200), deliver(100)];
      await pass(100);
      assert.deepEqual([long.acknowledged, short.acknowledged], [false, true]);
      await pass(100);
      assert.equal(long.acknowledged, true);
    });

    it("is acknowledged where its trigger's own message could not be read, with the error on its route", async () => {
      const { host, pass, published } = await runLibrary(`
nodes:
  in: { type: mqtt-in, topic: test, format: json }
  out: { type: mqtt-out, from: in, topic: out }
  wrong: { type: mqtt-out, from: in.error, topic: wrong, payload: msg.payload.node }
`);
      const delivery = host.broker("mqtt").deliver("test", "no JSON");
      await pass();
      assert.equal(delivery.acknowledged, true);
      assert.deepEqual([published(), published("wrong")], [[], ["in"]]);
    });

    it("ends at a node that holds messages; what that one held goes on after a restart, with its causes", async () => {
      const text = `
nodes:
  in: { type: mqtt-in, topic: test }
  later: { type: delay, from: in, for: 10s }
  out: { type: mqtt-out, from: later, topic: out }
`;
      const first = await runLibrary(text);
      const delivery = first.deliver(7);
      await first.pass();
      assert.equal(delivery.acknowledged, true);
      const [ended] = first.records;
      await first.workflow.stop(0);
      const second = await runLibrary(text, { host: first.host });
      await second.pass(10_000);
      assert.deepEqual(second.published(), [7]);
      const [resumed] = second.records;
      assert.equal(resumed?.trigger, "later");
      assert.deepEqual(resumed?.causes, [ended?.nodes[0]?.output?.[0]?.message.id]);
      assert.notEqual(resumed?.id, ended?.id);
    });

    it("may go in circles through a node that takes time", async () => {
      const { deliver, pass, published, records } = await run(`
nodes:
  in: { type: source }
  wait: { type: wait, from: [in, again], ms: "10", payload: msg.payload + 1 }
  done: { type: filter, from: wait, when: msg.payload >= 3 }
  again: { type: filter, from: done.rejected, when: "true" }
  out: { type: sink, from: done }
`);
      const delivery = deliver(0);
      await pass(29);
      assert.equal(delivery.acknowledged, false);
      await pass(1);
      assert.deepEqual(published(), [3]);
      assert.equal(delivery.acknowledged, true);
      assert.deepEqual([records.length, records[0]?.ms], [1, 30]);
    });

    it("comes together where wires do: one message for each wire, or one for all at a join", async () => {
      const { deliver, pass, published, records } = await runLibrary(`
nodes:
  in: { type: mqtt-in, topic: test }
  a: { type: map, from: in, payload: '"a"' }
  b: { type: map, from: in, payload: '"b"' }
  each: { type: mqtt-out, from: [b, a, in], topic: each }
  both: { type: join, from: { left: a, right: b }, within: 1s }
  out: { type: mqtt-out, from: both, topic: out }
`);
      deliver(0);
      await pass();
      assert.deepEqual(published("each"), ["a", "b", 0]);
      assert.deepEqual(published(), [{ left: "a", right: "b" }]);
      assert.deepEqual(
        records.map(({ trigger, causes }) => [trigger, causes?.length]),
        [
          ["both", 2],
          ["in", undefined],
        ],
      );
    });

    it("goes into and out of subflows by all their wires, in the order of the nodes that they lead to", async () => {
      const { deliver, host, workflow } = await runLibrary(
        `
nodes:
  first: { type: log, from: [sub.both, sub.low], text: "first \${msg.payload}" }
  in: { type: mqtt-in, topic: test }
  sub: { type: ./sub.flow.yaml, from: [in, in] }
  last: { type: log, from: [in, sub.low], text: "last \${msg.payload}" }
`,
        {
          files: {
            "/flows/sub.flow.yaml": `eddy: 1
inputs: { v: number }
outputs:
  both: { from: [high.out, high.rejected] }
  low: { from: high.rejected }
nodes:
  high: { type: filter, from: v, when: msg.payload > 5 }
  own: { type: log, from: high.rejected, text: "own \${msg.payload}" }
`,
          },
        },
      );
      for (const payload of [9, 1]) deliver(payload);
      const once = ["first 1", "first 1", "own 1", "last 1"];
      assert.deepEqual(
        host.logs.map(({ message }) => message),
        ["first 9", "first 9", "last 9", ...once, ...once, "last 1"],
      );
      const received = workflow.counters().nodes.map((node) => [node.id, node.received]);
      assert.deepEqual(Object.fromEntries(received), {
        first: 6,
        in: 0,
        "sub/high": 4,
        "sub/own": 2,
        last: 4,
      });
    });

    it("carries topic and source of its message on through nodes that make one of one", async () => {
      const { workflow } = await runLibrary(`
nodes:
  in: { type: inject }
  a: { type: filter, from: in, when: msg.payload }
  b: { type: map, from: a, payload: "{ b: msg.payload }" }
  c: { type: template, from: b, text: "[\${msg.payload.b}]" }
  d: { type: parse, from: c, format: json }
  e: { type: switch, from: d, cases: { yes: "true" } }
  f: { type: function, from: e.yes, code: "return { payload: msg.payload };" }
  each: { type: split, from: f }
  end: { type: log, from: each, text: x }
`);
      const { nodes } = await workflow.inject("in", { payload: 4, topic: "t", source: { file: 1 } });
      const messages = nodes.flatMap(({ output = [] }) => output.map(({ message }) => message));
      assert.equal(messages.length, 8);
      assert.equal(new Set(messages.map(({ id, time }) => `${id} ${time}`)).size, 1);
      assert.deepEqual(new Set(messages.map(({ topic }) => topic)), new Set(["t"]));
      assert.deepEqual(
        messages.map(({ source }) => source),
        [...Array.from({ length: 7 }, () => ({ file: 1 })), { file: 1, index: 0, count: 1 }],
      );
    });

    it("shares one message among all wires of a port", async () => {
      const { deliver, workflow } = await run(`
nodes:
  in: { type: source }
  a: { type: filter, from: in, when: msg.payload }
  b: { type: filter, from: [in, a], when: msg.payload }
  out: { type: sink, from: [a, b] }
`);
      const seen: Message[] = [];
      workflow.observe({ value: (_node, _port, message) => void seen.push(message) });
      deliver({ a: 1 });
      assert.equal(seen.length, 4);
      assert.equal(new Set(seen).size, 1);
    });

    it("has messages that nobody can change, where it is to be debugged", async () => {
      const { workflow } = await run(
        `
nodes:
  in: { type: source }
  bad: { type: map, from: in, payload: msg.payload.missing.x }
  kept: { type: keep, from: { one: in } }
  out: { type: sink, from: [bad, bad.error, kept] }
`,
      );
      const seen: Message[] = [];
      workflow.observe({ value: (_node, _port, message) => void seen.push(message) });
      await workflow.inject("in", { payload: { deep: [{ a: 1 }] }, source: { s: {} } });
      assert.deepEqual(
        seen.map(({ payload }) => Object.keys(Object(payload))),
        [["deep"], ["code", "message", "node", "stack"]],
      );
      const isFrozen = seen
        .flatMap((message) => [message, message.payload, message.source?.s])
        .map(Object.isFrozen);
      assert.deepEqual(new Set(isFrozen), new Set([optimize === "none"]));
    });

    it("is the same each time, on a clock that is not the world's", async () => {
      const once = async () => {
        const { pass, records, host, workflow } = await runLibrary(`
nodes:
  line: { type: simulate, signal: noise, every: 700ms }
  hot: { type: filter, from: line, when: msg.payload > 50 }
  window: { type: window, from: hot, size: 10s, compute: [mean] }
  late: { type: delay, from: window, for: 3s }
  out: { type: log, from: [late, hot.rejected] }
`);
        const started = performance.now();
        await pass(3_600_000);
        assert.ok(performance.now() - started < 60_000);
        await workflow.stop(0);
        return { records, logs: host.logs };
      };
      const first = await once();
      assert.ok(first.records.length > 5_000);
      assert.deepEqual(await once(), first);
    });
  });
}
