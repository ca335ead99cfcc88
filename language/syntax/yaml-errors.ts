import type { YAMLParseError } from "yaml";
import type { Range } from "../model.ts";
import { indentAt, isBlankLine, lineEnd, nextLine } from "./lines.ts";
import type { SyntaxCode, SyntaxProblem } from "./problem.ts";

/** How deeply maps and lists may be nested in a workflow file. */
export const maximumDepth = 64;

/** What the YAML library has to say of a text, as a problem of ours. */
export function describeError(error: YAMLParseError, text: string): SyntaxProblem {
  const [start, end] = error.pos;
  const range = { start: Math.min(start, text.length), end: Math.min(Math.max(end, start), text.length) };
  const deeper = error.code === "BLOCK_AS_IMPLICIT_KEY" ? deeperLine(text, range.start) : undefined;
  if (deeper !== undefined) {
    const told = "This line is indented deeper than what it follows: give both the same indentation.";
    return { code: "EDDY_YAML_INDENT", message: told, range: deeper, fatal: true };
  }
  const [code, message] = errorMessage(error);
  return { code, message, range: code === "EDDY_YAML_TAB" ? range : visible(range, text), fatal: true };
}

/** What is wrong with white space is wrong with what follows it. */
function visible({ start, end }: Range, text: string): Range {
  if (text.slice(start, end).trim() !== "") return { start, end };
  const next = /\S/.exec(text.slice(start))?.index;
  return next === undefined ? { start, end } : { start: start + next, end: lineEnd(text, start + next) };
}

/** The line with the second colon, where it is below the value at `offset`: YAML takes both for one key. */
function deeperLine(text: string, offset: number): Range | undefined {
  if (/:(?:\s|$)/.test(text.slice(offset, lineEnd(text, offset)))) return undefined;
  let line = nextLine(text, offset);
  while (line < text.length && isBlankLine(text, line)) line = nextLine(text, line);
  return line < text.length ? { start: line + indentAt(text, line), end: lineEnd(text, line) } : undefined;
}

/** In our words: what the library says is meant for people who know the grammar of YAML. */
function errorMessage({ code, message }: YAMLParseError): readonly [SyntaxCode, string] {
  const block = "or write the value as a block (|-)";
  switch (code) {
    case "TAB_AS_INDENT":
      return ["EDDY_YAML_TAB", "Tabs are not allowed for indentation: use spaces."];
    case "BAD_INDENT":
      if (/ends? with a/.test(message)) return openBracket(message);
      return [
        "EDDY_YAML_INDENT",
        "The indentation does not fit what is around it: indent this as the lines that belong together with it.",
      ];
    case "MISSING_CHAR":
      if (/quote/.test(message))
        return ["EDDY_YAML_SYNTAX", "The quote is not closed: close it on the line where it belongs."];
      if (/Tags and anchors/.test(message))
        return [
          "EDDY_YAML_SYNTAX",
          `YAML takes this for a tag or the name of a value: put the value in quotes, ${block}.`,
        ];
      if (/Implicit map keys/.test(message))
        return ["EDDY_YAML_SYNTAX", "A key needs a colon and a value behind it."];
      if (/ends? with a/.test(message)) return openBracket(message);
      return ["EDDY_YAML_SYNTAX", `Something is missing here: ${message}.`];
    case "BAD_SCALAR_START":
      return [
        "EDDY_YAML_SYNTAX",
        `A plain value cannot start with this character: put it in quotes, ${block}.`,
      ];
    case "BLOCK_AS_IMPLICIT_KEY":
      if (/block sequence/.test(message))
        return [
          "EDDY_YAML_SYNTAX",
          "A list item cannot stand among keys: put it below the key whose list it is in.",
        ];
      return ["EDDY_YAML_SYNTAX", `A second ": " stands in this line: put the value in quotes, ${block}.`];
    case "BLOCK_IN_FLOW":
      return [
        "EDDY_YAML_SYNTAX",
        'In brackets a value has no second ": ", and a map or list brackets of its own: put the value in quotes.',
      ];
    case "BAD_DQ_ESCAPE":
      return ["EDDY_YAML_SYNTAX", "There is no such escape in double quotes: write a backslash as \\\\."];
    case "BAD_DIRECTIVE":
      return ["EDDY_YAML_DIRECTIVE", "Workflow files have no directives: remove the line."];
    case "MULTIPLE_DOCS":
      return ["EDDY_YAML_DOCUMENTS", "A file holds one workflow: remove what follows the line with ---."];
    case "RESOURCE_EXHAUSTION":
      return ["EDDY_YAML_TOO_DEEP", `Maps and lists may be nested ${maximumDepth} deep.`];
    case "UNEXPECTED_TOKEN":
      return ["EDDY_YAML_SYNTAX", `This is not expected here: put the value in quotes, ${block}.`];
    default:
      return ["EDDY_YAML_SYNTAX", `This cannot be read as YAML: ${message}.`];
  }
}

function openBracket(message: string): readonly [SyntaxCode, string] {
  const bracket = message.at(-1) ?? "";
  return [
    "EDDY_YAML_SYNTAX",
    `A bracket is not closed: its "${bracket}" is missing, or stands too far to the left.`,
  ];
}
