// dist/runtime/: the engine and the nodes as plain ES modules, one file a source file, which the compiler
// links into every workflow. Packages that they use are bundled once each into dist/runtime/vendor/, since an
// installed extension has no node_modules folder.
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import * as esbuild from "esbuild";
import { root } from "./bootstrap.mjs";
import { writeFileWhole } from "./files.mjs";

const linkedFolders = ["runtime/engine", "runtime/nodes"];
/** Single files of other folders that they use. */
const sharedSources = ["language/problem.ts"];

/** Writes dist/runtime/; with `watch` it does so again on every change. */
export async function linkedSources({ outFolder }, { watch = false } = {}) {
  const to = join(outFolder, "runtime");
  const packages = new Set();
  const options = {
    absWorkingDir: root,
    entryPoints: await entryPoints(),
    outdir: to,
    bundle: true,
    platform: "neutral",
    format: "esm",
    target: "es2023",
    charset: "utf8",
    logLevel: "warning",
    write: false,
    plugins: [
      keepImportsApart({ to, packages }),
      {
        name: "write-linked",
        setup(build) {
          build.onEnd(async ({ outputFiles = [] }) => {
            await Promise.all(outputFiles.map((file) => writeFileWhole(file.path, file.contents)));
            await Promise.all([...packages].map((name) => bundlePackage(name, to)));
            // Unused nodes and helpers fall out of a workflow only if their modules are known to do nothing on load.
            await writeFileWhole(join(to, "package.json"), '{ "type": "module", "sideEffects": false }\n');
          });
        },
      },
    ],
  };
  if (!watch) return esbuild.build(options);
  const context = await esbuild.context(options);
  return context.watch();
}

async function entryPoints() {
  const sources = sharedSources.map((file) => join(root, file)).filter((file) => existsSync(file));
  for (const folder of linkedFolders) {
    if (!existsSync(join(root, folder))) continue;
    for (const file of await readdir(join(root, folder), { recursive: true })) {
      if (file.endsWith(".ts") && !file.endsWith(".d.ts")) sources.push(join(root, folder, file));
    }
  }
  return sources.map((source) => ({ in: source, out: placeOf(source).replace(/\.ts$/, "") }));
}

/** Where a source file goes in dist/runtime/, or undefined where it may not be linked. */
function placeOf(source) {
  const path = relative(root, source).split(sep).join("/");
  if (sharedSources.includes(path)) return path;
  return linkedFolders.some((folder) => path.startsWith(`${folder}/`))
    ? path.slice("runtime/".length)
    : undefined;
}

/** Turns every import into one of a file beside it, so that esbuild transpiles without bundling. */
function keepImportsApart({ to, packages }) {
  return {
    name: "keep-imports-apart",
    setup(build) {
      build.onResolve({ filter: /.*/ }, ({ kind, path, importer }) => {
        if (kind === "entry-point") return null;
        const from = dirname(join(to, placeOf(importer)));
        if (path.startsWith("node:")) return refusal(importer, path, "gets Node's built-ins from its host");
        if (!path.startsWith(".")) {
          packages.add(path);
          return { path: specifier(from, join(to, "vendor", `${vendorName(path)}.js`)), external: true };
        }
        const place = placeOf(resolve(dirname(importer), path));
        if (!place)
          return refusal(importer, path, `may only import ${linkedFolders.join(" and ")} (types excepted)`);
        return { path: specifier(from, join(to, place)).replace(/\.ts$/, ".js"), external: true };
      });
    },
  };
}

function refusal(importer, path, reason) {
  return {
    errors: [
      { text: `${relative(root, importer)} imports ${path}: what is linked into a workflow ${reason}.` },
    ],
  };
}

function specifier(from, target) {
  const path = relative(from, target).split(sep).join("/");
  return path.startsWith(".") ? path : `./${path}`;
}

function vendorName(packageName) {
  return packageName.replace(/^@/, "").replaceAll("/", "-");
}

async function bundlePackage(name, to) {
  const result = await esbuild.build({
    absWorkingDir: root,
    stdin: { contents: `export * from ${JSON.stringify(name)};`, resolveDir: root },
    bundle: true,
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["module", "import"],
    format: "esm",
    target: "es2023",
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
    external: ["node:*"],
    write: false,
  });
  await writeFileWhole(join(to, "vendor", `${vendorName(name)}.js`), result.outputFiles[0].contents);
}
