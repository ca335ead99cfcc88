// The language server as VS Code starts it: how long diagnostics and completion take after a keystroke in workflows of 100
// and of 1,000 nodes, and how much memory it takes with 50 workflows open. Prints p50 and p95, and fails where p50 or the
// memory is above its limit. Build first. Run: node bench/language-server.ts
import { spawn } from "node:child_process";
import { join } from "node:path";
import {
  CompletionRequest,
  createProtocolConnection,
  DidChangeTextDocumentNotification,
  DidOpenTextDocumentNotification,
  InitializedNotification,
  InitializeRequest,
  PublishDiagnosticsNotification,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageserver-protocol/node.js";
import { median, percentile } from "./support/statistics.ts";
import { residentMemory } from "./support/usage.ts";

const bundle = join(import.meta.dirname, "..", "dist", "language-server.cjs");

/** A server of its own process, with what it told last of each document. */
class Session implements AsyncDisposable {
  readonly #server = spawn(process.execPath, ["--max-old-space-size=1536", bundle, "--stdio"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  readonly client = createProtocolConnection(
    new StreamMessageReader(this.#server.stdout),
    new StreamMessageWriter(this.#server.stdin),
  );
  readonly #told = new Map<string, number>();
  #look = () => {};

  async start(): Promise<this> {
    this.client.onNotification(PublishDiagnosticsNotification.type, ({ uri, version = 0 }) => {
      this.#told.set(uri, version);
      this.#look();
    });
    this.client.listen();
    const about = { processId: process.pid, rootUri: null, capabilities: {}, workspaceFolders: [] };
    await this.client.sendRequest(InitializeRequest.type, about);
    await this.client.sendNotification(InitializedNotification.type, {});
    return this;
  }

  async open(uri: string, text: string): Promise<void> {
    await this.client.sendNotification(DidOpenTextDocumentNotification.type, {
      textDocument: { uri, languageId: "eddy-flow", version: 1, text },
    });
    await this.told(uri, 1);
  }

  /** Resolves when the server has told what is wrong with a version. */
  told(uri: string, version: number): Promise<void> {
    return new Promise((resolve) => {
      this.#look = () => {
        if ((this.#told.get(uri) ?? 0) >= version) resolve();
      };
      this.#look();
    });
  }

  /** Megabytes; undefined where the system does not tell. */
  memory(): number | undefined {
    const { pid } = this.#server;
    const megabytes = pid === undefined ? undefined : residentMemory(pid);
    return megabytes === undefined ? undefined : Math.round(megabytes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.sendRequest(ShutdownRequest.type);
    this.#server.kill();
    this.client.dispose();
  }
}

/** A chain of nodes of several types, with types that flow from end to end. */
function workflow(nodes: number): string {
  const steps = Array.from({ length: nodes - 1 }, (_, index) => {
    const from = index === 0 ? "start" : `step${index - 1}`;
    const body =
      index % 3 === 0
        ? "type: filter\n    when: msg.payload.celsius > 8"
        : index % 3 === 1
          ? "type: map\n    payload: |-\n      { ...msg.payload, count: msg.payload.count + 1 }"
          : "type: throttle\n    every: 1s";
    return `  step${index}:\n    ${body.replace("\n", `\n    from: ${from}\n`)}\n`;
  });
  const start = "  start:\n    type: mqtt-in\n    topic: a\n    output: Reading\n";
  return `eddy: 1\nscript: |\n  interface Reading { celsius: number; count: number; site: string }\nconnections:\n  plant: { type: mqtt, url: "mqtt://localhost" }\nnodes:\n${start}${steps.join("")}`;
}

/** Types a letter in the middle and takes it away again; gives the milliseconds until diagnostics, and of a completion. */
async function measure(session: Session, uri: string, text: string, rounds: number) {
  await session.open(uri, text);
  const lines = text.split("\n");
  const line = lines.findIndex((one, index) => index > lines.length / 2 && one.includes("celsius > 8"));
  const character = (lines[line] ?? "").indexOf("celsius") + "celsius".length;
  const diagnostics: number[] = [];
  const completions: number[] = [];
  const warmUp = 4;
  for (let round = 0; round < rounds + warmUp; round++) {
    const isTyped = round % 2 === 0;
    const position = { line, character };
    const end = { line, character: isTyped ? character : character + 1 };
    const started = performance.now();
    await session.client.sendNotification(DidChangeTextDocumentNotification.type, {
      textDocument: { uri, version: round + 2 },
      contentChanges: [{ range: { start: position, end }, text: isTyped ? "x" : "" }],
    });
    await session.told(uri, round + 2);
    const checked = performance.now();
    await session.client.sendRequest(CompletionRequest.type, { textDocument: { uri }, position });
    const completed = performance.now();
    if (round < warmUp) continue;
    diagnostics.push(checked - started);
    completions.push(completed - checked);
  }
  return { diagnostics, completions };
}

function report(what: string, values: readonly number[], limit: number): void {
  const [p50, p95] = [Math.round(median(values)), Math.round(percentile(values, 0.95))];
  console.log(`${p50 <= limit ? "✔" : "✘"} ${what}: p50 ${p50} ms, p95 ${p95} ms, at most ${limit} ms`);
  if (p50 > limit) process.exitCode = 1;
}

async function measureTimes(): Promise<void> {
  await using session = await new Session().start();
  const started = performance.now();
  const hundred = await measure(session, "file:///bench/hundred.flow.yaml", workflow(100), 40);
  console.log(`cold start to the end of the first series: ${Math.round(performance.now() - started)} ms`);
  report("100 nodes, keystroke to diagnostics", hundred.diagnostics, 100);
  report("100 nodes, completion", hundred.completions, 50);
  const thousand = await measure(session, "file:///bench/thousand.flow.yaml", workflow(1_000), 20);
  report("1,000 nodes, keystroke to diagnostics", thousand.diagnostics, 500);
  report("1,000 nodes, completion", thousand.completions, 500);
}

async function measureMemory(): Promise<void> {
  await using session = await new Session().start();
  for (let index = 0; index < 50; index++)
    await session.open(`file:///bench/${index}.flow.yaml`, workflow(20));
  const megabytes = session.memory();
  if (megabytes === undefined) return;
  console.log(
    `${megabytes <= 400 ? "✔" : "✘"} memory with 50 workflows open: ${megabytes} MB, at most 400 MB`,
  );
  if (megabytes > 400) process.exitCode = 1;
}

await measureTimes();
await measureMemory();
