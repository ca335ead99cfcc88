#!/usr/bin/env node
// The `eddy` command of a checkout or an installed package. Plain JavaScript, since it may be started by an old Node.
import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bundle = join(root, "dist", "cli.mjs");
const checkout = existsSync(join(root, "scripts", "lib", "bootstrap.mjs"));

if (checkout) {
  const { bootstrap } = await import("../scripts/lib/bootstrap.mjs");
  await bootstrap(import.meta.url);
  if (isStale()) await build();
}
await import(pathToFileURL(bundle).href);

/** Whether any source that ends up in the command is newer than the command. */
function isStale() {
  if (!existsSync(bundle)) return true;
  const built = statSync(bundle).mtimeMs;
  const sources = [
    "language",
    "runtime",
    "compiler",
    "sync",
    "fleet",
    "integrations",
    "hub",
    "cli",
    "scripts",
  ];
  return [...sources, "package-lock.json"].some((source) => newerThan(join(root, source), built));
}

function newerThan(path, time) {
  if (!existsSync(path)) return false;
  const status = statSync(path);
  if (status.mtimeMs > time) return true;
  if (!status.isDirectory()) return false;
  return readdirSync(path).some((name) => !name.startsWith(".") && newerThan(join(path, name), time));
}

async function build() {
  const { buildAll } = await import("../scripts/lib/targets.mjs");
  const { ok, summary } = await buildAll({
    outFolder: join(root, "dist"),
    minify: false,
    types: false,
    only: ["cli", "agent", "runtime", "test-worker"],
  });
  if (ok && existsSync(bundle)) return;
  console.error(summary);
  process.exit(1);
}
