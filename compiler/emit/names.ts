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

/** The same for code that nobody reads: one short name for each thing, in the order in which they are first asked for. */
export function createShortNames(texts: readonly string[]): Names {
  const prefix = shortPrefix(texts);
  const given = new Map<string, string>();
  const short = (kind: string, one = "", ...others: readonly string[]) => {
    const key = `${kind}\0${one}${others.length > 0 ? `\0${others.join("\0")}` : ""}`;
    const known = given.get(key);
    if (known !== undefined) return known;
    const name = prefix + given.size.toString(36);
    given.set(key, name);
    return name;
  };
  return {
    engine: short("engine"),
    host: short("host"),
    result: short("result"),
    linked: short("linked"),
    runtime: (name) => short("runtime", name),
    of: (kind, ...parts) => short(kind, ...parts),
  };
}

/** By which a node type is handed to the emitted code, whatever it is called there. */
export function typeKey(file: string): string {
  return `type_${encode(file)}`;
}

/** Begins no name in what authors wrote: `$`, unless one of them writes `$0`. */
function shortPrefix(texts: readonly string[]): string {
  const text = texts.join("\n");
  let prefix = "$";
  while (text.includes(prefix) && new RegExp(`${prefix.replaceAll("$", "\\$")}[0-9a-z]`).test(text))
    prefix += "$";
  return prefix;
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
