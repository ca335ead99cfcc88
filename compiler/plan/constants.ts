/**
 * The value of an expression that is made of literals and operators only, or undefined where it is made of more. Nothing
 * with a name gets this far, so that nothing can be called, read or changed by working it out.
 */
export function constantOf(expression: string): { readonly value: unknown } | undefined {
  if (expression.length > mostCharacters || !isLiteral(expression)) return undefined;
  try {
    const value: unknown = new Function(`"use strict"; return (${expression});`)();
    return { value };
  } catch {
    // No expression after all, or one that throws each time it is run: that is for the run to tell.
    return undefined;
  }
}

/** Longer ones are no conditions that somebody wrote to be constant. */
const mostCharacters = 200;
const words = new Set(["true", "false", "null", "undefined", "NaN", "Infinity"]);
/** A string without escapes and templates, a number, a word, an operator, white space. */
const token =
  /\s+|"[^"\\\n]*"|'[^'\\\n]*'|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?(?![\w$.])|(?<word>[A-Za-z_$][\w$]*)|[!=]==?|[<>]=?|&&|\|\||\?\?|\*(?!\*)|[-+/%?:()!]/y;

function isLiteral(expression: string): boolean {
  let at = 0;
  token.lastIndex = 0;
  while (at < expression.length) {
    token.lastIndex = at;
    const found = token.exec(expression);
    if (!found || (found.groups?.word !== undefined && !words.has(found.groups.word))) return false;
    // A comment would hide what comes after it.
    if (found[0] === "/" && /[/*]/.test(expression[at + 1] ?? "")) return false;
    at += found[0].length;
  }
  return true;
}
