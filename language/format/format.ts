import type { Catalog } from "../catalog.ts";
import type { SourceScalar, SourceValue } from "../model.ts";
import { ownProperty, readParam } from "../params.ts";
import { type ParsedWorkflow, parseWorkflow } from "../parse.ts";
import type { Problem } from "../problem.ts";
import { reservedParams } from "../reserved-params.ts";
import { Printer } from "./print.ts";

/** What `formatWorkflow` makes of a text. */
export interface Formatted {
  /** The whole text; as it was given where there are problems. */
  readonly text: string;
  /** What stands in the way of formatting; empty where the text was formatted. */
  readonly problems: readonly Problem[];
}

/**
 * The text of a workflow file as it is written by convention: keys in order, two spaces a level, nodes with params over
 * several lines, a blank line between nodes. Comments stay with what they stand at; quotes stay as they are, but where a
 * `catalog` says that a value is code, which is written plain or as a block. Formatting twice changes nothing more, and
 * never what the file says: a text that cannot be read comes back as it is, with the problems that stand in the way.
 */
export function formatWorkflow(text: string, options: { readonly catalog?: Catalog } = {}): Formatted {
  const parsed = parseWorkflow(text, "");
  const { root, problems } = parsed.syntax;
  const obstacles = parsed.problems.filter(
    ({ code }) => code === "EDDY_VERSION_NEWER" || problems.some((problem) => problem.code === code),
  );
  if (obstacles.length > 0) return { text, problems: obstacles };
  if (root === undefined) return { text, problems: [] };
  const code = options.catalog === undefined ? new Set<SourceScalar>() : codeOf(parsed, options.catalog);
  const eol = /\r?\n/.exec(text)?.[0] ?? "\n";
  const lines = new Printer(text, code).print(root);
  const printed = (text.startsWith("\uFEFF") ? "\uFEFF" : "") + lines.join(eol) + eol;
  const after = parseWorkflow(printed, "").syntax;
  if (after.problems.length === 0 && after.root !== undefined && saysTheSame(root, after.root))
    return { text: printed, problems: [] };
  const message = "The file could not be formatted without changing what it says, so it was left as it is.";
  const range = { start: 0, end: 0 };
  return { text, problems: [{ code: "EDDY_FORMAT_FAILED", severity: "error", message, range }] };
}

/** The values of nodes that are expressions, code or types. */
function codeOf({ workflow }: ParsedWorkflow, catalog: Catalog): ReadonlySet<SourceScalar> {
  const code = new Set<SourceScalar>();
  for (const node of workflow.nodes.values()) {
    if (node.output !== undefined) code.add(node.output);
    const params = catalog.nodes.get(node.type.value)?.params ?? {};
    for (const [name, { value }] of node.params) {
      const descriptor = ownProperty(params, name) ?? ownProperty(reservedParams, name);
      if (descriptor === undefined) continue;
      for (const leaf of readParam(descriptor, value).value)
        if (leaf.kind === "expression" || leaf.kind === "code" || leaf.kind === "type") code.add(leaf.source);
    }
  }
  return code;
}

/** Equal texts under equal keys, in whatever order the keys stand. */
function saysTheSame(before: SourceValue, after: SourceValue): boolean {
  if (before.kind === "scalar") return after.kind === "scalar" && before.text === after.text;
  if (before.kind === "list") {
    return (
      after.kind === "list" &&
      before.items.length === after.items.length &&
      before.items.every((item, index) => {
        const other = after.items[index];
        return other !== undefined && saysTheSame(item, other);
      })
    );
  }
  if (after.kind !== "map" || before.entries.length !== after.entries.length) return false;
  const values = new Map(after.entries.map(({ key, value }) => [key.value, value]));
  return before.entries.every(({ key, value }) => {
    const other = values.get(key.value);
    return other !== undefined && saysTheSame(value, other);
  });
}
