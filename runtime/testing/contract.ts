/** What the tests of a workflow are run with, and what comes of them. */
import type { Range, Workflow } from "../../language/model.ts";

/** A compiled workflow and what its tests need to know of it. */
export interface TestSubject {
  /** Compiled with `forTests`; as it is for devices, mocks work for the node types that hosts have. */
  readonly artifact: Uint8Array;
  /**
   * The workflow's file under the empty name, and those of its subflows under the ids of their nodes with a slash behind
   * (`alarm/`, `alarm/inner/`).
   */
  readonly workflows: ReadonlyMap<string, Workflow>;
}

/** One thing that was not as a test expects. */
export interface TestFailure {
  /** A sentence for a person. */
  readonly message: string;
  /** Into the workflow's text: the expectation that does not hold, else the test's name. */
  readonly range: Range;
  /** What was expected, where something was, and what came instead, where something came. Text of several lines. */
  readonly expected?: string;
  readonly actual?: string;
}

/** What came of one test. */
export interface TestResult {
  /** Its place in the file's `tests:`. */
  readonly index: number;
  readonly name: string;
  readonly ok: boolean;
  /** Milliseconds of real time. */
  readonly ms: number;
  readonly failures: readonly TestFailure[];
  /** What the workflow wrote into its log. */
  readonly log: readonly string[];
}

/** How tests are run. */
export interface TestOptions {
  /** Which ones, by their places in `tests:`; all where it is left out. */
  readonly only?: readonly number[] | undefined;
  /** Milliseconds of real time after which a test is given up. Default: 5,000. */
  readonly patience?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Hears of each test before it runs, and of what came of it. */
  readonly onBegin?: ((index: number) => void) | undefined;
  readonly onResult?: ((result: TestResult) => void) | undefined;
}

/** Milliseconds that a test gets where nothing else is said. */
export const defaultPatience = 5_000;
