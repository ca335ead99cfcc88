// How long a small change takes from the call to a running workflow on a device over ssh (sshd on the loopback
// interface). Prints each part's p50 of ten, and fails where the whole is above its limit. Run: node bench/deploy.ts
import { readFile } from "node:fs/promises";
import { createCompiler } from "../compiler/index.ts";
import { builtinCatalog } from "../runtime/nodes/catalog.ts";
import { openDesk, startDevice } from "../test/fleet/desk.ts";
import { median, timed } from "./support/statistics.ts";

const deploys = 10;
/** Milliseconds. */
const limit = 2000;

await using device = await startDevice();
await using desk = await openDesk({ servers: { device } });
const compiler = createCompiler({ catalog: builtinCatalog });
try {
  const added = await timed(() => desk.fleet.add("ssh://device", { name: "bench" }));
  const first = await change(0);
  const rows: Measured[] = [];
  for (let number = 1; number <= deploys; number++) rows.push(await change(number));
  console.log(`add the device: ${whole(added.milliseconds)}, first deploy: ${whole(first.total)} (once)`);
  for (const part of ["compile", "deploy", "total"] as const) {
    const times = rows.map((row) => row[part]);
    const [least, most] = [Math.min(...times), Math.max(...times)];
    console.log(`${part.padEnd(8)} p50 ${whole(median(times))}, min ${whole(least)}, max ${whole(most)}`);
  }
  const p50 = median(rows.map(({ total }) => total));
  console.log(`${p50 <= limit ? "✔" : "✘"} from the call to running: p50 ${whole(p50)}, at most ${limit} ms`);
  if (p50 > limit) process.exitCode = 1;
} finally {
  await compiler.dispose();
}

interface Measured {
  readonly compile: number;
  readonly deploy: number;
  readonly total: number;
}

/** Compiles and deploys a text that differs in one number from the one before. */
async function change(number: number): Promise<Measured> {
  const compiled = await timed(() =>
    compiler.compile({
      file: "/bench/small.flow.yaml",
      text: workflow(number),
      read: (path) => readFile(path, "utf8").catch(() => undefined),
      target: "node",
      optimize: "basic",
    }),
  );
  const { artifact, problems } = compiled.value;
  if (!artifact) throw new Error(problems.map(({ message }) => message).join("\n"));
  const deployed = await timed(() => desk.fleet.deploy("bench", artifact.bytes));
  const { outcome, status } = deployed.value;
  if (outcome !== "deployed" || status.state !== "running" || status.version !== artifact.manifest.version)
    throw new Error(`The workflow does not run: ${JSON.stringify(status)}`);
  const [compile, deploy] = [compiled.milliseconds, deployed.milliseconds];
  return { compile, deploy, total: compile + deploy };
}

function workflow(number: number): string {
  return `eddy: 1
id: bench-small
name: Small
nodes:
  tick: { type: inject, every: 1s, payload: "({ n: ${number} })" }
  keep: { type: filter, from: tick, when: message.payload.n >= ${number} }
  show: { type: log, from: keep }
`;
}

function whole(milliseconds: number): string {
  return `${Math.round(milliseconds)} ms`;
}
