import type { YAMLParseError } from "yaml";
import type { SyntaxCode, SyntaxProblem } from "./problem.ts";

/** How deeply maps and lists may be nested in a workflow file. */
export const maximumDepth = 64;

/** What the YAML library has to say of a text, as a problem of ours. */
export function describeError(error: YAMLParseError, text: string): SyntaxProblem {
  const [start, end] = error.pos;
  const range = { start: Math.min(start, text.length), end: Math.min(Math.max(end, start), text.length) };
  const [code, message] = errorMessage(error);
  return { code, message, range, fatal: true };
}

/** In our words: what the library says is meant for people who know the grammar of YAML. */
function errorMessage({ code, message }: YAMLParseError): readonly [SyntaxCode, string] {
  const block = "or write the value as a block (|-)";
  switch (code) {
    case "TAB_AS_INDENT":
      return ["EDDY_YAML_TAB", "Tabs are not allowed for indentation: use spaces."];
    case "BAD_INDENT":
      return [
        "EDDY_YAML_INDENT",
        "The indentation does not fit what is around it, or a bracket is not closed.",
      ];
    case "MISSING_CHAR":
      if (/quote/.test(message))
        return ["EDDY_YAML_SYNTAX", "The quote is not closed: close it on the line where it belongs."];
      if (/Implicit map keys/.test(message))
        return ["EDDY_YAML_SYNTAX", "A key needs a colon and a value behind it."];
      return ["EDDY_YAML_SYNTAX", `Something is missing here: ${message}.`];
    case "BAD_SCALAR_START":
      return [
        "EDDY_YAML_SYNTAX",
        `A plain value cannot start with this character: put it in quotes, ${block}.`,
      ];
    case "BLOCK_AS_IMPLICIT_KEY":
      return ["EDDY_YAML_SYNTAX", `A second ": " stands in this line: put the value in quotes, ${block}.`];
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
