import assert from "node:assert/strict";
import fc from "fast-check";
import type { NodeSettings } from "../../../language/model.ts";
import type { AsynchronousNode, ErrorMessage, Message } from "../../../runtime/engine/contract.ts";
import { createNodeHarness, type HarnessOptions } from "../harness.ts";

interface Job {
  readonly value: string;
  /** Milliseconds on the clock; done at once, without a promise, where left out. */
  readonly takes?: number;
  /** Fails this many times before it succeeds. */
  readonly fails?: number;
  /** Goes on after it was told to stop. */
  readonly isDeaf?: boolean;
  readonly emitsFirst?: boolean;
}

/** A node that works as its messages say, and tells what it was asked to do. */
function worker() {
  const started: string[] = [];
  const aborted: string[] = [];
  const failures = new Map<string, number>();
  let most = 0;
  let now = 0;
  const node: AsynchronousNode<Record<string, never>> = {
    timing: "asynchronous",
    create: (context) => ({
      receive(message, outputs, signal) {
        const job = message.payload as Job;
        started.push(job.value);
        most = Math.max(most, ++now);
        const emit = () => {
          if (job.emitsFirst && failures.has(job.value)) return;
          outputs.out?.({ ...message, payload: job.value });
        };
        const finish = () => {
          now--;
          const failed = failures.get(job.value) ?? 0;
          if (failed < (job.fails ?? 0)) {
            if (job.emitsFirst) emit();
            failures.set(job.value, failed + 1);
            throw Object.assign(new Error(`${job.value} failed`), { code: "E_TEST" });
          }
          emit();
        };
        if (job.takes === undefined) return finish();
        return new Promise<void>((resolve, reject) => {
          const timer = context.clock.after(job.takes ?? 0, () => {
            try {
              finish();
              resolve();
            } catch (error) {
              reject(error);
            }
          });
          signal.addEventListener("abort", () => {
            aborted.push(job.value);
            if (job.isDeaf) return;
            now--;
            timer.cancel();
            reject(signal.reason);
          });
        });
      },
    }),
  };
  return { node, started, aborted, most: () => most };
}

function bench(settings: NodeSettings = {}, options: HarnessOptions = {}) {
  const work = worker();
  const harness = createNodeHarness(work.node, {}, { settings, ...options });
  return { ...work, harness, send: (job: Job) => harness.send({ payload: job }) };
}

function jobOf(message: Message | undefined): string | undefined {
  return (message?.payload as Job | undefined)?.value;
}

