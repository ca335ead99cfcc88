// What dist/ consists of, and how esbuild makes it.
import { execFile } from "node:child_process";
import { copyFile, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import * as esbuild from "esbuild";
import { root } from "./bootstrap.mjs";
import { builtinsWhenUsed } from "./builtins.mjs";
import { writeFileWhole } from "./files.mjs";
import { generate } from "./generate.mjs";
import { linkedSources } from "./linked-sources.mjs";

// Code that runs in VS Code's extension host or by its runtime meets Node 22 there; the CLI and the tests have Node 24.
const deskTarget = "node22";
const webTarget = "es2023";

// CommonJS packages inside an ES module bundle still call `require` for Node's own modules, and `ssh2` asks where it is.
const commonJsForEsModules = [
  'import { createRequire as __createRequire } from "node:module";',
  "const require = __createRequire(import.meta.url);",
  "const __filename = import.meta.filename, __dirname = import.meta.dirname;",
].join(" ");
// The extension host loads CommonJS, where `import.meta.url` does not exist.
const metaUrlForCommonJs = 'const __importMetaUrl = require("node:url").pathToFileURL(__filename).href;';

// The build for Node looks into the environment at each token, which takes a quarter of the time. What it reads is the same.
const quickYaml = join(root, "node_modules/yaml/browser/index.js");

/** The agent's start and its program are two files. */
const programBeside = {
  name: "program-beside",
  setup(build) {
    build.onResolve({ filter: /^\.\/main\.ts$/ }, () => ({ path: "./agent-program.mjs", external: true }));
  },
};

/** Every output, by the name that `--only` takes. `entry` is relative to the checkout. */
const bundles = [
  {
    name: "extension",
    entries: { extension: "extension/main.ts" },
    options: {
      format: "cjs",
      target: deskTarget,
      // TypeScript is as large as all the rest: it is loaded where a workflow needs it, and lies beside the bundles.
      external: ["vscode", "typescript"],
      banner: { js: metaUrlForCommonJs },
      define: { "import.meta.url": "__importMetaUrl" },
    },
  },
  {
    // Loaded by VS Code's own Node. CommonJS, since TypeScript is required quicker than it is imported.
    name: "language-server",
    entries: { "language-server": "extension/language-server.ts" },
    options: {
      format: "cjs",
      target: deskTarget,
      external: ["typescript"],
      banner: { js: metaUrlForCommonJs },
      define: { "import.meta.url": "__importMetaUrl" },
    },
  },
  {
    name: "agent",
    // What is started: it runs the program beside it. A file of its own, since V8 keeps code of whole files only.
    entries: { agent: "runtime/agent/start.ts" },
    options: { target: deskTarget, charset: "ascii", banner: {}, plugins: [programBeside, builtinsWhenUsed] },
  },
  {
    name: "agent",
    // One file: its workers run it too. It can be run as a script and be imported as a module.
    entries: { "agent-program": "runtime/agent/main.ts" },
    // mqtt brings a SOCKS client, and a trace of every step, which costs time although nobody reads it. What it brings of
    // Node's own, such as a copy of its streams, is a quarter of the whole: see builtins.mjs.
    options: {
      format: "iife",
      target: deskTarget,
      // One character beyond Latin 1 makes V8 keep the whole file with two bytes for each.
      charset: "ascii",
      banner: {},
      // A script has none; main.ts says which file its workers run.
      define: { "import.meta.url": "undefined" },
      alias: {
        socks: join(import.meta.dirname, "no-socks.mjs"),
        debug: join(import.meta.dirname, "no-debug.cjs"),
      },
      plugins: [builtinsWhenUsed],
    },
  },
  {
    name: "cli",
    entries: { cli: "cli/main.ts" },
    // TypeScript is as large as all the rest, and only workflows with own nodes need it.
    options: { target: deskTarget, external: ["typescript"] },
  },
  {
    // The thread that tests of workflows run in.
    name: "test-worker",
    entries: { "test-worker": "runtime/testing/worker.ts" },
    options: { target: deskTarget },
  },
  {
    name: "library",
    entries: {
      "lib/language": "language/index.ts",
      "lib/types": "language/types/index.ts",
      "lib/compiler": "compiler/index.ts",
      "lib/runtime": "runtime/index.ts",
      "lib/fleet": "fleet/index.ts",
      "lib/standalone": "runtime/standalone.ts",
    },
    options: {
      target: deskTarget,
      external: ["typescript"],
      splitting: true,
      chunkNames: "lib/chunk-[hash]",
      outExtension: { ".js": ".js" },
    },
  },
  {
    name: "webview",
    entries: {
      "webview/canvas": "webview/canvas/main.tsx",
      "webview/layout-worker": "webview/canvas/layout-worker.ts",
    },
    options: {
      platform: "browser",
      format: "iife",
      target: webTarget,
      jsx: "automatic",
      define: { "process.env.NODE_ENV": '"production"' },
      banner: {},
      outExtension: {},
      // Fonts come with the style sheet of the codicons, which is copied as it is.
      external: ["*.ttf"],
    },
  },
];

/** Builds every output once. The result tells whether all of them could be built, and which were made. */
export async function buildAll(settings) {
  await generate({ check: false });
  const started = performance.now();
  const lines = [];
  const wanted = chosen(settings);
  const results = await Promise.allSettled([
    ...wanted.map((bundle) => esbuild.build(optionsOf(bundle, settings))),
    ...(isWanted(settings, "runtime") ? [linkedSources(settings)] : []),
    ...(isWanted(settings, "webview") ? [copyCodicons(settings)] : []),
    ...(settings.types ? [declarations(settings)] : []),
  ]);
  for (const result of results) {
    // esbuild has printed its own messages already.
    if (result.status === "rejected" && !result.reason?.errors)
      lines.push(String(result.reason?.stack ?? result.reason));
  }
  const ok = results.every((result) => result.status === "fulfilled");
  lines.push(
    `${ok ? "Built" : "Could not build"} ${settings.outFolder} in ${Math.round(performance.now() - started)} ms`,
  );
  return { ok, summary: lines.join("\n") };
}

/** Builds on every change until the process is ended. */
export async function watchAll(settings) {
  const contexts = await Promise.all(
    chosen(settings).map((bundle) => {
      const options = optionsOf(bundle, settings);
      return esbuild.context({ ...options, plugins: [...options.plugins, announce] });
    }),
  );
  await copyCodicons(settings);
  await Promise.all([
    ...contexts.map((context) => context.watch()),
    linkedSources(settings, { watch: true }),
  ]);
}

function chosen(settings) {
  return bundles.filter((bundle) => isWanted(settings, bundle.name));
}

function isWanted(settings, name) {
  return !settings.only || settings.only.includes(name);
}

function optionsOf(bundle, settings) {
  return {
    absWorkingDir: root,
    entryPoints: bundle.entries,
    outdir: settings.outFolder,
    bundle: true,
    platform: "node",
    format: "esm",
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
    minify: settings.minify,
    keepNames: false,
    sourcemap: settings.minify ? false : "linked",
    outExtension: bundle.options.format === "cjs" ? { ".js": ".cjs" } : { ".js": ".mjs" },
    banner: { js: commonJsForEsModules },
    ...bundle.options,
    alias: { yaml: quickYaml, ...bundle.options.alias },
    external: ["esbuild", "cpu-features", ...(bundle.options.external ?? [])],
    plugins: [nativeAddonsStayOutside, ...(bundle.options.plugins ?? []), writeWhole],
    write: false,
  };
}

/** `ssh2` tries its native crypto inside try/catch; left outside, the try fails and its JavaScript takes over. */
const nativeAddonsStayOutside = {
  name: "native-addons-stay-outside",
  setup(build) {
    build.onResolve({ filter: /\.node$/ }, ({ path }) => ({ path, external: true }));
  },
};

/** Writes each output beside its place and renames it, so that nobody ever reads half a file. */
const writeWhole = {
  name: "write-whole",
  setup(build) {
    build.onEnd(async ({ outputFiles = [] }) => {
      await Promise.all(outputFiles.map((file) => writeFileWhole(file.path, file.contents)));
    });
  },
};

let building = 0;

/** Prints the lines that the problem matcher in .vscode/tasks.json waits for, for all bundles together. */
const announce = {
  name: "announce",
  setup(build) {
    build.onStart(async () => {
      if (building++ === 0) console.log("[watch] build started");
      await generate({ check: false });
    });
    build.onEnd(({ errors }) => {
      for (const { text, location } of errors) {
        if (location) console.log(`> ${location.file}:${location.line}:${location.column}: error: ${text}`);
      }
      if (--building === 0) console.log("[watch] build finished");
    });
  },
};

async function copyCodicons({ outFolder }) {
  const from = join(root, "node_modules/@vscode/codicons/dist");
  const to = join(outFolder, "webview");
  await mkdir(to, { recursive: true });
  await Promise.all(["codicon.css", "codicon.ttf"].map((file) => copyFile(join(from, file), join(to, file))));
}

/** Declaration files of the library's public faces, with everything they refer to. */
async function declarations({ outFolder }) {
  const typescript = join(root, "node_modules/typescript/bin/tsc");
  const folder = join(outFolder, "types");
  await rm(folder, { recursive: true, force: true });
  try {
    await promisify(execFile)(
      process.execPath,
      [typescript, "-p", join(root, "tsconfig.library.json"), "--outDir", folder],
      {
        cwd: root,
      },
    );
  } catch (error) {
    throw new Error(`The declaration files could not be made:\n${error.stdout || error.message}`);
  }
}
