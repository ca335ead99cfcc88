import type { CodeLens } from "vscode-languageserver-protocol";
import { type Analysis, editorRange } from "./analysis.ts";

const lenses = [
  { title: "$(cloud-upload) Deploy", command: "eddy.deploy" },
  { title: "$(play) Run", command: "eddy.run" },
  { title: "$(type-hierarchy) Canvas", command: "eddy.openCanvas" },
] as const;
const test = { title: "$(beaker) Test", command: "eddy.test" } as const;

/** What can be done with the workflow, above its nodes. The commands are those of the extension. */
export function codeLenses(analysis: Analysis): readonly CodeLens[] {
  const nodes = analysis.parsed.syntax.root?.entries.find(({ key }) => key.value === "nodes");
  if (nodes === undefined) return [];
  const range = editorRange(analysis, nodes.key.range);
  const { tests } = analysis.parsed.workflow;
  return [...lenses, ...(tests.length > 0 ? [test] : [])].map((command) => ({
    range,
    command: { ...command, arguments: [analysis.uri] },
  }));
}
