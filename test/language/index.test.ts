import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const face = fileURLToPath(new URL("../../language/index.ts", import.meta.url));

describe("language: the public face", function () {
  this.timeout(60_000);

  it("says of everything that it exports what it is", () => {
    const program = ts.createProgram([face], {
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      target: ts.ScriptTarget.ES2023,
      allowImportingTsExtensions: true,
      noEmit: true,
      types: [],
    });
    const checker = program.getTypeChecker();
    const file = program.getSourceFile(face);
    const module = file && checker.getSymbolAtLocation(file);
    assert.ok(module);
    const exported = checker.getExportsOfModule(module);
    assert.ok(exported.length > 50);
    const silent = exported.filter((symbol) => {
      const meant = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      return meant.getDocumentationComment(checker).length === 0;
    });
    assert.deepEqual(
      silent.map(({ name }) => name),
      [],
    );
  });
});
