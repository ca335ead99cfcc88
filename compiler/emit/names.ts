/** What emitted names start with, so that a node may be called `in` or `class`. */
const kinds = ["node", "out", "error", "type", "connection", "create", "payload"] as const;

/** Names of the emitted code: one for each thing, none of them an author's. */
export interface Names {
  readonly engine: string;
  readonly host: string;
  readonly result: string;
  /** The engine and the node types, all of them. */
  readonly linked: string;
  /** Something of the engine's own, or a local name. */
  runtime(name: string): string;
  of(kind: (typeof kinds)[number], ...parts: readonly string[]): string;
}

/** `scripts`: the text that authors wrote, whose names are taken. */
export function createNames(scripts: readonly string[]): Names {
  const text = scripts.join("\n");
  const tag = firstFree((suffix) => !kinds.some((kind) => text.includes(`${kind}${suffix}_`)));
  const free = (name: string) => name + firstFree((suffix) => !text.includes(name + suffix));
  return {
    // Not the `$` of a template literal.
    engine: /(?<![\w$])\$(?![\w${])/.test(text) ? free("$engine") : "$",
    host: free("$host"),
    result: free("$workflow"),
    linked: free("$linked"),
    runtime: (name) => free(`$${name}`),
    of: (kind, ...parts) => `${kind}${tag}_${parts.map(encode).join("$0")}`,
  };
}

/** Ids and ports have letters, digits, `_`, `-` and, in a subflow, `/`. No two have the same name. */
function encode(part: string): string {
  return part.replaceAll("-", "$_").replaceAll("/", "$1");
}

function firstFree(isFree: (suffix: string) => boolean): string {
  let suffix = "";
  for (let number = 1; !isFree(suffix); number++) suffix = String(number);
  return suffix;
}
