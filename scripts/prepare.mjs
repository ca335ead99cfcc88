// Run by npm after an install in a checkout: makes git use the hooks of .githooks/.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
if (existsSync(join(root, ".git")) && !process.env.CI) {
  spawnSync("git", ["config", "core.hooksPath", ".githooks"], { cwd: root });
}
