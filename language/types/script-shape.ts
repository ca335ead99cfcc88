import type TypeScript from "typescript";
import type { TypeScriptModule } from "../own-node.ts";

/**
 * What the rest of a workflow can see of its script: types as they are written, and the types of values. While it is the
 * same, a keystroke in the body of a helper reaches no node.
 */
export function scriptShape(ts: TypeScriptModule, program: TypeScript.Program, path: string): string {
  const file = program.getSourceFile(path);
  const checker = program.getTypeChecker();
  const module = file && checker.getSymbolAtLocation(file);
  if (!file || !module || declaresInside(ts, file)) return file?.text ?? "";
  return checker
    .getExportsOfModule(module)
    .map((exported) => {
      const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0;
      const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported;
      const declared = symbol.declarations ?? [];
      const written = declared
        .filter((one) => one.getSourceFile() === file && isTypeLike(ts, one))
        .map((one) => one.getText(file));
      const isValue = (symbol.flags & ts.SymbolFlags.Value) !== 0 && written.length === 0;
      const type = isValue
        ? checker.typeToString(
            checker.getTypeOfSymbol(symbol),
            file,
            ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.UseFullyQualifiedType,
          )
        : "";
      const documentation = ts.displayPartsToString(symbol.getDocumentationComment(checker));
      return [exported.name, type, documentation, ...written].join("\n");
    })
    .join("\0");
}

function isTypeLike(ts: TypeScriptModule, node: TypeScript.Node): boolean {
  return (
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isEnumDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isModuleDeclaration(node)
  );
}

/** Types that are declared inside of functions show by name only, whatever they are. */
function declaresInside(ts: TypeScriptModule, file: TypeScript.SourceFile): boolean {
  let found = false;
  const visit = (node: TypeScript.Node, depth: number): void => {
    if (depth > 0 && isTypeLike(ts, node)) found = true;
    if (!found) ts.forEachChild(node, (child) => visit(child, depth + 1));
  };
  for (const statement of file.statements) visit(statement, 0);
  return found;
}
