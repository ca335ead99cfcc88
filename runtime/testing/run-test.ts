import type { ExpectedMessage, GivenMessage, Json, WorkflowTest } from "../../language/model.ts";
import { createVirtualClock, type VirtualClock } from "../engine/clock.ts";
import type { CompiledWorkflow, InjectedMessage, WorkflowFactory } from "../engine/contract.ts";
import { messageOf } from "../engine/errors.ts";
import { isObject } from "../nodes/support/stored.ts";
import type { Artifact } from "../protocol/artifact.ts";
import { type Comparison, compare, duration } from "./compare.ts";
import type { TestFailure, TestResult, TestSubject } from "./contract.ts";
import { nodesFor, outputsFor } from "./ends.ts";
import { createTestHost, type Unhandled } from "./host.ts";
import { type Happening, plain } from "./recording.ts";

export interface TestRun {
  readonly artifact: Artifact;
  readonly make: WorkflowFactory;
  readonly workflows: TestSubject["workflows"];
  readonly patience: number;
  readonly signal: AbortSignal | undefined;
}

/** How far virtual time goes on for what is expected at no certain time, milliseconds. */
const farthest = 86_400_000;
/** What real work that a workflow awaits gets at the end, milliseconds. */
const grace = 200;
/** Lines of a test's log. */
const mostLines = 1_000;
/** Of all nodes together; what comes later is not compared, and was told to be too much before. */
const mostHappenings = 10_000;

/** Runs one test, each with a workflow and a host of its own. Whatever happens becomes part of the result. */
export async function runTest(
  test: WorkflowTest,
  index: number,
  run: TestRun,
): Promise<Omit<TestResult, "ms">> {
  const one = new OneTest(test, run);
  try {
    await one.run();
  } catch (error) {
    one.fail(messageOf(error));
  }
  const failures = one.failures();
  return { index, name: test.name.value, ok: failures.length === 0, failures, log: one.log };
}

class OneTest {
  readonly log: string[] = [];
  readonly #test: WorkflowTest;
  readonly #run: TestRun;
  readonly #clock: VirtualClock = createVirtualClock();
  readonly #begun = this.#clock.now();
  readonly #until: number;
  readonly #giveUpAt: number;
  readonly #happenings: Happening[] = [];
  readonly #unhandled: Unhandled[] = [];
  readonly #missingMocks = new Set<string>();
  readonly #failures: TestFailure[] = [];
  #unfinished = 0;

  constructor(test: WorkflowTest, run: TestRun) {
    this.#test = test;
    this.#run = run;
    this.#until = Math.max(0, ...[...test.given, ...test.expect].map(({ at = 0 }) => at));
    this.#giveUpAt = performance.now() + run.patience;
  }

  fail(message: string, range = this.#test.name.range): void {
    this.#failures.push({ message, range });
  }

  async run(): Promise<void> {
    const { artifact, make } = this.#run;
    const record = (one: Omit<Happening, "at">) => this.#record(one);
    const host = createTestHost({
      artifact,
      clock: this.#clock,
      mocks: this.#test.mocks,
      record,
      onLog: ({ level, node, message }) => {
        if (this.log.length < mostLines)
          this.log.push(
            `${duration(this.#passed)} ${level} ${node === undefined ? "" : `${node}: `}${message}`,
          );
      },
      onUnhandled: (failure) => this.#unhandled.push(failure),
      onMissingMock: (node) => this.#missingMocks.add(node),
    });
    this.#checkMocks();
    const workflow = make(host);
    workflow.observe({
      value: (node, port, { topic, payload, source }) =>
        record({ node, kind: { port }, message: { topic, payload, source } }),
    });
    await workflow.start();
    try {
      await this.#give(workflow);
      await this.#passTo(this.#until);
      await this.#passUntilAllCame();
      await settled(workflow);
      this.#unfinished = workflow.counters().inFlight;
    } finally {
      await workflow.stop(0);
    }
  }

