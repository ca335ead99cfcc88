/** Compiles workflows of tests for their own tests, and runs those. */
import assert from "node:assert/strict";
import { type Compiler, createCompiler } from "../../../compiler/index.ts";
import { runTestsApart } from "../../../runtime/testing/apart.ts";
import type { TestOptions, TestResult, TestSubject } from "../../../runtime/testing/contract.ts";
import { runTests } from "../../../runtime/testing/run-tests.ts";

export interface Sources {
  readonly text: string;
  /** Other files, by their names beside it. */
  readonly files?: Readonly<Record<string, string>>;
  /** Where it stands; read from there where `files` is left out. */
  readonly file?: string;
}

export class TestedWorkflows {
  readonly #compiler: Compiler = createCompiler();

  async subject({ text, files = {}, file = "/flows/line.flow.yaml" }: Sources): Promise<TestSubject> {
    const read = async (path: string) => files[path.slice("/flows/".length)];
    const options = { file, text, read, target: "node", optimize: "basic", forTests: true } as const;
    const { artifact, workflows, problems } = await this.#compiler.compile(options);
    assert.ok(artifact, JSON.stringify(problems));
    return { artifact: artifact.bytes, workflows };
  }

  async run(sources: Sources, options?: TestOptions): Promise<readonly TestResult[]> {
    return runTests(await this.subject(sources), options);
  }

  async runApart(sources: Sources, options: TestOptions = {}): Promise<readonly TestResult[]> {
    const worker = new URL("../../../runtime/testing/worker.ts", import.meta.url);
    return runTestsApart(await this.subject(sources), { ...options, worker });
  }

  dispose(): Promise<void> {
    return this.#compiler.dispose();
  }
}
