import assert from "node:assert/strict";
import { asynchronous } from "../../../runtime/engine/asynchronous.ts";
import type {
  AsynchronousNode,
  HoldingNode,
  Message,
  TriggerNode,
} from "../../../runtime/engine/contract.ts";
import type { WorkflowDefinition } from "../../../runtime/engine/definition.ts";
import { createEngine } from "../../../runtime/engine/engine.ts";
import { holding, trigger } from "../../../runtime/engine/nodes.ts";
import { createMemoryHost } from "../memory-host.ts";

/** A trigger that a test fires, a slow node, and one that keeps what it gets: enough to see starting and stopping. */
function workflow(
  options: {
    readonly definition?: Partial<WorkflowDefinition>;
    readonly takes?: number;
    readonly failing?: "open" | "node" | "close";
    readonly canPause?: boolean;
  } = {},
) {
  const host = createMemoryHost();
  const events: string[] = [];
  const acknowledged: unknown[] = [];
  let emit: (payload: unknown) => void = () => {};
  const fail = (where: string) => {
    events.push(where);
    if (options.failing === where) throw new Error(`${where} failed`);
  };
  const source: TriggerNode<Record<string, never>> = {
    timing: "trigger",
    create: (context, _, outputs) => ({
      open() {
        fail("open");
        emit = (payload) => {
          const message: Message = { id: context.newId(), time: context.clock.now(), payload };
          outputs.out?.(message, () => {
            acknowledged.push(payload);
            context.state.set("place", acknowledged.length);
          });
        };
      },
      close: () => fail("close"),
      ...(options.canPause === false
        ? {}
        : { pause: () => void events.push("pause"), resume: () => void events.push("resume") }),
    }),
  };
  const slow: AsynchronousNode<Record<string, never>> = {
    timing: "asynchronous",
    create: (context) => ({
      open: () => fail("node"),
      close: () => void events.push("node closed"),
      receive: (message, outputs) =>
        new Promise((resolve) => {
          context.clock.after(options.takes ?? 10, () => {
            outputs.out?.(message);
            resolve();
          });
        }),
    }),
  };
  const keep: HoldingNode<Record<string, never>> = {
    timing: "holding",
    create: (context) => ({
      restore: () => void events.push(`restore ${context.state.get("kept") ?? 0}`),
      receive: () => context.state.set("kept", Number(context.state.get("kept") ?? 0) + 1),
      close: () => void events.push("keep closed"),
    }),
  };
  const make = () => {
    const engine = createEngine(host, {
      id: "test",
      queue: { limit: 1000, overflow: "block" },
      nodes: [{ id: "source" }, { id: "slow" }, { id: "keep" }],
      ports: [
        { node: 0, name: "out", to: [1] },
        { node: 1, name: "out", to: [2] },
      ],
      ...options.definition,
    });
    const toKeep = holding(engine, 2, keep, {}, {});
    const toSlow = asynchronous(engine, 1, slow, {}, { out: toKeep });
    trigger(engine, 0, source, {}, { out: toSlow });
    return engine.workflow({ inputs: [toSlow, toSlow, toKeep] });
  };
  return { host, events, acknowledged, make, emit: (payload: unknown) => emit(payload) };
}

