// Runs on whatever Node starts `npm start` or `npm test`: built-in modules and plain JavaScript only.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout that these scripts belong to. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const wantedMajor = 24;

/**
 * Makes sure that the npm dependencies are there and that the calling script runs on Node 24.
 * Where it does not, the script is started again under `node_modules/.bin/node` and this process
 * ends with that one's exit code, so code after the call always runs on the right Node.
 */
export async function bootstrap(script) {
  installDependencies();
  await runOnRightNode(fileURLToPath(script));
}

/** Starts `script` again under the Node of `node_modules`, if the running one is too old. */
export async function runOnRightNode(script) {
  if (Number(process.versions.node.split(".")[0]) >= wantedMajor) return;
  const node = localNode();
  if (!existsSync(node)) {
    fail(`Node ${wantedMajor} is needed, this is ${process.version}. Run "npm ci" in ${root} to get it.`);
  }
  const child = spawn(node, [script, ...process.argv.slice(2)], {
    stdio: "inherit",
    env: environmentWithLocalNode(),
  });
  // A terminal sends Ctrl+C to both processes: this one only has to outlive its child to pass on the exit code.
  process.on("SIGINT", () => {});
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  const code = await new Promise((resolve) => {
    child.on("error", (error) => fail(`${node} could not be started: ${error.message}`));
    child.on("exit", (status) => resolve(status ?? 1));
  });
  process.exit(code);
}

/** The environment in which `node` and every installed command mean those of this checkout. */
export function environmentWithLocalNode(extra = {}) {
  const separator = process.platform === "win32" ? ";" : ":";
  const bin = join(root, "node_modules", ".bin");
  const path = process.env.PATH ?? "";
  return {
    ...process.env,
    PATH: path.split(separator)[0] === bin ? path : `${bin}${separator}${path}`,
    ...extra,
  };
}

function localNode() {
  return process.platform === "win32"
    ? join(root, "node_modules", "node", "bin", "node.exe")
    : join(root, "node_modules", ".bin", "node");
}

function installDependencies() {
  const stamp = join(root, "node_modules", ".eddy-installed");
  const wanted = hashOf(join(root, "package-lock.json"));
  if (existsSync(localNode())) {
    if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
    // npm leaves a copy of the lock behind; a folder that npm itself filled from this lock needs nothing.
    if (installedMatchesLock()) {
      writeFileSync(stamp, wanted);
      return;
    }
  }
  console.error("Installing the npm dependencies (npm ci) …");
  // npm is a script on every platform; on Windows only the shell finds npm.cmd.
  const npm = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32",
  });
  if (npm.error) fail(`npm could not be started: ${npm.error.message}`);
  if (npm.status !== 0) {
    rmSync(stamp, { force: true });
    fail(
      `"npm ci" failed with exit code ${npm.status}. The npm registry has to be reachable; see the output above.`,
    );
  }
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

function installedMatchesLock() {
  const hidden = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(hidden)) return false;
  const installed = JSON.parse(readFileSync(hidden, "utf8")).packages ?? {};
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages ?? {};
  return Object.entries(wanted).every(
    ([path, entry]) => path === "" || entry.optional || installed[path]?.version === entry.version,
  );
}

function hashOf(file) {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
