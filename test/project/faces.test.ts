import assert from "node:assert/strict";
import { join } from "node:path";
import ts from "typescript";
import { checkout, read } from "./files.ts";

/** The entry points that package.json offers: `eddy/language` is language/index.ts. */
const exported: Record<string, unknown> = JSON.parse(read("package.json")).exports;
const faces = Object.keys(exported)
  .filter((path) => path !== "./package.json")
  .map((path) => `${path.slice(2)}/index.ts`);

describe("public faces", function () {
  this.timeout(120_000);
  let checker: ts.TypeChecker;
  const symbols = new Map<string, readonly ts.Symbol[]>();

  before(() => {
    const { config } = ts.readConfigFile(join(checkout, "tsconfig.json"), ts.sys.readFile);
    const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, checkout);
    const files = faces.map((face) => join(checkout, face));
    const program = ts.createProgram(files, options);
    checker = program.getTypeChecker();
    for (const [index, path] of files.entries()) {
      const file = program.getSourceFile(path);
      const module = file && checker.getSymbolAtLocation(file);
      assert.ok(module, path);
      symbols.set(faces[index] ?? "", checker.getExportsOfModule(module).map(meant));
    }
  });

  /** What a name that is handed on stands for. */
  function meant(symbol: ts.Symbol): ts.Symbol {
    return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  }

  for (const face of faces) {
    it(`${face} says of everything that it exports what it is`, () => {
      const all = symbols.get(face) ?? [];
      assert.ok(all.length > 10);
      const silent = all.filter((symbol) => symbol.getDocumentationComment(checker).length === 0);
      assert.deepEqual(
        silent.map(({ name }) => name),
        [],
      );
    });

    it(`${face} names no type that nobody can import`, () => {
      const offered = new Set([...symbols.values()].flat());
      const hidden = (symbols.get(face) ?? []).flatMap((symbol) =>
        (symbol.declarations ?? [])
          .flatMap(namedTypes)
          .filter((named) => !offered.has(named) && isExported(named)),
      );
      assert.deepEqual([...new Set(hidden.map(({ name }) => name))], []);
    });
  }

  /** The types of the project that a declaration names where others see it. */
  function namedTypes(node: ts.Node): readonly ts.Symbol[] {
    if (ts.isBlock(node) || (ts.isVariableDeclaration(node) && !node.type)) return [];
    if (ts.isVariableDeclaration(node) && node.type) return namedTypes(node.type);
    const name = ts.isTypeReferenceNode(node)
      ? node.typeName
      : ts.isExpressionWithTypeArguments(node)
        ? node.expression
        : undefined;
    const symbol = name && checker.getSymbolAtLocation(name);
    const inside: ts.Symbol[] = symbol === undefined ? [] : [meant(symbol)];
    ts.forEachChild(node, (child) => void inside.push(...namedTypes(child)));
    return inside;
  }

  /** True for what another file of the project can import. */
  function isExported({ declarations = [] }: ts.Symbol): boolean {
    return declarations.some(
      (declaration) =>
        !declaration.getSourceFile().fileName.includes("node_modules") &&
        (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Export) !== 0,
    );
  }
});
