/** Types and messages as a workflow author reads them: without the names that generated files use. */

/** A type as people read it: messages are never changed, so that it need not be said of each part of them. */
export function readableType(text: string): string {
  return withoutReadonly(exactType(text));
}

/** A type without what generated files put around it. */
export function exactType(text: string): string {
  let shown = text.replace(/\$eddy\.(?=[A-Z$])/g, "");
  shown = withoutFrozen(shown);
  shown = unwrap(shown, "Msg", (parts) => `Message<${parts[0] ?? ""}>`);
  return shown
    .replace(/\bText \| Secret\b/g, "string, number, boolean or a secret")
    .replace(/\bText\b/g, "string, number or boolean");
}

/** What an expression sees is frozen all the way down; nobody writes that. */
export function withoutFrozen(text: string): string {
  const bare = (parts: readonly string[]) => parts[0] ?? "any";
  return ["Frozen", "Mixed", "Deep"].reduce((shown, name) => unwrap(shown, name, bare), text);
}

function withoutReadonly(text: string): string {
  let shown = unwrap(text, "ReadonlyArray", ([item = "any"]) =>
    /[|&?]|=>/.test(item) ? `(${item})[]` : `${item}[]`,
  );
  shown = unwrap(shown, "Readonly", ([type = "any"]) => type);
  // Texts within a type are left as they are.
  return shown.replace(
    /("(?:[^"\\]|\\.)*")|(?<![-+.$\w])readonly (?=[\w$["'({`])|(?<![.$\w])Readonly(?=(?:Map|Set)<)/g,
    (_, quoted?: string) => quoted ?? "",
  );
}

/** `Name<…>` is what `replace` makes of its arguments, however they are nested. */
export function unwrap(text: string, name: string, replace: (parts: readonly string[]) => string): string {
  const pattern = new RegExp(`(?<![\\w$.])(?:\\$eddy\\.)?${name}<`, "g");
  let result = "";
  let from = 0;
  for (let found = pattern.exec(text); found; found = pattern.exec(text)) {
    const inner = argumentsAt(text, pattern.lastIndex);
    if (!inner) break;
    const replaced = replace(inner.parts.map((part) => unwrap(part, name, replace)));
    result += text.slice(from, found.index) + grouped(replaced, text, inner.end);
    from = inner.end;
    pattern.lastIndex = inner.end;
  }
  return result + text.slice(from);
}

/** `Frozen<A | B>[]` is `(A | B)[]`. */
function grouped(type: string, text: string, end: number): string {
  return text.startsWith("[", end) && /[|&?]|=>/.test(type) ? `(${type})` : type;
}

/** The type arguments that begin at an offset, and where their bracket ends. */
function argumentsAt(
  text: string,
  start: number,
): { readonly parts: readonly string[]; readonly end: number } | undefined {
  const parts: string[] = [];
  let depth = 0;
  let from = start;
  for (let at = start; at < text.length; at++) {
    const character = text[at] ?? "";
    if (character === '"' || character === "'" || character === "`") {
      at = quoteEnd(text, at);
    } else if ("<([{".includes(character)) depth++;
    else if (character === ">" && text[at - 1] === "=") continue;
    else if (")]}".includes(character)) depth--;
    else if (character === "," && depth === 0) {
      parts.push(text.slice(from, at).trim());
      from = at + 1;
    } else if (character === ">" && depth-- === 0) {
      parts.push(text.slice(from, at).trim());
      return { parts, end: at + 1 };
    }
  }
  return undefined;
}

function quoteEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === text[start]) return at;
  }
  return text.length;
}

/** Longer types are cut in messages. */
export function shortType(text: string, longest = 120): string {
  const type = readableType(text).replace(/\s+/g, " ");
  return type.length > longest ? `${type.slice(0, longest - 1)}…` : type;
}

/** What stands for a method that changes a list, map or set in place. */
const copies: Readonly<Record<string, string>> = {
  push: "[...list, value]",
  unshift: "[value, ...list]",
  pop: "list.slice(0, -1)",
  shift: "list.slice(1)",
  sort: "toSorted()",
  reverse: "toReversed()",
  splice: "toSpliced()",
  fill: "list.map(() => value)",
  copyWithin: "a copy of the list",
  set: "new Map([...map, [key, value]])",
  add: "new Set([...set, value])",
  delete: "a copy without it",
  clear: "an empty one",
};

/** Why a method is not there that would change a message; undefined where it would not. */
export function changeText(method: string): string | undefined {
  const copy = Object.hasOwn(copies, method) ? copies[method] : undefined;
  return (
    copy && `Messages are never changed, so that there is no "${method}" here: make another one, ${copy}.`
  );
}

/** Somebody takes a value who may change it. */
export function changeableText(wanted: string): string {
  const type = exactType(wanted);
  const isLong = type.length > 60;
  return `Messages are never changed, and ${isLong ? "this" : type} could be: declare it as ${isLong ? "readonly" : `readonly ${type}`} where it is taken, or hand on a copy ([...list]).`;
}
