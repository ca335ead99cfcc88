/** The thread that tests run in: an entry of its own. */
import { parentPort, workerData } from "node:worker_threads";
import { engineError } from "../engine/errors.ts";
import type { TestResult, TestSubject } from "./contract.ts";
import { runTests } from "./run-tests.ts";

/** What the thread is started with. */
export interface WorkerTask extends TestSubject {
  readonly only: readonly number[];
  readonly patience: number;
}

/** What it tells. */
export type FromWorker =
  | { readonly kind: "begin"; readonly index: number }
  | { readonly kind: "result"; readonly result: TestResult }
  | { readonly kind: "end" };

const task: WorkerTask = workerData;
const tell = (message: FromWorker) => parentPort?.postMessage(message);

// What scripts and own nodes could reach by themselves.
globalThis.fetch = async () => {
  throw engineError(
    "EDDY_TEST_OUTSIDE",
    "Tests reach nothing outside of the workflow, so there is no fetch.",
  );
};

await runTests(task, {
  only: task.only,
  patience: task.patience,
  onBegin: (index) => tell({ kind: "begin", index }),
  onResult: (result) => tell({ kind: "result", result }),
});
tell({ kind: "end" });
