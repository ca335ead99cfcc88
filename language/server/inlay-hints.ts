import { type InlayHint, InlayHintKind } from "vscode-languageserver-protocol";
import type { Range } from "../model.ts";
import type { TypedWorkflow } from "../types/index.ts";
import { type Analysis, touches } from "./analysis.ts";
import { messageText } from "./hover.ts";
import { markdown, typescriptBlock } from "./markdown.ts";

/** Longer types are cut; the tooltip has them whole. */
const longest = 40;

/** The payload type behind each reference in `from`. */
export function inlayHints(analysis: Analysis, types: TypedWorkflow, within: Range): readonly InlayHint[] {
  const { workflow } = analysis.parsed;
  const owners = [...workflow.nodes.values(), ...workflow.outputs.values()];
  return owners
    .flatMap(({ from }) => from)
    .filter(({ range }) => touches(within, range.end))
    .flatMap(({ node, port, range }): readonly InlayHint[] => {
      const type = types.ports.get(node)?.get(port);
      if (type === undefined || type.isUnknown || port === "error") return [];
      const text = messageText(type).replaceAll(/\s+/g, " ");
      const label = text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
      return [
        {
          position: analysis.lines.positionAt(range.end),
          label,
          kind: InlayHintKind.Type,
          paddingLeft: true,
          tooltip: markdown(typescriptBlock(messageText(type))),
        },
      ];
    });
}
