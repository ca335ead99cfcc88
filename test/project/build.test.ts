import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { runProgram } from "../testbed/processes.ts";
import { type TemporaryFolder, temporaryFolder } from "../testbed/resources.ts";
import { checkout, read } from "./files.ts";

interface Face {
  readonly types: string;
  readonly default: string;
}

const manifest = JSON.parse(read("package.json"));
const faces = Object.entries<Face>(manifest.exports).filter(([name]) => name !== "./package.json");

describe("build", function () {
  this.timeout(180_000);
  let output: TemporaryFolder;

  before(async () => {
    // Inside of the checkout, so that what stays external is found.
    await mkdir(join(checkout, "dist"), { recursive: true });
    output = await temporaryFolder("build");
    await symlink(join(checkout, "node_modules"), join(output.path, "node_modules"), "junction");
    await runProgram(process.execPath, [
      join(checkout, "scripts", "build.mjs"),
      "--types",
      `--out=${join(output.path, "dist")}`,
    ]);
  });
  after(() => output[Symbol.asyncDispose]());

  const inOutput = (path: string) => join(output.path, path);

  it("makes every file that package.json names", () => {
    const named = [manifest.main, ...faces.flatMap(([, face]) => [face.types, face.default])];
    assert.deepEqual(
      named.filter((path) => !existsSync(inOutput(path))),
      [],
    );
  });

  it("makes the agent, the command and the canvas", () => {
    const files = [
      ...["agent.mjs", "agent-program.mjs", "cli.mjs"],
      ...["webview/canvas.js", "webview/canvas.css", "webview/codicon.css"],
    ];
    assert.deepEqual(
      files.filter((file) => !existsSync(inOutput(join("dist", file)))),
      [],
    );
  });

  for (const [name, face] of faces) {
    it(`gives ${name.replace("./", "eddy/")} as a library that loads in Node`, async () => {
      const library: Record<string, unknown> = await import(pathToFileURL(inOutput(face.default)).href);
      assert.ok(Object.values(library).some((value) => typeof value === "function"));
    });
  }

  it("gives types that a strict program can be written against", async () => {
    await using consumer = await temporaryFolder("consumer");
    await mkdir(join(consumer.path, "node_modules"));
    await writeFile(inOutput("package.json"), read("package.json"));
    await symlink(output.path, join(consumer.path, "node_modules", "eddy"), "junction");
    const imports = faces.map(
      ([name], index) => `import * as library${index} from "eddy/${name.slice(2)}"; void library${index};`,
    );
    await writeFile(join(consumer.path, "consumer.ts"), `${imports.join("\n")}\nexport {};\n`);
    const settings = {
      compilerOptions: {
        module: "NodeNext",
        target: "ES2024",
        lib: ["ES2024", "ESNext.Disposable", "DOM"],
        strict: true,
        noEmit: true,
        skipLibCheck: true,
        types: ["node"],
        typeRoots: [join(checkout, "node_modules", "@types")],
      },
      files: ["consumer.ts"],
    };
    await writeFile(join(consumer.path, "tsconfig.json"), JSON.stringify(settings));
    const typescript = join(checkout, "node_modules", "typescript", "bin", "tsc");
    await runProgram(process.execPath, [typescript, "-p", consumer.path]).catch(
      (error: { stdout?: string }) => assert.fail(error.stdout || String(error)),
    );
  });

  it("links nothing into a workflow that needs Node by itself", async () => {
    const folder = inOutput("dist/runtime");
    const script = `
      import { readdirSync, readFileSync } from "node:fs";
      for (const file of readdirSync(${JSON.stringify(folder)}, { recursive: true })) {
        if (file.endsWith(".js") && /from "node:|require\\(/.test(readFileSync(${JSON.stringify(folder)} + "/" + file, "utf8")))
          console.log(file);
      }`;
    assert.equal(await runProgram(process.execPath, ["--input-type=module", "-e", script]), "");
  });
});

describe("eddy command", () => {
  it("starts from a checkout", async () => {
    const output = await runProgram(process.execPath, [join(checkout, "bin", "eddy.mjs"), "--version"]);
    assert.match(output, /\d+\.\d+\.\d+/);
  }).timeout(60_000);
});
