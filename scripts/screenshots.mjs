// `npm run screenshots`: the pictures of the README and docs, taken while tests go through VS Code as a person does.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { bootstrap, root } from "./lib/bootstrap.mjs";
import { ensureChromium, ensureCodeServer, ensureServers } from "./lib/tools.mjs";

await bootstrap(import.meta.url);
for (const ensure of [ensureCodeServer, ensureChromium, ensureServers]) ensure();

run(["scripts/build.mjs"]);
for (const theme of ["Default Dark Modern", "Default Light Modern"]) {
  run(
    [
      "node_modules/mocha/bin/mocha.js",
      "test/e2e/journey.test.ts",
      "test/e2e/testing.test.ts",
      "test/e2e/compiled-code.test.ts",
      "test/e2e/operations.test.ts",
    ],
    {
      EDDY_SCREENSHOTS: join(root, "docs", "images"),
      EDDY_THEME: theme,
    },
  );
}

function run(command, environment = {}) {
  const options = { cwd: root, stdio: "inherit", env: { ...process.env, ...environment } };
  const { status } = spawnSync(process.execPath, command, options);
  if (status !== 0) process.exit(status ?? 1);
}
