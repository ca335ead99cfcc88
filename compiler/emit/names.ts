/** What emitted names start with, so that a node may be called `in` or `class`. */
const kinds = ["node", "out", "error", "enter", "type", "connection", "create"] as const;

/** Names of the emitted code: one for each thing, none of them an author's. */
export interface Names {
  readonly engine: string;
  readonly host: string;
  readonly result: string;
  of(kind: (typeof kinds)[number], ...parts: readonly string[]): string;
}

/** `scripts`: the text that authors wrote, whose names are taken. */
export function createNames(scripts: readonly string[]): Names {
  const text = scripts.join("\n");
  const tag = firstFree("", (tag) => !kinds.some((kind) => text.includes(`${kind}${tag}_`)));
  const free = (name: string) => firstFree("", (suffix) => !text.includes(name + suffix));
  return {
    // Not the `$` of a template literal.
    engine: /(?<![\w$])\$(?![\w${])/.test(text) ? `$engine${free("$engine")}` : "$",
    host: `artifactHost${free("artifactHost")}`,
    result: `$workflow${free("$workflow")}`,
    of: (kind, ...parts) => `${kind}${tag}_${parts.map(encode).join("$0")}`,
  };
}

/** Ids and ports have letters, digits, `_`, `-` and, in a subflow, `/`. No two have the same name. */
function encode(part: string): string {
  return part.replaceAll("-", "$_").replaceAll("/", "$$$$");
}

function firstFree(first: string, isFree: (suffix: string) => boolean): string {
  let suffix = first;
  for (let number = 1; !isFree(suffix); number++) suffix = String(number);
  return suffix;
}
