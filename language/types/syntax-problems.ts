import { templateParts } from "../expression-text.ts";
import type { SourceEntry, SourceScalar } from "../model.ts";
import { ownProperty, type ParamLeaf, readParam } from "../params.ts";
import type { Problem } from "../problem.ts";
import { sourceRange } from "../source-range.ts";
import type { TypeRequest } from "./contract.ts";
import type { SnippetKind, SnippetReader } from "./snippets.ts";
import { portType, scalarAt } from "./workflow-files.ts";

const names: Record<SnippetKind, string> = {
  expression: "a TypeScript expression",
  code: "TypeScript code",
  type: "a TypeScript type",
  script: "TypeScript",
};

interface Read {
  readonly problems: readonly Problem[];
  /** Nodes of which something cannot be read. */
  readonly broken: ReadonlySet<string>;
}

/** What is no TypeScript, each text read by itself. */
export function findSyntaxProblems({ parsed, catalog }: TypeRequest, snippets: SnippetReader): Read {
  const { workflow, syntax } = parsed;
  const problems: Problem[] = [];
  const broken = new Set<string>();
  const look = (
    kind: SnippetKind,
    source: SourceScalar,
    node?: string,
    start = 0,
    end = source.text.length,
  ) => {
    const { error } = snippets.read(kind, source.text.slice(start, end));
    if (!error || source.text.slice(start, end).trim() === "") return;
    if (node !== undefined) broken.add(node);
    problems.push({
      code: "EDDY_SYNTAX",
      severity: node !== undefined && workflow.nodes.get(node)?.disabled ? "hint" : "error",
      message: `This is not ${names[kind]}: ${error.message}.`,
      range: sourceRange(source, start + error.start, start + error.end),
      ...(node === undefined ? {} : { node }),
    });
  };
  const leaf = (one: ParamLeaf, node?: string) => {
    if (one.kind === "expression" || one.kind === "code" || one.kind === "type")
      look(one.kind, one.source, node);
    if (one.kind !== "template") return;
    for (const { start, end } of templateParts(one.source.text).expressions)
      look("expression", one.source, node, start, end);
  };
  const params = (
    known: Readonly<Record<string, Parameters<typeof readParam>[0]>> | undefined,
    written: ReadonlyMap<string, SourceEntry>,
    node?: string,
  ) => {
    for (const [name, { value }] of written) {
      const descriptor = known && ownProperty(known, name);
      if (!descriptor) continue;
      const read = readParam(descriptor, value);
      if (read.problems.length > 0 && node !== undefined) broken.add(node);
      for (const one of read.value) leaf(one, node);
    }
  };
  if (workflow.script) look("script", workflow.script);
  for (const { type, params: written } of workflow.connections.values())
    params(catalog.connections.get(type.value)?.params, written);
  for (const node of workflow.nodes.values()) {
    if (node.output) look("type", node.output, node.id);
    params(catalog.nodes.get(node.type.value)?.params, node.params, node.id);
  }
  for (const name of workflow.state.keys()) {
    const type = scalarAt(syntax.root, "state", name, "type");
    if (type) look("type", type);
  }
  for (const section of ["inputs", "outputs"] as const) {
    for (const port of workflow[section].values()) {
      const type = portType(parsed, section, port);
      if (type) look("type", type);
    }
  }
  return { problems, broken };
}
