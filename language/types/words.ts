/** Types and messages as a workflow author reads them: without the names that generated files use. */

/** A type without what generated files put around it. */
export function readableType(text: string): string {
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
