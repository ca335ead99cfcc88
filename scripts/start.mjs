// `npm start`: VS Code with the extension of this checkout, on the examples.
// Options: --browser (VS Code in the browser although a desktop one is there), --port=N, --no-open.
import { spawn } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { bootstrap, root } from "./lib/bootstrap.mjs";
import { findProgram } from "./lib/tools.mjs";

await bootstrap(import.meta.url);

const { values: options } = parseArgs({
  options: {
    browser: { type: "boolean", default: false },
    port: { type: "string" },
    "no-open": { type: "boolean", default: false },
  },
});
const examples = join(root, "examples");
const firstExample = findFirstExample();

await build();
const desktop = options.browser ? undefined : findDesktop();
await (desktop ? startDesktop(desktop) : startInBrowser());

/** Nothing to do where nothing has changed since the last start. */
async function build() {
  const stamp = join(root, "dist", ".started");
  const sources = ["language", "runtime", "compiler", "fleet", "cli", "webview", "extension", "scripts"];
  if (existsSync(stamp) && newest(sources.map((name) => join(root, name))) < statSync(stamp).mtimeMs) return;
  const { buildAll } = await import("./lib/targets.mjs");
  const { ok, summary } = await buildAll({
    outFolder: join(root, "dist"),
    only: ["extension", "language-server", "agent", "cli", "runtime", "test-worker", "webview"],
  });
  console.log(summary);
  if (!ok) process.exit(1);
  writeFileSync(stamp, "");
}

/** When the youngest of the files and folders in these was changed, in milliseconds since 1970. */
function newest(folders) {
  const entries = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true }).map((name) => join(folder, name)),
  );
  return [...folders, ...entries, join(root, "package-lock.json")].reduce(
    (latest, path) => Math.max(latest, statSync(path).mtimeMs),
    0,
  );
}

/** The example that needs nothing but this computer. */
function findFirstExample() {
  if (!existsSync(examples)) return undefined;
  const files = readdirSync(examples)
    .filter((file) => file.endsWith(".flow.yaml"))
    .sort();
  const file = files.find((name) => name.includes("simulated")) ?? files[0];
  return file && join(examples, file);
}

/** A desktop VS Code that can show a window here. */
function findDesktop() {
  const needsDisplay = process.platform === "linux";
  if (needsDisplay && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) return undefined;
  // As root, VS Code refuses to start with its usual sandbox and data folder.
  if (needsDisplay && process.getuid() === 0) return undefined;
  return findProgram("code", "code-insiders", "codium");
}

async function startDesktop(command) {
  console.log("VS Code opens with the extension. Close its window, or press Ctrl+C here, to end.");
  const files = [examples, ...(firstExample ? [firstExample] : [])];
  const child = spawn(command, ["--new-window", "--wait", `--extensionDevelopmentPath=${root}`, ...files], {
    stdio: "inherit",
    shell: process.platform === "win32",
    env: { ...process.env, ...(firstExample && { EDDY_OPEN: pathToFileURL(firstExample).pathname }) },
  });
  child.on("error", (error) => {
    console.error(`${command} could not be started: ${error.message}. Try "npm start -- --browser".`);
    process.exitCode = 1;
  });
  child.on("exit", (code) => {
    process.exitCode = code ?? 0;
  });
}

async function startInBrowser() {
  const { startVsCode } = await import("../test/testbed/vscode.ts");
  const server = await startVsCode({
    workspace: examples,
    extension: { kind: "folder", path: root },
    dataFolder: join(root, ".eddy-dev", "vscode"),
    token: randomUUID(),
    port: options.port ? Number(options.port) : await usualPort(),
    ...(firstExample && { openFile: firstExample, environment: { EDDY_OPEN: firstExample } }),
  });
  const end = async () => {
    await server[Symbol.asyncDispose]();
    process.exit(0);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, end);
  console.log(`VS Code with Eddy: ${server.url}`);
  console.log("Press Ctrl+C to end.");
  if (!options["no-open"]) openInBrowser(server.url);
}

/** The same port at every start of this checkout, where it is free, so that the browser finds VS Code in its cache. */
async function usualPort() {
  const { freePort } = await import("../test/testbed/resources.ts");
  const { listens } = await import("../test/testbed/processes.ts");
  const port = 20_000 + (createHash("sha256").update(root).digest().readUInt16BE() % 10_000);
  return (await listens(port)) ? freePort() : port;
}

function openInBrowser(url) {
  const opener = { darwin: "open", win32: "explorer" }[process.platform] ?? findProgram("xdg-open");
  const hasDisplay = process.platform !== "linux" || process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  if (!opener || !hasDisplay) return;
  // Where no browser opens, the printed address is still there.
  spawn(opener, [url], { stdio: "ignore", detached: true })
    .on("error", () => {})
    .unref();
}
