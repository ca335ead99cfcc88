import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { parseWorkflow, resolveCatalog } from "../../../language/index.ts";
import { builtinCatalog } from "../../../runtime/nodes/catalog.ts";
import { checkTypes, sharedChecker, told } from "./checking.ts";

const root = join(import.meta.dirname, "../../..");

/** The code blocks of a page, by the path that a first line such as `# lib/alarm.flow.yaml` gives them. */
function blocksOf(page: string): ReadonlyMap<string, string> {
  const blocks = readFileSync(join(root, page), "utf8").matchAll(/^```(?:yaml|ts)\n([\s\S]*?)^```$/gm);
  return new Map(
    [...blocks].map(([, text = ""], index) => {
      const name = /^(?:#|\/\/) (\S+\.(?:flow\.yaml|node\.ts))\n/.exec(text)?.[1];
      return [`/flows/${name ?? `${index}.flow.yaml`}`, text];
    }),
  );
}

describe("types: documentation", function () {
  this.timeout(60_000);

  for (const page of globSync(["README.md", "docs/*.md"], { cwd: root }).sort()) {
    const blocks = blocksOf(page);
    for (const [file, text] of blocks) {
      if (!/^eddy:/m.test(text)) continue;
      it(`has nothing to complain about in ${page}: ${file.slice("/flows/".length)}`, async () => {
        const parsed = parseWorkflow(text, file);
        const read = (path: string) => Promise.resolve(blocks.get(path));
        const { catalog } = await resolveCatalog(parsed, file, builtinCatalog, { read, typescript: ts });
        const { problems } = sharedChecker().check({ parsed, catalog, file });
        assert.deepEqual(told(text, problems), []);
      });
    }
  }

  it("shows what is told", () => {
    const page = readFileSync(join(root, "docs/types.md"), "utf8");
    const [, text = "", shown = ""] = /```yaml\n([\s\S]*?)```\n\n```\n\S+ error (.*)\n```/.exec(page) ?? [];
    assert.deepEqual(
      checkTypes(`eddy: 1\n${text}`).problems.map(({ message }) => message),
      [shown],
    );
  });
});
