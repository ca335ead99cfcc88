// Files that are derived from others and kept in the repository, so that a checkout type-checks as it is.
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "./bootstrap.mjs";
import { writeFileWhole } from "./files.mjs";
import { nodesPage } from "./nodes-page.mjs";

const generators = [
  { file: "runtime/nodes/catalog.generated.ts", make: nodeCatalog },
  { file: "runtime/nodes/implementations.generated.ts", make: nodeImplementations },
  { file: "docs/nodes.md", make: nodesPage },
  { file: "package.json", make: manifest },
  { file: "package.nls.json", make: manifestTexts },
  { file: "docs/problems.md", make: problemsPage },
];

/** Brings generated files up to date; with `check` it only reports, and returns, the stale ones. */
export async function generate({ check }) {
  const stale = [];
  for (const { file, make } of generators) {
    const content = await make();
    if (content === undefined) continue;
    const path = join(root, file);
    const current = existsSync(path) ? await readFile(path, "utf8") : undefined;
    if (current === content) continue;
    stale.push(file);
    if (!check) await writeFileWhole(path, content);
  }
  return stale;
}

/**
 * Every node is one file of runtime/nodes/ with a default export, its implementation. Adding such a file is all
 * that it takes to add a node: this list is how the rest gets to know of it.
 */
async function nodeCatalog() {
  const names = await nodeNames();
  return (
    names &&
    [
      head,
      ...names.map((name) => `import * as ${identifier(name)} from "./${name}.ts";`),
      "",
      "/** Every file of a node type, by the type's name. */",
      "export const nodeModules = {",
      ...names.map(member),
      "} as const;",
      "",
    ].join("\n")
  );
}

/** Without descriptors and their texts, which no device needs. */
async function nodeImplementations() {
  const names = await nodeNames();
  return (
    names &&
    [
      head,
      'import type { NodeImplementation } from "../engine/contract.ts";',
      ...names.map((name) => `import ${identifier(name)} from "./${name}.ts";`),
      "",
      "/** By the type's name. */",
      "export const implementations: Readonly<Record<string, NodeImplementation>> = {",
      ...names.map(member),
      "};",
      "",
    ].join("\n")
  );
}

const head = "// Written by `npm run generate`: do not edit.";

async function nodeNames() {
  const folder = join(root, "runtime/nodes");
  if (!existsSync(folder)) return undefined;
  const names = [];
  for (const file of (await readdir(folder)).sort()) {
    if (!/^[a-z][a-z0-9-]*\.ts$/.test(file)) continue;
    if (/^export default /m.test(await readFile(join(folder, file), "utf8")))
      names.push(file.slice(0, -".ts".length));
  }
  return names.length === 0 ? undefined : names;
}

function member(name) {
  return identifier(name) === name ? `  ${name},` : `  "${name}": ${identifier(name)},`;
}

function identifier(name) {
  const camel = name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
  return reservedWords.has(camel) ? `${camel}Node` : camel;
}

const reservedWords = new Set([
  "switch",
  "function",
  "delete",
  "import",
  "export",
  "case",
  "default",
  "return",
  "debugger",
]);

/** Commands, menus, keys and settings stand typed in extension/contributions.ts; the manifest takes them from there. */
async function manifest() {
  const { contributes } = await contributions();
  const current = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  return `${JSON.stringify({ ...current, contributes }, undefined, 2)}\n`;
}

async function manifestTexts() {
  const { texts } = await contributions();
  return `${JSON.stringify(texts, undefined, 2)}\n`;
}

async function contributions() {
  const { manifestContributions } = await import("../../extension/contributions.ts");
  return manifestContributions();
}

/** The page that explains every problem of a workflow file, from the table that the tools themselves use. */
async function problemsPage() {
  const { problemCodes } = await import("../../language/code-table.ts");
  const sections = [...problemCodes].map(
    ([code, { title, why, fix }]) => `## ${code}\n\n**${title}.** ${why}\n\nWhat to do: ${fix}\n`,
  );
  return [
    "<!-- Written by `npm run generate`: do not edit. -->",
    "",
    "# Problems in workflow files",
    "",
    "Every problem has a code that stays the same, so that it can be looked up here and searched for. Errors stand in the",
    "way of a deploy; warnings and hints do not. Codes that start with `EDDY_YAML` are about the text itself, those that",
    "start with `EDDY_EDIT` say why a change from the canvas was not made.",
    "",
    ...sections,
  ].join("\n");
}
