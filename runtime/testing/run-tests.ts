import { evaluate } from "../agent/worker/evaluate.ts";
import { unpackArtifact } from "../protocol/artifact.ts";
import { defaultPatience, type TestOptions, type TestResult, type TestSubject } from "./contract.ts";
import { runTest } from "./run-test.ts";

/**
 * Runs the tests of a workflow in this thread, one after the other, each on virtual time and with nothing but its mocks
 * around it. The workflow's code runs here: `runTestsApart` keeps it away. Throws the reason of an aborted `signal`.
 */
export async function runTests(
  { artifact, workflows }: TestSubject,
  { only, patience = defaultPatience, signal, onBegin, onResult }: TestOptions = {},
): Promise<readonly TestResult[]> {
  const unpacked = unpackArtifact(artifact);
  const { id, version } = unpacked.manifest;
  const make = evaluate({ id, version, code: unpacked.code });
  const results: TestResult[] = [];
  for (const [index, test] of (workflows.get("")?.tests ?? []).entries()) {
    if (only && !only.includes(index)) continue;
    signal?.throwIfAborted();
    onBegin?.(index);
    const begun = performance.now();
    const result = await runTest(test, index, { artifact: unpacked, make, workflows, patience, signal });
    signal?.throwIfAborted();
    const timed = { ...result, ms: performance.now() - begun };
    results.push(timed);
    onResult?.(timed);
  }
  return results;
}
