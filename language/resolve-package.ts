/**
 * The file that a package exports as a node, relative to the package: `exports["./name"]` of its package.json, with the
 * condition `eddy` before `import` and `default`. Undefined where the text is no package.json or exports no such node.
 */
export function packageTarget(manifest: string, node: string): string | undefined {
  const exported = field(field(parseJson(manifest), "exports"), `./${node}`);
  const target =
    typeof exported === "string"
      ? exported
      : ["eddy", "import", "default"].map((condition) => field(exported, condition)).find(isString);
  // Node wants targets to begin with ./ and to stay in the package, and so do we.
  if (
    target === undefined ||
    !target.startsWith("./") ||
    /[\\\0]|(^|\/)(\.\.|node_modules)(\/|$)/.test(target)
  ) {
    return undefined;
  }
  return target.slice(2);
}

function field(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return new Map(Object.entries(value)).get(key);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}