describe("an asynchronous node's boundary", () => {
  it("does one message after the other, in order, and at once where nothing takes time", async () => {
    const { harness, send, started, most } = bench();
    send({ value: "a" });
    assert.deepEqual(harness.payloads(), ["a"]);
    send({ value: "b", takes: 20 });
    send({ value: "c", takes: 10 });
    send({ value: "d" });
    assert.deepEqual(started, ["a", "b"]);
    await harness.clock.advance(30);
    assert.deepEqual(harness.payloads(), ["a", "b", "c", "d"]);
    assert.equal(most(), 1);
    assert.equal(harness.counters().inFlight, 0);
  });

  it("keeps the order of messages with several in flight, errors included", async () => {
    const { harness, send, most } = bench({ concurrency: 3 });
    send({ value: "a", takes: 30 });
    send({ value: "b", takes: 10, fails: 1 });
    send({ value: "c", takes: 20 });
    send({ value: "d", takes: 1 });
    await harness.clock.advance(29);
    assert.equal(harness.emissions.length, 0);
    await harness.clock.advance(100);
    assert.deepEqual(
      harness.emissions.map(({ port, message }) => (port === "out" ? message.payload : port)),
      ["a", "error", "c", "d"],
    );
    assert.equal(most(), 3);
  });

  it("gives results as they come where order is of no account", async () => {
    const { harness, send } = bench({ concurrency: 3, ordered: false });
    send({ value: "a", takes: 30 });
    send({ value: "b", takes: 10 });
    send({ value: "c", takes: 20 });
    await harness.clock.advance(30);
    assert.deepEqual(harness.payloads(), ["b", "c", "a"]);
  });

  it("ends what takes too long, drops and counts what comes late", async () => {
    const { harness, send, aborted } = bench({ timeout: 50 });
    send({ value: "slow", takes: 60, isDeaf: true });
    send({ value: "next", takes: 10 });
    await harness.clock.advance(50);
    assert.deepEqual(aborted, ["slow"]);
    const [error] = harness.errors;
    assert.equal(error?.payload.code, "EDDY_TIMEOUT");
    assert.match(error?.payload.message ?? "", /longer than 50 ms/);
    assert.equal(jobOf(error?.cause), "slow");
    await harness.clock.advance(100);
    assert.deepEqual(harness.payloads(), ["next"]);
    const { timeouts, errors, dropped } = harness.counters();
    assert.deepEqual([timeouts, errors, dropped], [1, 0, 1]);
  });

  it("tries again, later each time, and gives up in the end", async () => {
    const { harness, send, started } = bench({ retry: { attempts: 3, backoff: 100 } });
    send({ value: "a", takes: 1, fails: 2 });
    await harness.clock.advance(1);
    assert.equal(started.length, 1);
    await harness.clock.advance(100);
    assert.equal(started.length, 2);
    await harness.clock.advance(199);
    assert.equal(started.length, 2);
    await harness.clock.advance(3);
    assert.deepEqual(harness.payloads(), ["a"]);
    send({ value: "b", fails: 9 });
    await harness.clock.advance(1_000);
    assert.equal(started.filter((value) => value === "b").length, 3);
    assert.equal(harness.errors[0]?.payload.code, "E_TEST");
  });

  it("times each attempt, and tries again after one that took too long", async () => {
    const { harness, send, started } = bench({ timeout: 50, retry: { attempts: 2, backoff: 10 } });
    send({ value: "a", takes: 60 });
    await harness.clock.advance(200);
    assert.deepEqual(started, ["a", "a"]);
    assert.equal(harness.errors.length, 1);
  });

  it("does not try again what has handed something on already", async () => {
    const { harness, send, started } = bench({ retry: { attempts: 5, backoff: 10 } });
    send({ value: "a", takes: 1, fails: 1, emitsFirst: true });
    await harness.clock.advance(100);
    assert.deepEqual(started, ["a"]);
    assert.deepEqual(
      harness.emissions.map(({ port }) => port),
      ["out", "error"],
    );
  });

  it("drops the oldest or the newest where its queue is full", async () => {
    const values = async (overflow: "drop-oldest" | "drop-newest") => {
      const { harness, send } = bench({ queue: { limit: 2, overflow } });
      for (const value of ["a", "b", "c", "d", "e"]) send({ value, takes: 1 });
      await harness.clock.advance(10);
      assert.equal(harness.counters().dropped, 2);
      assert.equal(harness.counters().inFlight, 0);
      return harness.payloads();
    };
    assert.deepEqual(await values("drop-oldest"), ["a", "d", "e"]);
    assert.deepEqual(await values("drop-newest"), ["a", "b", "c"]);
  });

  it("puts on disk what its queue cannot hold, in order, over a restart", async () => {
    const { harness, send, started } = bench({ queue: { limit: 1, overflow: "spill" } });
    await harness.start();
    for (const value of ["a", "b", "c", "d"]) send({ value, takes: 10 });
    assert.deepEqual(Object.keys(harness.host.storage.contents()["spill:node"] ?? {}), ["0", "1"]);
    // What lies on disk is not under way any more.
    assert.equal(harness.counters().inFlight, 2);
    await harness.clock.advance(20);
    assert.deepEqual(harness.payloads(), ["a", "b"]);
    assert.deepEqual(started, ["a", "b", "c"]);
    await harness.restart();
    assert.deepEqual(started, ["a", "b", "c", "c"]);
    await harness.clock.advance(20);
    assert.deepEqual(harness.payloads(), ["a", "b", "c", "d"]);
    assert.deepEqual(harness.host.storage.contents(), {});
    send({ value: "e" });
    assert.deepEqual(harness.payloads().at(-1), "e");
  });

  it("survives a message that cannot be put on disk", () => {
    const { harness } = bench({ queue: { limit: 1, overflow: "spill" } });
    const big = { value: "x", takes: 10 };
    for (let count = 0; count < 2; count++) harness.send({ payload: big });
    harness.send({ payload: { ...big, value: 10n } });
    assert.match(harness.errors[0]?.payload.message ?? "", /BigInt/);
  });

  it("loses and doubles nothing, whatever comes when", async () => {
    const job = fc.record({
      takes: fc.option(fc.integer({ min: 0, max: 30 }), { nil: undefined }),
      fails: fc.integer({ min: 0, max: 3 }),
      after: fc.integer({ min: 0, max: 20 }),
      isDeaf: fc.boolean(),
    });
    const settings = fc.record({
      concurrency: fc.integer({ min: 1, max: 4 }),
      ordered: fc.boolean(),
      timeout: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
      retry: fc.option(
        fc.record({ attempts: fc.integer({ min: 1, max: 3 }), backoff: fc.integer({ min: 1, max: 20 }) }),
        {
          nil: undefined,
        },
      ),
      queue: fc.record({
        limit: fc.integer({ min: 1, max: 5 }),
        overflow: fc.constantFrom(
          "block" as const,
          "drop-oldest" as const,
          "drop-newest" as const,
          "spill" as const,
        ),
      }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(job, { maxLength: 25 }),
        settings,
        async (jobs, { timeout, retry, ...rest }) => {
          const { harness, send, most } = bench({
            ...rest,
            ...(timeout === undefined ? {} : { timeout }),
            ...(retry === undefined ? {} : { retry }),
          });
          await harness.start();
          for (const [at, { after, takes, ...one }] of jobs.entries()) {
            send({ value: String(at), ...one, ...(takes === undefined ? {} : { takes }) });
            await harness.clock.advance(after);
          }
          await harness.clock.runUntil(() => false);
          const { inFlight, dropped, executions } = harness.counters();
          assert.equal(inFlight, 0);
          assert.ok(executions >= jobs.length);
          const ended = harness.emissions.map(({ port, message }) =>
            Number(port === "out" ? message.payload : jobOf((message as ErrorMessage).cause)),
          );
          assert.equal(new Set(ended).size, ended.length, "each message ends once");
          // A deaf one's late result is counted as dropped too.
          assert.ok(ended.length <= jobs.length && ended.length + dropped >= jobs.length);
          if (rest.ordered && rest.queue.overflow !== "drop-oldest") {
            assert.deepEqual(
              ended,
              ended.toSorted((a, b) => a - b),
            );
          }
          if (!jobs.some(({ isDeaf }) => isDeaf)) assert.ok(most() <= rest.concurrency);
        },
      ),
      { numRuns: 300 },
    );
  });
});
