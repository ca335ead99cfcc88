/** All of it, as long as it takes: `npm run torture`. Options: --json, --only NAME (swaps, …), --bounded. */
import { parseArgs } from "node:util";
import { buildAgent } from "./built-agent.ts";
import { asTable, type Row } from "./report.ts";
import { swapUnderLoad } from "./swaps.ts";

const { values: options } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    only: { type: "string", multiple: true },
    bounded: { type: "boolean", default: false },
  },
});
const parts: Readonly<Record<string, () => Promise<readonly Row[]>>> = {
  async swaps() {
    await using agent = await buildAgent();
    return await swapUnderLoad({
      command: agent.command,
      swaps: options.bounded ? 20 : 200,
      messagesPerSecond: 2_000,
      requestsPerSecond: 200,
      longestGap: 50,
    });
  },
};
for (const [name, run] of Object.entries(parts)) {
  if (options.only && !options.only.includes(name)) continue;
  console.log(asTable(await run()));
}
