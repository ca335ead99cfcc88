import type { LiteralSchema } from "../../../language/catalog.ts";

/** What is wrong with a literal, in English with a placeholder; the checks of the language have the last word. */
export function literalProblem(schema: LiteralSchema, text: string): string | undefined {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  switch (schema.type) {
    case "number":
    case "integer":
      return numberProblem(schema, trimmed);
    case "boolean":
      return trimmed === "true" || trimmed === "false" ? undefined : "true or false";
    case "duration":
      return /^\d+(\.\d+)?(ms|s|m|h|d)$/.test(trimmed)
        ? undefined
        : "A duration such as 250ms, 5s, 10m or 1h";
    case "size":
      return /^\d+(\.\d+)? ?(B|[kK]B|MB|GB|KiB|MiB|GiB)$/.test(trimmed)
        ? undefined
        : "A size such as 64kB or 10MB";
    case "cron":
      return /^(\S+\s+){4,5}\S+$/.test(trimmed) ? undefined : "Five or six fields, such as */5 * * * *";
    case "number-or-percent":
      return number.test(trimmed.replace(/%$/, "")) ? undefined : "A number, or a percentage such as 5%";
    case "string":
      return schema.pattern === undefined || new RegExp(schema.pattern, "u").test(text)
        ? undefined
        : `Text such as ${schema.examples?.[0] ?? schema.pattern}`;
    case "enum":
    case "list":
      return undefined;
  }
}

const number = /^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/;

function numberProblem(
  { type, minimum, maximum }: Extract<LiteralSchema, { type: "number" | "integer" }>,
  text: string,
): string | undefined {
  const value = Number(text);
  if (!number.test(text) || (type === "integer" && !Number.isInteger(value)))
    return type === "integer" ? "A whole number" : "A number";
  if (minimum !== undefined && value < minimum) return `At least ${minimum}`;
  return maximum !== undefined && value > maximum ? `At most ${maximum}` : undefined;
}
