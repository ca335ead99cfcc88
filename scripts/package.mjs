// `npm run package`: the VSIX of this platform, in the checkout. Options: --target=NAME (repeatable), --all, --out=FOLDER.

import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { bootstrap, root } from "./lib/bootstrap.mjs";
import { ensureEsbuildFor } from "./lib/tools.mjs";

await bootstrap(import.meta.url);
const { createVSIX } = await import("@vscode/vsce");
const { transform } = await import("esbuild");
const { buildAll } = await import("./lib/targets.mjs");

/** VS Code's name of a platform, and esbuild's package for it. */
const platforms = {
  "linux-x64": "linux-x64",
  "linux-arm64": "linux-arm64",
  "linux-armhf": "linux-arm",
  "darwin-x64": "darwin-x64",
  "darwin-arm64": "darwin-arm64",
  "win32-x64": "win32-x64",
  "win32-arm64": "win32-arm64",
};

const { values: options } = parseArgs({
  options: {
    target: { type: "string", multiple: true },
    all: { type: "boolean", default: false },
    out: { type: "string", default: root },
  },
});
const targets = options.all ? Object.keys(platforms) : (options.target ?? [ownTarget()]);
const unknown = targets.find((target) => !Object.hasOwn(platforms, target));
if (unknown) {
  console.error(`Unknown target "${unknown}". Known are: ${Object.keys(platforms).join(", ")}`);
  process.exit(2);
}

const stage = join(root, ".eddy-dev", `package-${process.pid}`);
/** What cannot be, or need not be, part of the bundles. */
const modules = join(stage, "dist", "node_modules");
try {
  const manifest = await prepareStage();
  for (const target of targets) await packageFor(target, manifest);
} finally {
  await rm(stage, { recursive: true, force: true });
}

function ownTarget() {
  return process.arch === "arm" ? "linux-armhf" : `${process.platform}-${process.arch}`;
}

/** A folder with what a VSIX may hold, beside the checkout's own dist/, which stays as it is. */
async function prepareStage() {
  await rm(stage, { recursive: true, force: true });
  await mkdir(stage, { recursive: true });
  const { ok, summary } = await buildAll({
    outFolder: join(stage, "dist"),
    minify: true,
    only: ["extension", "language-server", "agent", "cli", "runtime", "test-worker", "webview"],
  });
  console.log(summary);
  if (!ok) process.exit(1);
  for (const name of [
    "README.md",
    "CHANGELOG.md",
    "LICENSE",
    ".vscodeignore",
    "package.nls.json",
    "media",
    "l10n",
    "schemas",
  ]) {
    if (existsSync(join(root, name))) await cp(join(root, name), join(stage, name), { recursive: true });
  }
  const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  // What is for a checkout only.
  for (const key of ["private", "bin", "exports", "scripts", "devDependencies"]) delete manifest[key];
  await writeFile(join(stage, "package.json"), JSON.stringify(manifest, null, 2));
  return manifest;
}

async function packageFor(target, { name, version }) {
  await rm(modules, { recursive: true, force: true });
  await placeEsbuild(target);
  await placeTypeScript();
  const packagePath = join(resolve(options.out), `${name}-${target}-${version}.vsix`);
  await mkdir(resolve(options.out), { recursive: true });
  await createVSIX({
    cwd: stage,
    target,
    packagePath,
    dependencies: false,
    allowMissingRepository: true,
    rewriteRelativeLinks: false,
  });
  const { size } = await stat(packagePath);
  console.log(`${packagePath}: ${(size / 1e6).toFixed(1)} MB`);
}

/** esbuild cannot be bundled: it starts its binary, which is another one on each platform. */
async function placeEsbuild(target) {
  const packages = ensureEsbuildFor(platforms[target]);
  const copy = (path) => cp(join(packages, path), join(modules, path), { recursive: true });
  await Promise.all(["package.json", "LICENSE.md", "lib/main.js"].map((file) => copy(`esbuild/${file}`)));
  await copy(`@esbuild/${platforms[target]}`);
}

/** TypeScript with the libraries that workflows may use. It is loaded only where one has TypeScript files of its own. */
async function placeTypeScript() {
  const from = join(root, "node_modules", "typescript");
  const to = join(modules, "typescript");
  await mkdir(join(to, "lib"), { recursive: true });
  const libraries = (await readdir(join(from, "lib"))).filter((name) =>
    /^lib\.(es|decorators)[a-z0-9.]*\.d\.ts$/.test(name),
  );
  const files = [
    "package.json",
    "LICENSE.txt",
    "ThirdPartyNoticeText.txt",
    ...libraries.map((name) => join("lib", name)),
  ];
  await Promise.all(files.map((file) => cp(join(from, file), join(to, file))));
  const { code } = await transform(await readFile(join(from, "lib", "typescript.js"), "utf8"), {
    minify: true,
    legalComments: "inline",
  });
  await writeFile(join(to, "lib", "typescript.js"), code);
}
