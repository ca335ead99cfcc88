import { CompletionItemKind } from "vscode-languageserver-protocol";
import type { ParamDescriptor } from "../../catalog.ts";
import { outputPorts } from "../../ports.ts";
import { isElsewhere, relativePath } from "../../resolve-paths.ts";
import { messageText } from "../hover.ts";
import { markdown, nodeTypeText } from "../markdown.ts";
import { alternatives, type Expected, literalWords } from "../offers.ts";
import { requiredLines } from "./keys.ts";
import { type CompletionContext, escapeSnippet, type Offer, snippet } from "./options.ts";

/** The values that may stand at a place, as far as they can be named. */
export function valueOffers(context: CompletionContext, expected: Expected): readonly Offer[] {
  switch (expected.kind) {
    case "section":
      return alternatives(expected.schema).flatMap(({ enum: words, const: only }) =>
        [...(Array.isArray(words) ? words : []), ...(only === undefined ? [] : [only])].map((word) =>
          wordOffer(String(word)),
        ),
      );
    case "node-type":
      return nodeTypes(context, expected.id);
    case "from":
      return sources(context, expected.id);
    case "connection-type":
      return [...context.analysis.catalog.connections.values()].map(({ type, title, doc }) => ({
        label: type,
        kind: CompletionItemKind.Class,
        detail: title,
        documentation: markdown(doc),
      }));
    case "mention":
      return mentions(context);
    case "param":
      return expected.descriptors.flatMap((descriptor) => paramValues(context, descriptor));
    case "node":
    case "node-ids":
    case "connection":
      return [];
  }
}

function wordOffer(label: string): Offer {
  return { label, kind: CompletionItemKind.EnumMember };
}

function nodeTypes({ analysis, place, flows }: CompletionContext, id: string): readonly Offer[] {
  const present = new Set([...place.siblings, "type"]);
  // Only a node that has nothing else yet gets what its type needs.
  const isNew = !place.inFlow && place.siblings.length === 0 && isLineEnd(analysis.text, place.word.end);
  const known = [...analysis.catalog.nodes.values()].map((descriptor): Offer => {
    const rest = isNew ? requiredLines(descriptor, present, 1, "") : "";
    return {
      label: descriptor.type,
      kind: isElsewhere(descriptor.type) ? CompletionItemKind.File : CompletionItemKind.Class,
      detail: descriptor.title,
      documentation: nodeTypeText(descriptor),
      ...(descriptor.deprecated === undefined ? {} : { tags: [1] }),
      ...(rest === "" ? {} : snippet(`${escapeSnippet(descriptor.type)}${rest}`)),
    };
  });
  const labels = new Set(known.map(({ label }) => label));
  const files = flows
    .filter((file) => file !== analysis.file)
    .map((file) => relativePath(analysis.file, file))
    .map((path) => (path.startsWith("../") ? path : `./${path}`))
    .filter((path) => !labels.has(path));
  const ofWorkspace = [...new Set(files)].map(
    (label): Offer => ({
      label,
      kind: CompletionItemKind.File,
      detail: `Subflow of ${id}`,
      sortText: `~${label}`,
    }),
  );
  return [...known, ...ofWorkspace];
}

function isLineEnd(text: string, offset: number): boolean {
  return /^[ \t]*(?:\r?\n|$)/.test(text.slice(offset, offset + 200));
}

/** Nodes, their ports and the workflow's own inputs: all that a wire can come from. */
function sources({ analysis, ports: types }: CompletionContext, id: string | undefined): readonly Offer[] {
  const { workflow } = analysis.parsed;
  const offers: Offer[] = [];
  for (const node of workflow.nodes.values()) {
    if (node.id === id) continue;
    const descriptor = analysis.catalog.nodes.get(node.type.value);
    const ports = descriptor ? outputPorts(node, descriptor) : ["out"];
    const docs = new Map(descriptor?.outputs.map((port) => [port.name, port.doc]));
    for (const port of [...ports, "error"]) {
      const type = port === "error" ? undefined : types.get(node.id)?.get(port);
      offers.push({
        label: port === "out" ? node.id : `${node.id}.${port}`,
        kind: port === "out" ? CompletionItemKind.Reference : CompletionItemKind.Field,
        detail: node.label ?? descriptor?.title ?? node.type.value,
        ...(type && !type.isUnknown ? { labelDetails: { description: messageText(type) } } : {}),
        documentation: markdown(port === "error" ? "What goes wrong in the node." : docs.get(port)),
        sortText: port === "error" ? `2${node.id}` : `1${node.id}.${port}`,
      });
    }
  }
  for (const input of workflow.inputs.values())
    offers.push({
      label: input.name.value,
      kind: CompletionItemKind.Interface,
      detail: input.type,
      documentation: markdown("An input of this workflow."),
      sortText: `1${input.name.value}`,
    });
  return [
    ...offers,
    {
      label: "any.error",
      kind: CompletionItemKind.Field,
      documentation: markdown("Every error that has no wire of its own."),
      sortText: "3",
    },
  ];
}

function mentions({ analysis }: CompletionContext): readonly Offer[] {
  const { nodes, inputs, outputs } = analysis.parsed.workflow;
  return [...nodes.keys(), ...inputs.keys(), ...outputs.keys()].map((label) => ({
    label,
    kind: CompletionItemKind.Reference,
  }));
}

function paramValues({ analysis }: CompletionContext, descriptor: ParamDescriptor): readonly Offer[] {
  if (descriptor.kind === "literal") return literalWords(descriptor.schema).map(wordOffer);
  if (descriptor.kind !== "connection") return [];
  return [...analysis.parsed.workflow.connections.values()]
    .filter(({ type }) => type.value === descriptor.of)
    .map(({ name, type }) => ({
      label: name.value,
      kind: CompletionItemKind.Reference,
      detail: type.value,
    }));
}