describe("starting and stopping", () => {
  it("opens nodes, restores, and opens triggers last; closes the other way round", async () => {
    const { make, events, host, emit } = workflow();
    const first = make();
    await first.start();
    emit(1);
    await host.clock.advance(10);
    await first.stop(0);
    const second = make();
    await second.start();
    await second.stop(0);
    assert.deepEqual(events, [
      ...["node", "restore 0", "open", "close", "keep closed", "node closed"],
      ...["node", "restore 1", "open", "close", "keep closed", "node closed"],
    ]);
  });

  it("drains what is under way, up to the deadline", async () => {
    const { make, host, emit, acknowledged } = workflow({ takes: 50 });
    const running = make();
    await running.start();
    emit("in time");
    let isStopped = false;
    const stopping = running.stop(100).then(() => {
      isStopped = true;
    });
    emit("too late to be taken");
    await host.clock.advance(49);
    assert.equal(isStopped, false);
    await host.clock.advance(1);
    await stopping;
    assert.deepEqual(acknowledged, ["in time"]);
    assert.equal(running.counters().dropped, 1);
  });

  it("makes durable what acknowledging writes, where it goes on after a restart", async () => {
    const { make, host, emit, acknowledged } = workflow();
    const acknowledgedAtFlush: number[] = [];
    host.storage.flush = () => {
      acknowledgedAtFlush.push(acknowledged.length);
      return new Promise((resolve) => setImmediate(resolve));
    };
    const running = make();
    await running.start();
    emit("one");
    const stopping = running.stop(100);
    await host.clock.advance(10);
    await stopping;
    assert.deepEqual(acknowledgedAtFlush, [0, 0, 1]);
  });

  it("gives up at the deadline what is not done, and does not acknowledge it", async () => {
    const { make, host, emit, acknowledged } = workflow({ takes: 500 });
    const running = make();
    await running.start();
    for (const payload of ["running", "waiting"]) emit(payload);
    const stopping = running.stop(100);
    await host.clock.advance(100);
    await stopping;
    assert.equal(running.counters().inFlight, 0);
    await host.clock.advance(1_000);
    assert.deepEqual(acknowledged, []);
    assert.deepEqual(host.storage.contents(), {});
  });

  it("ends an injection that is given up", async () => {
    const { make } = workflow({ takes: 500 });
    const running = make();
    await running.start();
    const injected = running.inject("source", { payload: 1 });
    await running.stop(0);
    assert.equal((await injected).outcome, "error");
  });

  for (const failing of ["node", "open"] as const) {
    it(`closes what was opened where starting fails (${failing})`, async () => {
      const { make, events } = workflow({ failing });
      await assert.rejects(make().start(), { message: `${failing} failed` });
      assert.deepEqual(events.slice(-3), ["close", "keep closed", "node closed"]);
    });
  }

  it("closes everything though one thing cannot be closed", async () => {
    const { make, events, host } = workflow({ failing: "close" });
    const running = make();
    await running.start();
    await running.stop(0);
    assert.deepEqual(events.slice(-2), ["keep closed", "node closed"]);
    assert.match(host.logs[0]?.message ?? "", /While stopping: close failed/);
  });

  it("pauses triggers while a queue is full, and resumes them when it is half empty", async () => {
    const definition = { queue: { limit: 4, overflow: "block" as const } };
    const { make, host, emit, events, acknowledged } = workflow({ definition });
    const running = make();
    await running.start();
    events.length = 0;
    for (let count = 1; count <= 6; count++) emit(count);
    assert.deepEqual(events, ["pause"]);
    await host.clock.advance(20);
    assert.deepEqual(events, ["pause"]);
    await host.clock.advance(10);
    assert.deepEqual(events, ["pause", "resume"]);
    await host.clock.advance(100);
    assert.deepEqual(acknowledged, [1, 2, 3, 4, 5, 6]);
    await running.stop(0);
  });

  it("takes nothing from a trigger that cannot pause while a queue is full", async () => {
    const definition = { queue: { limit: 2, overflow: "block" as const } };
    const { make, host, emit, acknowledged } = workflow({ definition, canPause: false });
    const running = make();
    await running.start();
    for (let count = 1; count <= 6; count++) emit(count);
    assert.equal(running.counters().dropped, 3);
    await host.clock.advance(100);
    assert.deepEqual(acknowledged, [1, 2, 3]);
    await running.stop(0);
  });

  it("ends an execution at its own deadline, whichever node it is in", async () => {
    const { make, host, emit, acknowledged } = workflow({ definition: { timeout: 15 }, takes: 10 });
    const running = make();
    await running.start();
    emit("in time");
    emit("while the first was at work");
    await host.clock.advance(50);
    assert.deepEqual(acknowledged, ["in time", "while the first was at work"]);
    const { timeouts, executions } = running.counters();
    assert.deepEqual([executions, timeouts], [2, 1]);
    assert.match(host.logs[0]?.message ?? "", /longer than 15 ms/);
    await running.stop(0);
  });
});
