// Brings generated files up to date. With --check it only says which ones are not, and exits with 1 then.
import { bootstrap } from "./lib/bootstrap.mjs";

await bootstrap(import.meta.url);
const { generate } = await import("./lib/generate.mjs");

const check = process.argv.includes("--check");
const stale = await generate({ check });
for (const file of stale)
  console.log(check ? `Not up to date, run "npm run generate": ${file}` : `Written: ${file}`);
if (check && stale.length > 0) process.exitCode = 1;
