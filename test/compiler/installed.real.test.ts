import assert from "node:assert/strict";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { runProgram } from "../testbed/processes.ts";
import { type TemporaryFolder, temporaryFolder } from "../testbed/resources.ts";

const checkout = fileURLToPath(new URL("../../", import.meta.url));
const platform = `${process.platform}-${process.arch}`;

/** Compiles with what was built and tells what came of it. `%` is how the compiler is got. */
const program = `
% ;
async function main() {
  const compiler = createCompiler();
  try {
    const text = "eddy: 1\\nnodes:\\n  in: { type: inject, every: 1s }\\n  out: { type: log, from: in }\\n";
    const options = { file: "/flows/line.flow.yaml", text, read: async () => undefined, target: "node", optimize: "basic" };
    const { artifact, standalone } = await compiler.compile({ ...options, standalone: process.argv[2] === "standalone" });
    console.log(JSON.stringify({ nodes: artifact.manifest.nodes.length, standalone: standalone?.length ?? 0 }));
  } catch (error) {
    console.log(JSON.stringify({ code: error.code, message: error.message }));
  } finally {
    await compiler.dispose();
  }
}
main();
`;

/** Where there is no checkout around it: only what the build made, and esbuild as it is packaged with the extension. */
describe("a compiler that is installed", function () {
  this.timeout(240_000);
  let folder: TemporaryFolder;

  before(async () => {
    folder = await temporaryFolder("installed");
    const out = join(folder.path, "dist");
    const parts = ["library", "runtime"];
    await runProgram(process.execPath, [
      join(checkout, "scripts", "build.mjs"),
      "--minify",
      `--only=${parts.join(",")}`,
      `--out=${out}`,
    ]);
    // As the extension is built: a CommonJS module, where the extension host wants one.
    await build({
      absWorkingDir: checkout,
      entryPoints: ["compiler/index.ts"],
      outfile: join(out, "extension.cjs"),
      bundle: true,
      platform: "node",
      format: "cjs",
      external: ["esbuild"],
      logLevel: "silent",
      banner: { js: 'const __importMetaUrl = require("node:url").pathToFileURL(__filename).href;' },
      define: { "import.meta.url": "__importMetaUrl" },
    });
    const get = 'import { createCompiler } from "./dist/lib/compiler.js"';
    await writeFile(join(folder.path, "library.mjs"), program.replace("%", get));
    const require = 'const { createCompiler } = require("./dist/extension.cjs")';
    await writeFile(join(folder.path, "extension.cjs"), program.replace("%", require));
  });
  after(() => folder[Symbol.asyncDispose]());

  const run = async (file: string, ...options: readonly string[]) =>
    JSON.parse(
      await runProgram(process.execPath, [join(folder.path, file), ...options], {
        folder: folder.path,
        environment: { NODE_PATH: "", NODE_OPTIONS: "" },
      }),
    );

  it("says that esbuild is missing where it is", async () => {
    for (const file of ["library.mjs", "extension.cjs"]) {
      const { code, message } = await run(file);
      assert.equal(code, "EDDY_NO_ESBUILD");
      assert.match(message, /Install Eddy again/);
    }
  });

  it("finds esbuild beside itself, with nothing but its binary and its library", async () => {
    const modules = join(folder.path, "dist", "node_modules");
    await mkdir(modules, { recursive: true });
    for (const file of ["esbuild/package.json", "esbuild/lib/main.js", `@esbuild/${platform}`]) {
      await cp(join(checkout, "node_modules", file), join(modules, file), { recursive: true });
    }
    assert.deepEqual(await run("library.mjs"), { nodes: 2, standalone: 0 });
    assert.deepEqual(await run("extension.cjs"), { nodes: 2, standalone: 0 });
  });

  it("makes programs of their own with the library that is built beside it", async () => {
    const { nodes, standalone } = await run("library.mjs", "standalone");
    assert.equal(nodes, 2);
    assert.ok(standalone > 10_000);
  });
});
