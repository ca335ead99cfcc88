import {
  type CompileOptions,
  type CompileResult,
  type Compiler,
  createCompiler,
  type Optimize,
} from "../../compiler/index.ts";
import type { TypeScriptModule } from "../../language/index.ts";
import type {
  CompiledWorkflow,
  ExecutionRecord,
  Host,
  WorkflowFactory,
} from "../../runtime/engine/contract.ts";
import { builtinCatalog } from "../../runtime/nodes/catalog.ts";
import { type Manifest, unpackArtifact } from "../../runtime/protocol/artifact.ts";
import { createLocator } from "../../runtime/protocol/locate.ts";
import { createMemoryHost, type MemoryHost, type MemoryHostOptions } from "../runtime/memory-host.ts";
import { createTestRuntime, testNodes, testTemplate } from "./nodes.ts";

/** Compiles and runs workflows of the test's node types, in memory and on virtual time. */
export interface TestBench {
  readonly compiler: Compiler;
  compile(text: string, options?: TextOptions): Promise<CompileResult>;
  /** Compiles, which must succeed, and starts. */
  run(text: string, options?: RunOptions): Promise<RunningWorkflow>;
  dispose(): Promise<void>;
}

export interface TextOptions extends Partial<Pick<CompileOptions, "target" | "standalone" | "signal">> {
  readonly optimize?: Optimize;
  /** Other files, by absolute path. The workflow is `/flows/test.flow.yaml`. */
  readonly files?: Readonly<Record<string, string>>;
  readonly file?: string;
}

export interface RunOptions extends TextOptions, MemoryHostOptions {
  /** Goes on with what another run left. */
  readonly host?: MemoryHost;
}

export interface RunningWorkflow {
  readonly host: MemoryHost;
  readonly workflow: CompiledWorkflow;
  readonly manifest: Manifest;
  /** Every execution since the start. */
  readonly records: readonly ExecutionRecord[];
  /** What sinks published, payloads by topic. */
  published(topic?: string): readonly unknown[];
  /** Delivers a payload to the trigger. Tells whether it was acknowledged. */
  deliver(payload: unknown, topic?: string): { readonly acknowledged: boolean };
  /** Lets promises come to rest, and moves the clock by `ms`. */
  pass(ms?: number): Promise<void>;
}

/** With node types that are small enough to see through. */
export function createTestBench(): TestBench {
  const runtime = createTestRuntime();
  const compiler = createCompiler({
    catalog: testNodes,
    template: testTemplate,
    runtimeDirectory: runtime.directory,
    typescript,
  });
  return benchOf(compiler, () => runtime.dispose());
}

/** With the node types that everybody has. */
export function createLibraryBench(): TestBench {
  return benchOf(createCompiler({ catalog: builtinCatalog, typescript }), () => {});
}

async function typescript(): Promise<TypeScriptModule> {
  return (await import("typescript")).default;
}

function benchOf(compiler: Compiler, whenDone: () => void): TestBench {
  const bench: TestBench = {
    compiler,
    compile: (text, { files = {}, ...options } = {}) =>
      compiler.compile({
        file: "/flows/test.flow.yaml",
        optimize: "basic",
        target: "node",
        ...options,
        text,
        read: async (path) => files[path],
      }),
    async run(text, options = {}) {
      const { artifact, problems } = await bench.compile(text, options);
      if (!artifact)
        throw new Error(`It does not compile: ${problems.map(({ message }) => message).join(" ")}`);
      return start(artifact.bytes, options);
    },
    async dispose() {
      await compiler.dispose();
      whenDone();
    },
  };
  return bench;
}

async function start(bytes: Uint8Array, options: RunOptions): Promise<RunningWorkflow> {
  const { code, map, manifest } = unpackArtifact(bytes);
  const host = options.host ?? createMemoryHost(options);
  const factory = evaluate(code);
  const located: Host = { ...host, locate: createLocator({ manifest, ...(map ? { map } : {}) }) };
  const workflow = factory(located);
  const records: ExecutionRecord[] = [];
  workflow.observe({ execution: (record) => void records.push(record) });
  await workflow.start();
  // That of the triggers, where there are several.
  const [first = ""] = host.connections.filter(({ type }) => type === "mqtt").map(({ name }) => name);
  return {
    host,
    workflow,
    manifest,
    records,
    published: (topic = "out") =>
      host
        .broker(first)
        .published.filter((one) => one.topic === topic)
        .map(({ text }) => dataOf(text)),
    deliver: (payload, topic = "test") => host.broker(first).deliver(topic, JSON.stringify(payload)),
    pass: (ms = 0) => host.clock.advance(ms),
  };
}

function dataOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** As an agent does it. */
export function evaluate(code: string): WorkflowFactory {
  return new Function(
    "host",
    `${code}\n//# sourceURL=eddy-workflow:///test/1/workflow.js`,
  ) as WorkflowFactory;
}
