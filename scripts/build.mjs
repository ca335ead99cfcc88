// Builds dist/: see docs/architecture.md for what each output is.
// Options: --watch, --minify, --types (declaration files of the library), --only=NAME[,NAME…], --out=FOLDER.
import { parseArgs } from "node:util";
import { bootstrap, root } from "./lib/bootstrap.mjs";

await bootstrap(import.meta.url);
const { buildAll, watchAll } = await import("./lib/targets.mjs");

const { values: options } = parseArgs({
  options: {
    watch: { type: "boolean", default: false },
    minify: { type: "boolean", default: false },
    types: { type: "boolean", default: false },
    only: { type: "string" },
    out: { type: "string" },
  },
});

const settings = {
  outFolder: options.out ?? `${root}/dist`,
  minify: options.minify,
  types: options.types,
  only: options.only?.split(","),
};

if (options.watch) {
  await watchAll(settings);
} else {
  const { ok, summary } = await buildAll(settings);
  console.log(summary);
  process.exitCode = ok ? 0 : 1;
}
