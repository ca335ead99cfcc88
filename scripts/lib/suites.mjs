// The parts of a test run: commands whose exit code counts, and suites whose every test counts.
import { spawn } from "node:child_process";
import { existsSync, globSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { environmentWithLocalNode, root } from "./bootstrap.mjs";

const patience = 20 * 60_000;

/** A command that is right when it exits with 0. */
export async function runCheck(title, command) {
  announce(title);
  const { code, seconds } = await run(command);
  return { title, passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0, seconds };
}

/** The mocha tests of these files. */
export async function runMochaSuite(title, { files, without = [] }) {
  const found = globSync(files, { cwd: root, exclude: without }).sort();
  if (found.length === 0) {
    announce(title);
    console.log("No test file yet.");
    return { title, passed: 0, failed: 0, skipped: 0, seconds: 0 };
  }
  return runCommandSuite(title, (results) => [
    process.execPath,
    "node_modules/mocha/bin/mocha.js",
    "--reporter=scripts/lib/mocha-reporter.cjs",
    `--reporter-option=output=${results}`,
    ...found,
  ]);
}

/** A command that writes the result of each of its tests as JSON to the file that it is given. */
export async function runCommandSuite(title, command) {
  announce(title);
  const file = join(root, "test-results", `${title.toLowerCase().replaceAll(/[^a-z]+/g, "-")}.json`);
  rmSync(file, { force: true });
  const { code, seconds } = await run(command(file), { done: () => existsSync(file) });
  const results = readResults(file);
  if (!results) {
    console.error(`"${title}" ended with ${code} and without results.`);
    return { title, passed: 0, failed: 1, skipped: 0, seconds };
  }
  const count = (state) => results.filter((result) => result.state === state).length;
  const failed = count("failed");
  // What is reported outside of any test, such as a server that was left behind, shows in the exit code only.
  if (code !== 0 && failed === 0) console.error(`"${title}" ended with ${code} although no test failed.`);
  return {
    title,
    passed: count("passed"),
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: count("pending"),
    seconds,
  };
}

function readResults(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

function announce(title) {
  console.log(`\n── ${title} ${"─".repeat(Math.max(0, 90 - title.length))}`);
}

/**
 * Runs a command to its end, in a process group of its own that is ended with it. Once `done` says that its work is
 * done it has a moment to end by itself: what it left running would keep it.
 */
async function run([command, ...options], { done = () => false } = {}) {
  const started = performance.now();
  const group = process.platform !== "win32";
  const child = spawn(command, options, {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    detached: group,
    env: environmentWithLocalNode({ [process.stdout.isTTY ? "FORCE_COLOR" : "NO_COLOR"]: "1" }),
  });
  const kill = (signal) => {
    try {
      process.kill(group ? -child.pid : child.pid, signal);
    } catch (error) {
      if (error.code !== "ESRCH") throw error;
    }
  };
  const interrupt = () => {
    kill("SIGTERM");
    process.exit(130);
  };
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, interrupt);
  const timeout = setTimeout(() => {
    console.error(
      `Still running after ${patience / 60_000} minutes, so it is ended: ${command} ${options.join(" ")}`,
    );
    kill("SIGKILL");
  }, patience);
  let lastCall;
  const watch = setInterval(() => {
    if (lastCall || !done()) return;
    lastCall = setTimeout(() => {
      console.error(`The tests are done, but what they left running keeps ${command} from ending.`);
      kill("SIGKILL");
    }, 20_000);
  }, 500);
  const code = await new Promise((resolve) => {
    child.on("error", (error) => {
      console.error(`${command} could not be started: ${error.message}`);
      resolve(1);
    });
    child.on("exit", (status) => resolve(status ?? 1));
  });
  clearInterval(watch);
  clearTimeout(lastCall);
  clearTimeout(timeout);
  for (const signal of ["SIGINT", "SIGTERM"]) process.off(signal, interrupt);
  kill("SIGKILL");
  return { code, seconds: (performance.now() - started) / 1000 };
}
