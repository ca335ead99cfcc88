import { CompletionItemKind, CompletionItemTag } from "vscode-languageserver-protocol";
import type { NodeDescriptor, ParamDescriptor } from "../../catalog.ts";
import { workflowKeys } from "../../parse.ts";
import { reservedParams } from "../../reserved-params.ts";
import { markdown, nodeTypeText, paramText } from "../markdown.ts";
import { alternatives, type Expected, memberOf } from "../offers.ts";
import {
  type CompletionContext,
  escapeSnippet,
  keyOffer,
  type Offer,
  snippet,
  suggestAgain,
} from "./options.ts";

/** The keys that a map may have at a place, without those that it has. */
export function keyOffers(context: CompletionContext, expected: Expected): readonly Offer[] {
  const { siblings } = context.place;
  return offersFor(context, expected).filter(({ label }) => !siblings.includes(label));
}

function offersFor(context: CompletionContext, expected: Expected): readonly Offer[] {
  switch (expected.kind) {
    case "section":
      return sectionKeys(context, expected);
    case "node-ids":
      return newNodes(context);
    case "node":
      return nodeKeys(context, expected.id);
    case "from":
      return inputNames(context, expected);
    case "connection":
      return connectionKeys(context, expected.name);
    case "param":
      return expected.descriptors.flatMap((descriptor) => paramKeys(context, descriptor));
    case "node-type":
    case "connection-type":
    case "mention":
      return [];
  }
}

function sectionKeys(
  { place }: CompletionContext,
  { schema }: Extract<Expected, { kind: "section" }>,
): readonly Offer[] {
  return alternatives(schema).flatMap((alternative) => {
    const properties = memberOf(alternative, "properties") ?? {};
    return Object.keys(properties).map((key) => {
      const property = memberOf(properties, key) ?? {};
      const isMap = memberOf(property, "additionalProperties") !== undefined || "properties" in property;
      const body = key === "script" ? " |\n  $0" : isMap && !place.inFlow ? "\n  $0" : " ";
      const description = typeof property.description === "string" ? property.description : undefined;
      return keyOffer(key, {
        body,
        ...(description === undefined ? {} : { documentation: markdown(description) }),
        // Sections in the order in which they are written; other keys as they come.
        ...(place.path.length === 0 ? { sortText: sortText(workflowKeys, key) } : {}),
      });
    });
  });
}

function sortText(order: readonly string[], key: string): string {
  return String(order.indexOf(key)).padStart(3, "0");
}

