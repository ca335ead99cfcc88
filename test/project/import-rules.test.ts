import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { temporaryFolder } from "../testbed/resources.ts";
import { checkout, read } from "./files.ts";

const folders = [
  "language",
  "runtime",
  "compiler",
  "sync",
  "fleet",
  "integrations",
  "hub",
  "cli",
  "webview",
  "extension",
];

describe("import rules", function () {
  this.timeout(60_000);

  it("hold in every folder", async () => {
    const violations = await violationsIn(checkout);
    assert.deepEqual(
      violations.map(({ from, to, rule }) => `${rule.name}: ${from} → ${to}`),
      [],
    );
  });

  it("are what npm run lint:imports holds, whatever folders are there", async () => {
    assert.equal(JSON.parse(read("package.json")).scripts["lint:imports"], "node scripts/lint-imports.mjs");
    await using project = await temporaryFolder("one-folder");
    await mkdir(join(project.path, "cli"));
    await writeFile(
      join(project.path, "cli", "a.ts"),
      'import { x } from "./nowhere.ts";\nexport const y = x;\n',
    );
    await cp(join(checkout, "tsconfig.json"), join(project.path, "tsconfig.json"));
    assert.deepEqual(
      (await violationsIn(project.path)).map(({ rule }) => rule.name),
      ["resolvable"],
    );
  });

  let found: ReadonlyMap<string, readonly string[]>;
  before(async () => {
    found = await violationsWith([...forbidden, ...allowed].map(([file, code]) => ({ file, code })));
  });

  /** Each of these imports breaks the rule named. */
  const forbidden: readonly (readonly [file: string, code: string, rule: string])[] = [
    ["language/case1.ts", 'import { x } from "../runtime/engine/b.ts";', "language-imports"],
    ["language/case2.ts", 'import type { X } from "../runtime/engine/b.ts";', "language-imports"],
    ["language/case3.ts", 'import { connect } from "node:net";', "language-without-network"],
    ["language/case4.ts", 'import * as vscode from "vscode";', "only-extension-knows-vscode"],
    ["runtime/nodes/case5.ts", 'import { x } from "../../language/b.ts";', "runtime-imports-types-only"],
    ["runtime/nodes/case6.ts", 'import { readFileSync } from "node:fs";', "linked-code-without-node"],
    ["runtime/agent/case7.ts", 'import { x } from "../../compiler/b.ts";', "runtime-imports"],
    ["compiler/case8.ts", 'import { x } from "../runtime/agent/b.ts";', "compiler-imports"],
    ["compiler/case9.ts", 'import { x } from "../fleet/b.ts";', "compiler-imports"],
    ["sync/case10.ts", 'import { x } from "../fleet/b.ts";', "sync-imports"],
    ["fleet/case11.ts", 'import { x } from "../runtime/agent/b.ts";', "fleet-imports"],
    ["fleet/case12.ts", 'import { x } from "../compiler/b.ts";', "fleet-imports"],
    ["fleet/case13.ts", 'import { x } from "../language/b.ts";', "fleet-imports-types-only"],
    ["integrations/case14.ts", 'import { x } from "../fleet/b.ts";', "integrations-imports-types-only"],
    ["hub/case15.ts", 'import { x } from "../cli/b.ts";', "hub-imports"],
    ["cli/case16.ts", 'import { x } from "../extension/b.ts";', "cli-imports"],
    ["webview/case17.ts", 'import { x } from "../language/b.ts";', "webview-imports-types-only"],
    ["webview/case18.ts", 'import { x } from "../runtime/engine/b.ts";', "webview-imports"],
    ["webview/case19.ts", 'import { join } from "node:path";', "webview-without-node"],
    ["extension/case20.ts", 'import { x } from "../test/b.ts";', "extension-imports"],
    ["cli/case21.ts", 'import { x } from "./nowhere.ts";', "resolvable"],
    ["cli/a-circle.ts", 'import { x } from "./b-circle.ts";', "no-cycles"],
  ];
  const allowed: readonly (readonly [file: string, code: string])[] = [
    ["runtime/nodes/case23.ts", 'import type { X } from "../../language/b.ts";'],
    ["runtime/nodes/case24.ts", 'export type Files = typeof import("node:fs");'],
    ["runtime/agent/case25.ts", 'import { x } from "../../language/problem.ts";'],
    [
      "compiler/a.ts",
      'import { x } from "../language/b.ts";\nimport type { X } from "../runtime/engine/b.ts";',
    ],
    ["fleet/case26.ts", 'import { x } from "../runtime/protocol/b.ts";'],
    ["cli/case27.ts", 'import { x } from "../fleet/b.ts";'],
    ["webview/case28.ts", 'import type { X } from "../language/b.ts";'],
    ["extension/case29.ts", 'import * as vscode from "vscode";\nimport { x } from "../cli/b.ts";'],
  ];
  for (const [file, code, rule] of forbidden) {
    it(`refuse ${code} in ${dirname(file)}`, () => assert.deepEqual(found.get(file), [rule]));
  }
  for (const [file, code] of allowed) {
    it(`allow ${code.replace("\n", " ")} in ${dirname(file)}`, () => assert.deepEqual(found.get(file), []));
  }
});

/** The rules that each of these files breaks in a small project of the same folders. */
async function violationsWith(
  files: readonly { readonly file: string; readonly code: string }[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  await using project = await temporaryFolder("imports");
  const write = async (path: string, content: string) => {
    await mkdir(dirname(join(project.path, path)), { recursive: true });
    await writeFile(join(project.path, path), content);
  };
  const homes = [...folders, "test", "runtime/engine", "runtime/nodes", "runtime/agent", "runtime/protocol"];
  for (const folder of homes) await write(`${folder}/b.ts`, "export const x = 1; export type X = 1;\n");
  await write("language/problem.ts", "export const x = 1;\n");
  await write("cli/b-circle.ts", 'import { y } from "./a-circle.ts"; export const x = y;\n');
  for (const { file, code } of files) await write(file, `${code}\nexport const y = [1];\n`);
  await cp(join(checkout, "tsconfig.json"), join(project.path, "tsconfig.json"));
  await symlink(join(checkout, "node_modules"), join(project.path, "node_modules"), "junction");
  const violations = await violationsIn(project.path);
  return new Map(
    files.map(({ file }) => [
      file,
      [...new Set(violations.filter(({ from }) => from === file).map(({ rule }) => rule.name))],
    ]),
  );
}

interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string };
}

async function violationsIn(folder: string): Promise<readonly Violation[]> {
  const run = promisify(execFile);
  const { stdout } = await run(
    process.execPath,
    [join(checkout, "scripts", "lint-imports.mjs"), `--in=${folder}`, "--json"],
    { maxBuffer: 64 * 1024 * 1024 },
  ).catch((error: { stdout: string; code: unknown }) => {
    // It exits with 1 where there are violations.
    if (error.code === 1 && error.stdout) return error;
    throw error;
  });
  const { summary }: { readonly summary: { readonly violations: readonly Violation[] } } = JSON.parse(stdout);
  return summary.violations;
}
