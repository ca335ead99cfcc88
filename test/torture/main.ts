// The agent under torture: `npm run torture`, which takes half an hour or so.
// Options: --only PART (more than once), --bounded for the form of the tests, --json.
import { cpus, type as system } from "node:os";
import { parseArgs } from "node:util";
import { parts } from "./parts.ts";
import { asTable, type Row } from "./report.ts";

const { values: options } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    only: { type: "string", multiple: true },
    bounded: { type: "boolean", default: false },
  },
});
const unknown = options.only?.find((name) => !Object.hasOwn(parts, name));
if (unknown !== undefined) {
  console.error(`Unknown part "${unknown}". Known are: ${Object.keys(parts).join(", ")}`);
  process.exit(2);
}

const [processor] = cpus();
const machine = `${cpus().length} × ${processor?.model.trim()}, ${system()}, Node ${process.versions.node}`;
const results: Record<string, { readonly seconds: number; readonly rows: readonly Row[] }> = {};
if (!options.json) console.log(machine);
for (const [name, run] of Object.entries(parts)) {
  if (options.only && !options.only.includes(name)) continue;
  const started = performance.now();
  const rows = await run(options.bounded);
  const seconds = Math.round((performance.now() - started) / 1000);
  results[name] = { seconds, rows };
  if (!options.json) console.log(`\n${name} (${seconds} s)\n${asTable(rows)}`);
}
const holds = Object.values(results).every(({ rows }) => rows.every((row) => row.holds));
if (options.json) console.log(JSON.stringify({ machine, holds, parts: results }, undefined, 2));
process.exitCode = holds ? 0 : 1;
