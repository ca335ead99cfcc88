import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = new URL("./golden/", import.meta.url);

/** The workflows in `golden/`, by name. */
export const goldenWorkflows: readonly string[] = readdirSync(folder)
  .filter((name) => name.endsWith(".flow.yaml"))
  .map((name) => name.replace(".flow.yaml", ""));

/** Every workflow in `golden/` and below, as if they lay in `/flows`. */
export const goldenFiles: Readonly<Record<string, string>> = Object.fromEntries(
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".flow.yaml"))
    .map((name) => [`/flows/${name.replaceAll("\\", "/")}`, readFileSync(new URL(name, folder), "utf8")]),
);

export function goldenText(name: string): string {
  return goldenFiles[`/flows/${name}.flow.yaml`] ?? assert.fail(`There is no ${name}.flow.yaml`);
}

/** Compares with the file in `golden/`. With UPDATE_GOLDENS=1 in the environment it is written anew instead. */
export function matchesGolden(name: string, actual: string): void {
  const path = fileURLToPath(new URL(name, folder));
  if (process.env.UPDATE_GOLDENS === "1") writeFileSync(path, actual);
  assert.ok(
    existsSync(path),
    `${name} is missing: run the test with UPDATE_GOLDENS=1 and look at what it wrote.`,
  );
  assert.equal(actual, readFileSync(path, "utf8"));
}
