import type { MarkupContent } from "vscode-languageserver-protocol";
import type { NodeDescriptor, ParamDescriptor, PortDescriptor } from "../catalog.ts";
import { describeParam } from "../params.ts";

export function markdown(...parts: readonly (string | undefined)[]): MarkupContent {
  return {
    kind: "markdown",
    value: parts.filter((part) => part !== undefined && part !== "").join("\n\n"),
  };
}

/** TypeScript as it is shown in hovers. */
export function typescriptBlock(text: string): string {
  return `\`\`\`typescript\n${text}\n\`\`\``;
}

/** All that there is to say of a node type. */
export function nodeTypeText(descriptor: NodeDescriptor): MarkupContent {
  const { title, type, doc, summary, outputs, deprecated } = descriptor;
  return markdown(
    `**${title}** \`${type}\``,
    deprecated === undefined ? undefined : `_Will go away: ${deprecated}_`,
    doc === "" ? summary : doc,
    outputs.length === 0 ? undefined : ["Outputs:", ...outputs.map(portLine)].join("\n"),
  );
}

function portLine({ name, doc }: PortDescriptor): string {
  return `- \`${name}\`${doc === "" ? "" : `: ${doc}`}`;
}

/** What a param is for, what it takes, and what holds where it is not written. */
export function paramText(name: string, descriptor: ParamDescriptor): MarkupContent {
  const preset = "default" in descriptor ? descriptor.default : undefined;
  return markdown(
    `**${name}** ${descriptor.required === true ? "(required)" : ""}`.trim(),
    descriptor.doc,
    descriptor.deprecated === undefined ? undefined : `_Will go away: ${descriptor.deprecated}_`,
    `Takes ${describeParam(descriptor)}.`,
    preset === undefined
      ? undefined
      : `Default: \`${typeof preset === "string" ? preset : JSON.stringify(preset)}\``,
    descriptor.example === undefined ? undefined : `\`\`\`yaml\n${name}: ${descriptor.example}\n\`\`\``,
  );
}
