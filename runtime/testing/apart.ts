import { Worker } from "node:worker_threads";
import { duration } from "./compare.ts";
import { defaultPatience, type TestOptions, type TestResult, type TestSubject } from "./contract.ts";
import type { FromWorker, WorkerTask } from "./worker.ts";

export interface ApartOptions extends TestOptions {
  /** The module `runtime/testing/worker.ts`, as it is or bundled. */
  readonly worker: URL;
}

/** What starting a thread and evaluating the workflow may take on top of the first test, milliseconds. */
const startTime = 10_000;

/**
 * Runs tests in a thread of their own. One that blocks the thread is ended together with it and has failed; the others go
 * on in a new one. Rejects with the reason of an aborted `signal`.
 */
export async function runTestsApart(
  subject: TestSubject,
  options: ApartOptions,
): Promise<readonly TestResult[]> {
  const tests = subject.workflows.get("")?.tests ?? [];
  const results: TestResult[] = [];
  let left = [...tests.keys()].filter((index) => options.only?.includes(index) ?? true);
  const tell = (result: TestResult) => {
    results.push(result);
    left = left.filter((index) => index !== result.index);
    options.onResult?.(result);
  };
  while (left.length > 0) {
    options.signal?.throwIfAborted();
    const broken = await runSome(subject, left, options, tell);
    if (broken === undefined) break;
    const index = broken.index ?? left[0] ?? 0;
    const test = tests[index];
    if (!test) break;
    const failures = [{ message: broken.message, range: test.name.range }];
    tell({ index, name: test.name.value, ok: false, ms: broken.ms, failures, log: [] });
  }
  return results;
}

/** A thread that ended before its tests did, and the test that it was at. */
interface Broken {
  readonly index: number | undefined;
  readonly message: string;
  readonly ms: number;
}

function runSome(
  { artifact, workflows }: TestSubject,
  only: readonly number[],
  { worker: module, patience = defaultPatience, signal, onBegin }: ApartOptions,
  tell: (result: TestResult) => void,
): Promise<Broken | undefined> {
  const task: WorkerTask = { artifact, workflows, only, patience };
  const worker = new Worker(module, { workerData: task, env: {}, stdout: true, stderr: true });
  return new Promise<Broken | undefined>((resolve, reject) => {
    let at: number | undefined;
    let since = performance.now();
    let timer: NodeJS.Timeout | undefined;
    const broken = (message: string) => resolve({ index: at, message, ms: performance.now() - since });
    const watch = (milliseconds: number) => {
      clearTimeout(timer);
      since = performance.now();
      timer = setTimeout(() => {
        broken(
          `The test did not end within ${duration(patience)}: something in the workflow never returns. Is there a loop without an end?`,
        );
      }, milliseconds);
    };
    watch(startTime + patience);
    const stop = () => reject(signal?.reason);
    signal?.addEventListener("abort", stop, { once: true });
    worker.on("message", (message: FromWorker) => {
      if (message.kind === "end") return resolve(undefined);
      if (message.kind === "result") {
        tell(message.result);
        return watch(startTime + patience);
      }
      at = message.index;
      onBegin?.(message.index);
      // Longer than the thread waits by itself, so that it can tell more.
      return watch(patience + 1_000);
    });
    worker.on("error", (error) => broken(`The workflow ended the thread of its tests: ${error.message}`));
    worker.on("exit", () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
      broken("The test never ended: the workflow waits for something that does not come.");
    });
  }).finally(() => worker.terminate());
}
