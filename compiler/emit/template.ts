import { templateParts } from "../../language/expression-text.ts";
import { MappedText, type SourceFile } from "../../language/mapped-text.ts";
import type { SourceScalar } from "../../language/model.ts";

/**
 * A param's template as JavaScript: a string where it holds no expression, else a template literal, with `tag` before
 * it where there is one. In a template, a backslash is a backslash, but for those before `${`, where each second one
 * stands for one, and an odd one makes the `${` plain text.
 */
export function templateText(
  source: string | SourceScalar,
  tag: () => string,
  file?: SourceFile,
): MappedText {
  const text = typeof source === "string" ? source : source.text;
  const { expressions } = templateParts(text);
  if (expressions.length === 0) return MappedText.of(JSON.stringify(unescapeHoles(text)));
  const parts: (string | MappedText)[] = [tag(), "`"];
  let from = 0;
  for (const { start, end } of expressions) {
    const expression = text.slice(start, end);
    parts.push(
      literalPart(text.slice(from, start - 2), { beforeHole: true }),
      "${",
      typeof source === "string" || !file ? expression : MappedText.scalar(source, file, start, end),
      expression.includes("//") ? "\n}" : "}",
    );
    from = end + 1;
  }
  parts.push(literalPart(text.slice(from), { beforeHole: false }), "`");
  return MappedText.of(...parts);
}

function literalPart(text: string, { beforeHole }: { readonly beforeHole: boolean }): string {
  const plain = beforeHole ? unescapeHoles(`${text}\${`).slice(0, -2) : unescapeHoles(text);
  return (
    plain
      .replace(/[`\\]|\$(?=\{)/g, "\\$&")
      .replaceAll("\r", "\\r")
      // Two pieces that end and begin with these would make a hole.
      .replace(/\$$/, "\\$")
  );
}

function unescapeHoles(text: string): string {
  return text.replace(/(\\+)\$\{/g, (_, slashes: string) => `${"\\".repeat(slashes.length >> 1)}\${`);
}
