// `npm test`: everything that can be checked, each part although one before it failed.
// With names (checks, unit, real, vscode, e2e) only those parts. The last line is "N passed, N failed".
import { bootstrap } from "./lib/bootstrap.mjs";
import { ensureArmNode, ensureChromium, ensureCodeServer, ensureDeno, ensureServers } from "./lib/tools.mjs";

await bootstrap(import.meta.url);
const { runCheck, runCommandSuite, runMochaSuite } = await import("./lib/suites.mjs");

const node = process.execPath;
const script = (path) => [node, `node_modules/${path}`];

/** What each part needs on this machine, and its steps. */
const parts = {
  checks: {
    needs: [],
    steps: [
      () =>
        runCheck("Format and lint", [
          ...script("@biomejs/biome/bin/biome"),
          "check",
          "--error-on-warnings",
          ".",
        ]),
      () => runCheck("Types", [...script("typescript/bin/tsc"), "-p", "."]),
      () => runCheck("Generated files", [node, "scripts/generate.mjs", "--check"]),
    ],
  },
  unit: {
    needs: [],
    steps: [
      () =>
        runMochaSuite("Unit", {
          files: ["test/**/*.test.ts"],
          without: ["**/*.real.test.ts", "test/extension/**", "test/e2e/**"],
        }),
    ],
  },
  real: {
    needs: [ensureServers, ensureDeno, ensureArmNode, ensureCodeServer, ensureChromium],
    steps: [
      () => runMochaSuite("Real servers, platforms and VS Code", { files: ["test/**/*.real.test.ts"] }),
    ],
  },
  vscode: {
    needs: [ensureCodeServer, ensureChromium],
    steps: [
      () =>
        runCommandSuite("Inside VS Code's extension host", (results) => [
          node,
          "test/testbed/run-extension-tests.ts",
          `--results=${results}`,
        ]),
    ],
  },
  e2e: {
    needs: [ensureCodeServer, ensureChromium, ensureServers],
    steps: [() => runMochaSuite("The journey of a person", { files: ["test/e2e/**/*.test.ts"] })],
  },
};

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(parts);
const unknown = names.find((name) => !Object.hasOwn(parts, name));
if (unknown) {
  console.error(`Unknown part "${unknown}". Known are: ${Object.keys(parts).join(", ")}`);
  process.exit(2);
}

const results = [];
const step = async (run) => results.push(await run());
if (names.some((name) => name !== "checks")) {
  await step(() => runCheck("Build", [node, "scripts/build.mjs", "--types"]));
}
for (const name of names) {
  const { needs, steps } = parts[name];
  try {
    for (const ensure of new Set(needs)) ensure();
  } catch (error) {
    console.error(error.message);
    results.push({ title: `Setting up "${name}"`, passed: 0, failed: 1, skipped: 0, seconds: 0 });
    continue;
  }
  for (const run of steps) await step(run);
}
summarise();

function summarise() {
  const total = { passed: 0, failed: 0, skipped: 0 };
  console.log("\nSummary");
  for (const { title, passed, failed, skipped, seconds } of results) {
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
    const counts = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
    console.log(`  ${failed > 0 ? "✘" : "✔"} ${title}: ${counts} (${seconds.toFixed(1)} s)`);
  }
  console.log("");
  process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
  console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
}
