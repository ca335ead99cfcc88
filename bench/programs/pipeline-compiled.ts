// `pipeline.flow.yaml` as the compiler has made it, with nothing around it but the host that it asks for.
import { readFile } from "node:fs/promises";
import { runWorkflow } from "../../runtime/index.ts";
import { drive, type Incoming } from "./drive.ts";

const [milliseconds, artifact = ""] = process.argv.slice(2);
await using running = runWorkflow(await readFile(artifact));
await running.start();
const feed: (message: Incoming) => void = Reflect.get(globalThis, "benchFeed");
console.log(await drive(feed, Number(milliseconds)));
const { executions, nodes } = running.workflow.counters();
const arrived = nodes.find(({ id }) => id === "sink")?.received ?? 0;
if (executions === 0 || arrived === 0 || running.workflow.counters().errors > 0)
  throw new Error(`Not every message was worked on: ${JSON.stringify(running.workflow.counters())}`);
