// `npm run torture`: the agent under load, kills, power cuts and full disks, as long as it takes. See docs/reliability.md.
import { bootstrap } from "./lib/bootstrap.mjs";
import { ensureServers } from "./lib/tools.mjs";

await bootstrap(import.meta.url);
ensureServers();
await import("../test/torture/main.ts");
