// Holds who imports whom against .dependency-cruiser.mjs, in those of its folders that are there.
// Options: --in=FOLDER (another project with the same rules), --json (the whole report).
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { folders } from "../.dependency-cruiser.mjs";
import { root } from "./lib/bootstrap.mjs";

const { values: options } = parseArgs({
  options: { in: { type: "string", default: root }, json: { type: "boolean", default: false } },
});

const { status, error } = spawnSync(
  process.execPath,
  [
    join(root, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs"),
    `--config=${join(root, ".dependency-cruiser.mjs")}`,
    `--output-type=${options.json ? "json" : "err"}`,
    ...folders.filter((folder) => existsSync(join(options.in, folder))),
  ],
  { cwd: options.in, stdio: "inherit" },
);
if (error) throw error;
// The status of the report is the number of violations.
process.exitCode = status === 0 ? 0 : 1;
