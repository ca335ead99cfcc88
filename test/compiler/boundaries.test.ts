import assert from "node:assert/strict";
import { createTestBench } from "./workflows.ts";

/** What `engine.md` says of asynchronous nodes and the queues before them, a sentence a test, at every level. */
for (const optimize of ["none", "basic", "aggressive"] as const) {
  describe(`an asynchronous node of a compiled workflow (${optimize})`, () => {
    const bench = createTestBench();
    const run = (text: string, options = {}) => bench.run(`eddy: 1\n${text}`, { optimize, ...options });
    const slow = (settings: string) => `
nodes:
  in: { type: source }
  slow: { type: wait, from: in, ms: "100"${settings} }
  out: { type: sink, from: slow }
`;

    after(() => bench.dispose());

    it("does one after the other where nothing is said of it", async () => {
      const { deliver, pass, published } = await run(slow(""));
      for (const payload of [1, 2, 3]) deliver(payload);
      await pass(100);
      assert.deepEqual(published(), [1]);
      await pass(100);
      assert.deepEqual(published(), [1, 2]);
    });

    it("keeps order though later ones are ready before, unless it need not; never more at a time than is said", async () => {
      const text = (settings: string) => `
nodes:
  in: { type: source }
  slow: { type: wait, from: in, ms: msg.payload, concurrency: 3${settings} }
  out: { type: sink, from: slow }
`;
      for (const [settings, expected] of [
        ["", [300, 200, 100, 50]],
        [", ordered: true", [300, 200, 100, 50]],
        [", ordered: false", [100, 50, 200, 300]],
      ] as const) {
        const { deliver, pass, published } = await run(text(settings));
        for (const payload of [300, 200, 100, 50]) deliver(payload);
        // The fourth had to wait for the third, with which the place was free.
        await pass(99);
        assert.deepEqual(published(), []);
        await pass(1_000);
        assert.deepEqual(published(), expected, settings);
      }
    });

    /** Each policy, of the node itself or of the workflow. */
    for (const [place, text] of [
      ["node", (overflow: string) => slow(`, queue: { limit: 2, overflow: ${overflow} }`)],
      [
        "workflow",
        (overflow: string) => `settings: { queue: { limit: 2, overflow: ${overflow} } }${slow("")}`,
      ],
    ] as const) {
      it(`holds the trigger up while its queue is full: block, of the ${place}`, async () => {
        const { deliver, pass, published, host, workflow } = await run(text("block"));
        const deliveries = [1, 2, 3].map((payload) => deliver(payload));
        const told = () => host.logs.map(({ message }) => message);
        assert.deepEqual(told(), ["paused"]);
        await pass(200);
        assert.deepEqual(told(), ["paused", "resumed"]);
        await pass(1_000);
        assert.deepEqual(published(), [1, 2, 3]);
        assert.ok(deliveries.every(({ acknowledged }) => acknowledged));
        assert.equal(workflow.counters().dropped, 0);
      });

      for (const [overflow, left] of [
        ["drop-oldest", [1, 4, 5]],
        ["drop-newest", [1, 2, 3]],
      ] as const) {
        it(`lets messages go where its queue is full, and counts and acknowledges them: ${overflow}, of the ${place}`, async () => {
          const { deliver, pass, published, host, workflow } = await run(text(overflow));
          const deliveries = [1, 2, 3, 4, 5].map((payload) => deliver(payload));
          await pass();
          assert.equal(deliveries.filter(({ acknowledged }) => acknowledged).length, 2);
          await pass(1_000);
          assert.deepEqual(published(), left);
          assert.deepEqual(host.logs, []);
          const { dropped, inFlight } = workflow.counters();
          assert.deepEqual([dropped, inFlight], [2, 0]);
        });
      }

      it(`puts on disk what its queue has no room for, over a restart too: spill, of the ${place}`, async () => {
        const first = await run(text("spill"));
        const deliveries = [1, 2, 3, 4, 5].map((payload) => first.deliver(payload));
        await first.pass();
        // What is on disk is safe, so that its source may know.
        assert.deepEqual(
          deliveries.map(({ acknowledged }) => acknowledged),
          [false, false, false, true, true],
        );
        await first.pass(100);
        await first.workflow.stop(0);
        assert.deepEqual(first.published(), [1]);
        const second = await run(text("spill"), { host: first.host });
        await second.pass(1_000);
        assert.deepEqual(second.published(), [1, 4, 5]);
        assert.equal(second.workflow.counters().dropped, 0);
        assert.deepEqual(second.records.map(({ trigger, causes }) => [trigger, causes?.length]).slice(0, 1), [
          ["slow", 1],
        ]);
      });
    }

    it("is told to stop when its time is over; what it gives later is dropped and counted", async () => {
      const { deliver, pass, published, workflow } = await run(`
script: |
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => { open = resolve; });
nodes:
  in: { type: source }
  stuck: { type: code, from: in, timeout: 1s, code: "await gate; emit(msg); return msg;" }
  aborted: { type: wait, from: in, ms: "5000", timeout: 1s }
  out: { type: sink, from: [stuck, aborted] }
  late: { type: sink, from: [stuck.error, aborted.error], topic: late, payload: "[msg.payload.node, msg.payload.code, msg.cause.payload]" }
  other: { type: source, topic: open }
  opens: { type: code, from: other, code: open() }
`);
      const delivery = deliver(1);
      await pass(1_000);
      assert.deepEqual(published("late"), [
        ["stuck", "EDDY_TIMEOUT", 1],
        ["aborted", "EDDY_TIMEOUT", 1],
      ]);
      assert.equal(delivery.acknowledged, true);
      assert.equal(workflow.counters().dropped, 0);
      deliver(2, "open");
      await pass(10_000);
      assert.deepEqual(published(), []);
      const { dropped, inFlight } = workflow.counters();
      assert.deepEqual([dropped, inFlight], [2, 0]);
    });

    it("is tried again as often as is said, later each time, and then its error leaves", async () => {
      const { deliver, pass, published } = await run(`
script: |
  let tried = 0;
nodes:
  in: { type: source }
  flaky: { type: code, from: in, retry: { attempts: 3, backoff: 1s }, code: "if (++tried < msg.payload) throw new Error(\`no \${tried}\`); return { ...msg, payload: tried };" }
  out: { type: sink, from: flaky }
  failed: { type: sink, from: flaky.error, topic: failed, payload: msg.payload.message }
`);
      deliver(3);
      await pass(2_999);
      assert.deepEqual(published(), []);
      await pass(1);
      assert.deepEqual(published(), [3]);
      deliver(100);
      await pass(10_000);
      assert.deepEqual(published("failed"), ["no 6"]);
    });

    it("has its triggers closed first when the workflow stops, then drains, then writes", async () => {
      const { deliver, pass, published, workflow, host } = await run(`
nodes:
  in: { type: source }
  slow: { type: wait, from: in, ms: "500" }
  n: { type: count, from: slow }
  out: { type: sink, from: n }
`);
      const before = deliver("before");
      const stopped = workflow.stop(5_000);
      const after = deliver("after");
      const flushes = host.storage.flushes;
      await pass(500);
      await stopped;
      assert.deepEqual(published(), [1]);
      assert.deepEqual([before.acknowledged, after.acknowledged], [true, false]);
      assert.ok(host.storage.flushes > flushes);
      assert.deepEqual(host.storage.contents(), { n: { count: 1 } });
    });
  });
}