  failures(): readonly TestFailure[] {
    const { name } = this.#test;
    const expectsErrorOf = (node: string) =>
      this.#test.expect.some(
        (one) => one.port === "error" && this.#outputs(one).some((out) => out.node === node),
      );
    const missing = [...this.#missingMocks].map((node) => ({
      message: `"${node}" asks the outside, and the test does not say what it gets: add { node: ${node}, result: … } to mocks.`,
      range: name.range,
    }));
    const unhandled = this.#unhandled
      .filter(({ node }) => !this.#missingMocks.has(node) && !expectsErrorOf(node))
      .map(({ node, text }) => ({ message: `"${node}" failed: ${text}`, range: name.range }));
    const differences = this.#comparisons().flatMap(compare);
    const { length } = differences;
    const hint =
      length > 0 && this.#unfinished > 0
        ? [
            {
              message: "When the test ended, something was still under way in the workflow.",
              range: name.range,
            },
          ]
        : [];
    return [...this.#failures, ...missing, ...unhandled.slice(0, 10), ...differences, ...hint];
  }

  get #passed(): number {
    return this.#clock.now() - this.#begun;
  }

  #record({ node, kind, message }: Omit<Happening, "at">): void {
    if (this.#happenings.length < mostHappenings)
      this.#happenings.push({ at: this.#passed, node, kind, message: plainMap(message) });
  }

  #checkMocks(): void {
    const known = new Set(this.#run.artifact.manifest.nodes.map(({ id }) => id));
    for (const { node, range } of this.#test.mocks) {
      if (!known.has(node)) this.fail(`There is no node "${node}" in the compiled workflow to mock.`, range);
    }
  }

  async #give(workflow: CompiledWorkflow): Promise<void> {
    for (const given of this.#test.given.toSorted((a, b) => a.at - b.at)) {
      await this.#passTo(given.at);
      const message = this.#injected(given);
      if (!message) continue;
      const nodes = nodesFor(given.node, this.#run.workflows);
      if (nodes.length === 0) this.fail(`Nothing takes messages of "${given.node}".`, given.range);
      // Not awaited: it may take virtual time until the execution has ended.
      for (const node of nodes)
        workflow.inject(node, message).catch((error: unknown) => this.fail(messageOf(error), given.range));
    }
  }

  #injected({ node, message, range }: GivenMessage): InjectedMessage | undefined {
    if (
      !isJsonMap(message) ||
      Object.keys(message).some((key) => !["payload", "topic", "source"].includes(key))
    ) {
      this.fail(`The message for "${node}" is a map with payload, topic and source.`, range);
      return undefined;
    }
    const { payload = null, topic, source } = message;
    const isRequest = this.#run.artifact.manifest.nodes.find(({ id }) => id === node)?.type === "http-in";
    const request = isRequest
      ? { request: `request-${this.#happenings.length}-${range.start}`, params: {}, query: {}, headers: {} }
      : {};
    const given = isJsonMap(source ?? null) ? Object(source) : {};
    return {
      payload,
      ...(typeof topic === "string" ? { topic } : {}),
      ...(source === undefined && !isRequest ? {} : { source: { ...request, ...given } }),
    };
  }

  /** From timer to timer, so that a workflow without rest can be given up. */
  async #passTo(at: number): Promise<void> {
    const end = this.#begun + at;
    await this.#clock.runUntil(() => this.#givesUp() || (this.#clock.next ?? Infinity) > end);
    this.#checkPatience();
    await this.#clock.advance(Math.max(0, end - this.#clock.now()));
  }

  /** On to what is expected without a time. */
  async #passUntilAllCame(): Promise<void> {
    const open = this.#test.expect.filter(({ at }) => at === undefined);
    if (open.length === 0) return;
    const end = this.#begun + this.#until + farthest;
    const hasCome = () =>
      open.every((one) => {
        const key = this.#keyOf(one);
        const wanted = this.#test.expect.filter((other) => this.#keyOf(other) === key).length;
        return this.#of(one).length >= wanted;
      });
    await this.#clock.runUntil(
      () =>
        hasCome() ||
        this.#happenings.length >= mostHappenings ||
        this.#givesUp() ||
        (this.#clock.next ?? Infinity) > end,
    );
    this.#run.signal?.throwIfAborted();
  }

  #givesUp(): boolean {
    return performance.now() > this.#giveUpAt || this.#run.signal?.aborted === true;
  }

  #checkPatience(): void {
    this.#run.signal?.throwIfAborted();
    if (!this.#givesUp()) return;
    const seconds = duration(this.#run.patience);
    throw new Error(
      `The test did not end within ${seconds}: at ${duration(this.#passed)} of its time the workflow still had work. Is there a loop, or a timer that is too quick?`,
    );
  }

  #outputs({ node, port = "out" }: ExpectedMessage) {
    return outputsFor(node, port, this.#run.workflows);
  }

  /** What came of the output that is meant. */
  #of(one: ExpectedMessage): readonly Happening[] {
    const ends = this.#outputs(one);
    const { manifest } = this.#run.artifact;
    const isEnd = (node: string) => endTypes.has(manifest.nodes.find(({ id }) => id === node)?.type ?? "");
    return this.#happenings.filter(({ node, kind }) => {
      if (one.request !== undefined) return kind === "request" && node === one.node;
      if (kind === "request") return false;
      return ends.some(
        (end) =>
          end.node === node && (kind === "done" ? end.port === "out" && isEnd(node) : kind.port === end.port),
      );
    });
  }

  #keyOf({ node, port = "out", request }: ExpectedMessage): string {
    if (request !== undefined) return `what "${node}" asks for`;
    return port === "out" ? node : `${node}.${port}`;
  }

  #comparisons(): readonly Comparison[] {
    const { expect, name } = this.#test;
    const groups = Map.groupBy(expect, (one) => this.#keyOf(one));
    const compared = [...groups].flatMap(([subject, expected]): readonly Comparison[] => {
      const [first] = expected;
      return first ? [{ subject, expected, actual: this.#of(first), range: name.range }] : [];
    });
    if (expect.length > 0) return compared;
    // Where nothing is expected, nothing may be done.
    const done = this.#happenings.filter(({ kind }) => typeof kind === "string");
    return [...Map.groupBy(done, ({ node }) => node)].map(([subject, actual]) => ({
      subject,
      expected: [],
      actual,
      range: name.range,
    }));
  }
}

/** What is done by these is what a test expects of them: nothing leaves them. */
const endTypes: ReadonlySet<string> = new Set(["file-out", "http-response", "log", "mqtt-out"]);

function plainMap(message: Happening["message"]): Happening["message"] {
  const value = plain(message);
  return isObject(value) ? value : {};
}

function isJsonMap(value: Json): value is { readonly [key: string]: Json } {
  return isObject(value);
}

/** Real work that the workflow awaits takes real time. */
async function settled(workflow: CompiledWorkflow): Promise<void> {
  const end = performance.now() + grace;
  while (workflow.counters().inFlight > 0 && performance.now() < end)
    await new Promise((resolve) => setImmediate(resolve));
}
