import assert from "node:assert/strict";
import { join } from "node:path";
import typescript from "typescript";
import { type Compiler, createCompiler } from "../../compiler/index.ts";
import {
  checkWorkflow,
  parseWorkflow,
  problemCodes,
  readOwnNode,
  reservedNodeKeys,
  resolveCatalog,
  workflowKeys,
} from "../../language/index.ts";
import { settingsKeys } from "../../language/parse/settings.ts";
import { builtinCatalog } from "../../runtime/nodes/catalog.ts";
import { runTests } from "../../runtime/testing/run-tests.ts";
import { checkout, read, trackedFiles } from "./files.ts";

/** A piece of code on a page. */
interface Block {
  readonly page: string;
  /** Its first line on the page, counted from 1. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
  /** The path that a first line such as `# lib/alarm.flow.yaml` gives it. */
  readonly file: string;
}

const pages = ["README.md", ...trackedFiles().filter((file) => /^docs\/[^/]+\.md$/.test(file))];
const blocks = pages.flatMap(blocksOf);
const yaml = blocks.filter(({ language }) => language === "yaml");
const workflows = yaml.filter(({ text }) => /^eddy:/m.test(text));

function blocksOf(page: string): readonly Block[] {
  const content = read(page);
  return [...content.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map((match) => {
    const [, language = "", text = ""] = match;
    const line = content.slice(0, match.index).split("\n").length + 1;
    const [, name] = /^(?:#|\/\/) (\S+\.(?:flow\.yaml|node\.ts))\n/.exec(text) ?? [];
    return { page, line, language, text, file: `/flows/${name ?? `line-${line}.flow.yaml`}` };
  });
}

describe("documentation: YAML", () => {
  it("can be read", () => {
    for (const { page, line, text } of yaml) {
      const { problems } = parseWorkflow(text, "").syntax;
      assert.deepEqual(problems, [], `${page}:${line}`);
    }
  });

  it("has whole workflows", () => assert.ok(workflows.length > 5));
});

describe("documentation: whole workflows", () => {
  let compiler: Compiler;

  before(() => {
    compiler = createCompiler({ catalog: builtinCatalog, typescript: async () => typescript });
  });

  after(() => compiler.dispose());

  for (const { page, line, text, file } of workflows)
    describe(`${page}:${line}`, () => {
      const parsed = parseWorkflow(text, file);
      const readBlock = async (path: string) => fileOf(page, path);

      it("has nothing to complain about", async () => {
        const { catalog, problems } = await resolveCatalog(parsed, file, builtinCatalog, {
          read: readBlock,
          typescript,
        });
        assert.deepEqual([...parsed.problems, ...problems, ...checkWorkflow(parsed, catalog)], []);
      });

      it("compiles, and does what its tests say", async () => {
        const { artifact, problems, workflows } = await compiler.compile({
          file,
          text,
          read: readBlock,
          target: "node",
          optimize: "basic",
          forTests: true,
        });
        assert.ok(artifact, JSON.stringify(problems));
        const results = await runTests({ artifact: artifact.bytes, workflows });
        for (const { name, failures } of results) assert.deepEqual(failures, [], name);
      });
    });
});

describe("documentation: own nodes", function () {
  this.timeout(60_000);
  const nodes = blocks.filter(({ file }) => file.endsWith(".node.ts"));

  it("are there", () => assert.ok(nodes.length > 0));

  for (const { page, line, text, file } of nodes) {
    it(`${page}:${line} can be read without running it`, () => {
      const { descriptor, signature, problems } = readOwnNode(text, file, typescript);
      assert.deepEqual(problems, []);
      assert.ok(descriptor && signature);
    });

    it(`${page}:${line} is typed`, () => {
      assert.deepEqual(typeErrors(text), []);
      // So that the types are not just unknown.
      assert.equal(
        typeErrors(text.replace(/timing: "\w+",\n {2}create/, 'timing: "never",\n  create')).length,
        1,
      );
      assert.notDeepEqual(typeErrors(text.replace("outputs.out?.(", "outputs.out?.(1, ")), []);
    });
  }
});

/** What TypeScript finds in an own node, where `eddy` is what the library's faces are. */
function typeErrors(text: string): readonly string[] {
  const file = join(checkout, "own.node.ts");
  const faces = Object.keys(JSON.parse(read("package.json")).exports).filter(
    (path) => !path.endsWith(".json"),
  );
  const options: typescript.CompilerOptions = {
    module: typescript.ModuleKind.NodeNext,
    target: typescript.ScriptTarget.ES2024,
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    allowImportingTsExtensions: true,
    noEmit: true,
    skipLibCheck: true,
    types: ["node"],
    paths: Object.fromEntries(
      faces.map((path) => [`eddy/${path.slice(2)}`, [join(checkout, path, "index.ts")]]),
    ),
  };
  const host = typescript.createCompilerHost(options);
  const program = typescript.createProgram([file], options, {
    ...host,
    fileExists: (path) => path === file || host.fileExists(path),
    readFile: (path) => (path === file ? text : host.readFile(path)),
    getSourceFile: (path, settings) =>
      path === file
        ? typescript.createSourceFile(path, text, settings, true)
        : host.getSourceFile(path, settings),
  });
  const own = program.getSourceFile(file);
  return [...program.getSyntacticDiagnostics(own), ...program.getSemanticDiagnostics(own)].map(
    ({ messageText }) => typescript.flattenDiagnosticMessageText(messageText, "\n"),
  );
}

/** What a block of the same page that names the file holds. */
function fileOf(page: string, path: string): string | undefined {
  return blocks.find((block) => block.page === page && block.file === path)?.text;
}

describe("documentation: node types", () => {
  /** Wires, connections and declarations stand outside of an example. */
  const left =
    /^EDDY_(WIRE|CONNECTION|MISSING_PARAM|UNREACHABLE|OUTPUT_UNUSED|(ENV|SECRET|STATE)_UNDECLARED)/;
  const problemsOf = (text: string) => {
    const parsed = parseWorkflow(text, "x.flow.yaml");
    return [...parsed.problems, ...checkWorkflow(parsed, builtinCatalog)].filter(
      ({ code }) => !left.test(code),
    );
  };

  for (const [section, types] of [
    ["nodes", builtinCatalog.nodes],
    ["connections", builtinCatalog.connections],
  ] as const)
    for (const { type, doc, params } of types.values())
      it(`${type} has examples that fit`, () => {
        for (const [, text = ""] of doc.matchAll(/```yaml\n([\s\S]*?)```/g))
          assert.deepEqual(problemsOf(`eddy: 1\n${section}:\n${text.replaceAll(/^(?=.)/gm, "  ")}`), []);
        for (const [name, { example }] of Object.entries(params))
          if (example !== undefined) {
            const text = `eddy: 1\n${section}:\n  n:\n    type: ${type}\n    ${name}: ${example}\n`;
            assert.deepEqual(problemsOf(text), [], `${name}: ${example}`);
          }
      });
});

describe("documentation: the language", () => {
  const page = read("docs/language.md");
  const told = new Set([...page.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code));

  for (const [what, keys] of [
    ["key of a file", workflowKeys],
    ["key of a node", reservedNodeKeys],
    ["setting", settingsKeys],
    ["connection type", [...builtinCatalog.connections.keys()]],
  ] as const)
    it(`tells of every ${what}`, () =>
      assert.deepEqual(
        keys.filter((key) => !told.has(key)),
        [],
      ));

  it("names no node type and no problem that there is not", () => {
    for (const [, type = ""] of page.matchAll(/\btype: ([a-z][a-z-]*)$/gm))
      assert.ok(builtinCatalog.nodes.has(type) || builtinCatalog.connections.has(type), type);
    for (const [code] of page.matchAll(/EDDY_[A-Z_]+/g))
      assert.ok(
        [...problemCodes.keys()].some((known) => known === code),
        code,
      );
  });
});
