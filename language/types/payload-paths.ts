import type TypeScript from "typescript";
import type { TypeScriptModule } from "../own-node.ts";

/** A place in a payload: `["a", "kind"]` is `msg.payload.a.kind`. */
export type PayloadPath = readonly string[];

/** More, or deeper ones, are not looked at. */
const mostPaths = 12;
const deepest = 6;

/** The places below `msg.payload` that a condition can tell something of, with those above them, outer ones first. */
export function payloadPaths(ts: TypeScriptModule, file: TypeScript.SourceFile): readonly PayloadPath[] {
  const found = new Map<string, PayloadPath>();
  const visit = (node: TypeScript.Node): void => {
    const path = ts.isExpression(node) ? pathOf(ts, node) : undefined;
    if (path === undefined) {
      ts.forEachChild(node, visit);
      return;
    }
    if (path.length > deepest || !tells(ts, node)) return;
    const isCalled = ts.isCallExpression(node.parent) && node.parent.expression === node;
    const known = isCalled ? path.slice(0, -1) : path;
    for (let length = 1; length <= known.length; length++) {
      const outer = known.slice(0, length);
      found.set(JSON.stringify(outer), outer);
    }
  };
  visit(file);
  return [...found.values()].sort((one, other) => one.length - other.length).slice(0, mostPaths);
}

/** `msg.payload.a?.["b"]` is `["a", "b"]`; undefined for what is no such chain. */
function pathOf(ts: TypeScriptModule, node: TypeScript.Expression): PayloadPath | undefined {
  const names: string[] = [];
  let at: TypeScript.Expression = node;
  for (;;) {
    if (ts.isPropertyAccessExpression(at)) {
      names.unshift(at.name.text);
      at = at.expression;
    } else if (ts.isElementAccessExpression(at) && ts.isStringLiteralLike(at.argumentExpression)) {
      names.unshift(at.argumentExpression.text);
      at = at.expression;
    } else if (ts.isNonNullExpression(at)) at = at.expression;
    else break;
  }
  const isPayload = ts.isIdentifier(at) && at.text === "msg" && names[0] === "payload";
  return isPayload && names.length > 1 ? names.slice(1) : undefined;
}

/** What a value is compared with by size or calculated with says nothing of its type, nor does a method that is called. */
function tells(ts: TypeScriptModule, node: TypeScript.Node): boolean {
  const { parent } = node;
  if (ts.isCallExpression(parent) && parent.expression === node)
    return parent.questionDotToken !== undefined || (node.flags & ts.NodeFlags.OptionalChain) !== 0;
  if (!ts.isBinaryExpression(parent)) return true;
  const { kind } = parent.operatorToken;
  return !(
    (kind >= ts.SyntaxKind.PlusToken && kind <= ts.SyntaxKind.PercentToken) ||
    (kind >= ts.SyntaxKind.LessThanToken && kind <= ts.SyntaxKind.GreaterThanEqualsToken)
  );
}