/** A whole node, by its type. */
function newNodes({ analysis, place }: CompletionContext): readonly Offer[] {
  if (place.inFlow) return [];
  return [...analysis.catalog.nodes.values()].map((descriptor) => {
    const id = descriptor.type.replace(/^.*\//, "").replace(/\..*$/, "");
    return {
      label: descriptor.type,
      kind: CompletionItemKind.Snippet,
      detail: descriptor.title,
      documentation: nodeTypeText(descriptor),
      ...snippet(
        `\${1:${id}}:\n  type: ${escapeSnippet(descriptor.type)}${requiredLines(descriptor, new Set(), 2, "  ")}`,
      ),
    };
  });
}

/** What a node of a type cannot do without, as lines of a snippet. */
export function requiredLines(
  descriptor: NodeDescriptor,
  present: ReadonlySet<string>,
  firstStop: number,
  indent: string,
): string {
  let stop = firstStop;
  const lines: string[] = [];
  if (descriptor.inputs !== "none" && !present.has("from")) lines.push(`from: \${${stop++}}`);
  for (const [name, param] of Object.entries(descriptor.params)) {
    if (param.required !== true || param.kind === "connection" || present.has(name)) continue;
    lines.push(`${escapeSnippet(name)}:${paramBody(param, stop++)}`);
  }
  return lines.map((line) => `\n${indent}${line.replaceAll("\n", `\n${indent}`)}`).join("");
}

function nodeKeys({ analysis }: CompletionContext, id: string): readonly Offer[] {
  const type = analysis.parsed.workflow.nodes.get(id)?.type.value ?? "";
  const descriptor = analysis.catalog.nodes.get(type);
  const typeKey = keyOffer("type", {
    documentation: markdown("What the node does: a type of the palette, or a file."),
    sortText: "0",
    ...suggestAgain,
  });
  const from = keyOffer("from", {
    documentation: markdown("The nodes that it follows: `warm`, `warm.rejected`, or a list of them."),
    sortText: "1",
    ...suggestAgain,
  });
  const own = Object.entries(descriptor?.params ?? {}).map(([name, param]) =>
    paramOffer(name, param, param.required === true ? "2" : param.advanced === true ? "4" : "3"),
  );
  const names = new Set(Object.keys(descriptor?.params ?? {}));
  const common = Object.entries(reservedParams)
    .filter(([name]) => !names.has(name))
    .map(([name, param]) => paramOffer(name, param, "5"));
  return [typeKey, ...(descriptor?.inputs === "none" ? [] : [from]), ...own, ...common];
}

function connectionKeys({ analysis }: CompletionContext, name: string): readonly Offer[] {
  const type = analysis.parsed.workflow.connections.get(name)?.type.value ?? "";
  const params = analysis.catalog.connections.get(type)?.params ?? {};
  const typeKey = keyOffer("type", {
    documentation: markdown("What it is a connection to."),
    sortText: "0",
    ...suggestAgain,
  });
  return [typeKey, ...Object.entries(params).map(([key, param]) => paramOffer(key, param, "1"))];
}

function paramKeys({ analysis }: CompletionContext, descriptor: ParamDescriptor): readonly Offer[] {
  if (descriptor.kind === "object")
    return Object.entries(descriptor.properties).map(([name, property]) => paramOffer(name, property, "0"));
  if (descriptor.kind === "record" && descriptor.keys === "state")
    return [...analysis.parsed.workflow.state.values()].map(({ name, type }) =>
      keyOffer(name.value, { detail: type, kind: CompletionItemKind.Variable }),
    );
  return [];
}

function inputNames(
  { analysis }: CompletionContext,
  { id, input }: Extract<Expected, { kind: "from" }>,
): readonly Offer[] {
  if (id === undefined || input !== undefined) return [];
  const type = analysis.parsed.workflow.nodes.get(id)?.type.value ?? "";
  const ports = analysis.catalog.nodes.get(type)?.inputPorts ?? [];
  return ports.map(({ name, doc }) => keyOffer(name, { documentation: markdown(doc), ...suggestAgain }));
}

function paramOffer(name: string, descriptor: ParamDescriptor, sortText: string): Offer {
  return keyOffer(name, {
    body: paramBody(descriptor, 0),
    documentation: paramText(name, descriptor),
    sortText: `${sortText}${name}`,
    ...(descriptor.required === true ? { detail: "required" } : {}),
    ...(descriptor.deprecated === undefined ? {} : { tags: [CompletionItemTag.Deprecated] }),
    ...(hasWords(descriptor) ? suggestAgain : {}),
  });
}

function hasWords(descriptor: ParamDescriptor): boolean {
  if (descriptor.kind === "either") return descriptor.of.some(hasWords);
  if (descriptor.kind === "connection") return true;
  return descriptor.kind === "literal" && ["enum", "boolean"].includes(descriptor.schema.type);
}

/** What follows the colon of a param, with a tab stop where its value goes. */
function paramBody(descriptor: ParamDescriptor, stop: number): string {
  const place = stop === 0 ? "$0" : `\${${stop}}`;
  switch (descriptor.kind) {
    case "code":
      return ` |\n  ${place}`;
    case "record":
    case "object":
      return `\n  ${place}`;
    case "list":
      return `\n  - ${place}`;
    default: {
      const { example } = descriptor;
      if (stop === 0 || example === undefined) return ` ${place}`;
      return ` \${${stop}:${escapeSnippet(example)}}`;
    }
  }
}
