import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Compiler, createCompiler } from "../../compiler/index.ts";
import { checkWorkflow, parseWorkflow, resolveCatalog } from "../../language/index.ts";
import { builtinCatalog } from "../../runtime/nodes/catalog.ts";
import { runTests } from "../../runtime/testing/run-tests.ts";

const folder = fileURLToPath(new URL("../../examples/", import.meta.url));
const files = readdirSync(folder).filter((file) => file.endsWith(".flow.yaml"));
const read = async () => undefined;

describe("the examples", () => {
  let compiler: Compiler;

  before(() => {
    compiler = createCompiler({ catalog: builtinCatalog });
  });

  after(() => compiler.dispose());

  it("are told of in their README, each one", () => {
    const text = readFileSync(`${folder}README.md`, "utf8");
    const told = [...text.matchAll(/\]\((.*\.flow\.yaml)\)/g)].map(([, file]) => file);
    assert.deepEqual(told.sort(), files.sort());
  });

  for (const file of files) {
    const path = folder + file;
    const text = readFileSync(path, "utf8");
    const parsed = parseWorkflow(text, path);
    const { workflow } = parsed;

    describe(file, () => {
      it("has nothing to complain about", async () => {
        const resolved = await resolveCatalog(parsed, path, builtinCatalog, { read });
        const problems = [
          ...parsed.problems,
          ...resolved.problems,
          ...checkWorkflow(parsed, resolved.catalog),
        ];
        assert.deepEqual(problems, []);
      });

      it("explains itself, and runs from left to right", () => {
        assert.ok(workflow.description);
        assert.match(text, /^#/);
        for (const node of workflow.nodes.values()) {
          assert.ok(node.at, `"${node.id}" has no place`);
          assert.equal(node.at.x % 240, 0);
          for (const { node: from } of node.from) {
            const before = workflow.nodes.get(from)?.at;
            if (before) assert.ok(before.x < node.at.x, `"${node.id}" stands before "${from}"`);
          }
        }
        const places = [...workflow.nodes.values()].map(({ at }) => `${at?.x},${at?.y}`);
        assert.equal(new Set(places).size, places.length, "Two nodes are at one place");
        assert.ok(workflow.tests.length > 0);
      });

      for (const how of ["for tests", "basic", "aggressive"] as const) {
        it(`does what its tests say, compiled ${how === "for tests" ? how : `as for devices (${how})`}`, async () => {
          const { artifact, problems, workflows } = await compiler.compile({
            file: path,
            text,
            read,
            target: "node",
            ...(how === "for tests" ? { optimize: "none", forTests: true } : { optimize: how }),
          });
          assert.deepEqual(problems, []);
          assert.ok(artifact);
          for (const { name, failures } of await runTests({ artifact: artifact.bytes, workflows }))
            assert.deepEqual(failures, [], name);
        });
      }
    });
  }
});
