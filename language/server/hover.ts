import type { Hover, MarkupContent } from "vscode-languageserver-protocol";
import type { Range, SourceMap, SourceValue } from "../model.ts";
import { readTypeReference } from "../resolve-paths.ts";
import type { PortType, TypedWorkflow } from "../types/index.ts";
import { type Analysis, editorRange, touches } from "./analysis.ts";
import { markdown, nodeTypeText, paramText, typescriptBlock } from "./markdown.ts";
import { type Name, type NameUse, nameAt, namesOf } from "./names.ts";
import { expectedAt } from "./offers.ts";
import { listItem, type PlaceStep } from "./place-flow.ts";

/** What is known of the name, key or word at an offset. TypeScript is the type checker's to explain. */
export function hoverAt(analysis: Analysis, types: TypedWorkflow, offset: number): Hover | undefined {
  const use = nameAt(namesOf(analysis), offset);
  const ofName = use && use.name.kind !== "file" ? nameText(analysis, types, use) : undefined;
  if (use && ofName) return { contents: ofName, range: editorRange(analysis, use.range) };
  const place = writtenAt(analysis.parsed.syntax.root, offset);
  const contents = place && placeText(analysis, place.path);
  return place && contents && { contents, range: editorRange(analysis, place.range) };
}

function nameText(analysis: Analysis, types: TypedWorkflow, { name }: NameUse): MarkupContent | undefined {
  const { workflow } = analysis.parsed;
  if (name.file !== analysis.file) return foreignText(analysis, name);
  switch (name.kind) {
    case "node":
      return nodeText(analysis, types, name.name);
    case "port":
      return portText(analysis, types, name);
    case "input": {
      const input = workflow.inputs.get(name.name);
      return input && markdown(`Input \`${name.name}\` of this workflow`, typescriptBlock(input.type));
    }
    case "output": {
      const output = workflow.outputs.get(name.name);
      return output && markdown(`Output \`${name.name}\` of this workflow`, typescriptBlock(output.type));
    }
    case "connection": {
      const connection = workflow.connections.get(name.name);
      const descriptor = connection && analysis.catalog.connections.get(connection.type.value);
      return (
        connection && markdown(`Connection **${name.name}** \`${connection.type.value}\``, descriptor?.doc)
      );
    }
    default:
      return declaredText(analysis, name);
  }
}

function declaredText({ parsed: { workflow } }: Analysis, name: Name): MarkupContent | undefined {
  if (name.kind === "env") {
    const env = workflow.env.get(name.name);
    const preset = env?.default === undefined ? undefined : `Default: \`${JSON.stringify(env.default)}\``;
    return env && markdown(typescriptBlock(`env.${name.name}: ${env.type}`), env.description, preset);
  }
  if (name.kind === "secrets") {
    const secret = workflow.secrets.get(name.name);
    return secret && markdown(typescriptBlock(`secrets.${name.name}: Secret`), secret.description);
  }
  if (name.kind === "state") {
    const state = workflow.state.get(name.name);
    const initial =
      state && `Starts with \`${JSON.stringify(state.initial)}\`; kept for each ${state.scope}.`;
    return state && markdown(typescriptBlock(`state.${name.name}: ${state.type}`), initial);
  }
  const param = workflow.params.get(name.name);
  return param && markdown(typescriptBlock(`params.${name.name}: ${param.type}`), param.description);
}

/** A param, input or output of the subflow or own node that a node is made of. */
function foreignText({ parsed, catalog, file }: Analysis, name: Name): MarkupContent | undefined {
  const types = [...parsed.workflow.nodes.values()].map(({ type }) => catalog.nodes.get(type.value));
  for (const descriptor of types) {
    if (descriptor === undefined || !isMadeOf(file, descriptor.type, name.file)) continue;
    const param = name.kind === "param" ? descriptor.params[name.name] : undefined;
    if (param) return paramText(name.name, param);
    const ports = name.kind === "input" ? (descriptor.inputPorts ?? []) : descriptor.outputs;
    const port = ports.find((one) => one.name === name.name);
    if (port && name.kind !== "param") return markdown(`**${port.name}** of ${descriptor.title}`, port.doc);
  }
  return undefined;
}

function isMadeOf(file: string, type: string, target: string): boolean {
  const reference = readTypeReference(type, file, "");
  return (reference.kind === "subflow" || reference.kind === "own") && reference.path === target;
}

function nodeText(analysis: Analysis, types: TypedWorkflow, id: string): MarkupContent | undefined {
  const node = analysis.parsed.workflow.nodes.get(id);
  if (node === undefined) return undefined;
  const descriptor = analysis.catalog.nodes.get(node.type.value);
  const ports = [...(types.ports.get(id) ?? [])].filter(([port]) => port !== "error");
  return markdown(
    `**${node.label ?? id}** \`${node.type.value}\`${node.disabled ? " (disabled)" : ""}`,
    descriptor?.summary,
    ports.length === 0
      ? undefined
      : typescriptBlock(ports.map(([port, type]) => `${port}: ${messageText(type)}`).join("\n")),
    node.notes,
  );
}

function portText(analysis: Analysis, types: TypedWorkflow, { owner = "", name }: Name): MarkupContent {
  const node = analysis.parsed.workflow.nodes.get(owner);
  const descriptor = node && analysis.catalog.nodes.get(node.type.value);
  const doc =
    name === "error"
      ? "What goes wrong in the node."
      : descriptor?.outputs.find((port) => port.name === name)?.doc;
  const type = types.ports.get(owner)?.get(name);
  return markdown(`\`${owner}.${name}\``, doc, type && typescriptBlock(messageText(type)));
}

/** The payload type on a wire, in words where it is none. */
export function messageText({ payload, isNever }: PortType): string {
  return isNever ? "never (no message can come here)" : payload;
}

/** The keys that lead to the key or single value at an offset. */
function writtenAt(
  value: SourceValue | undefined,
  offset: number,
  path: readonly PlaceStep[] = [],
): { readonly path: readonly PlaceStep[]; readonly range: Range } | undefined {
  if (value === undefined || !touches(value.range, offset)) return undefined;
  if (value.kind === "scalar") return path.length === 0 ? undefined : { path, range: value.range };
  if (value.kind === "list") {
    for (const item of value.items) {
      const found = writtenAt(item, offset, [...path, listItem]);
      if (found) return found;
    }
    return undefined;
  }
  return entryAt(value, offset, path);
}

function entryAt(map: SourceMap, offset: number, path: readonly PlaceStep[]) {
  for (const { key, value } of map.entries) {
    const steps = [...path, key.value];
    if (touches(key.range, offset)) return { path: steps, range: key.range };
    const found = writtenAt(value, offset, steps);
    if (found) return found;
  }
  return undefined;
}

function placeText(analysis: Analysis, path: readonly PlaceStep[]): MarkupContent | undefined {
  const expected = expectedAt(analysis, path);
  const key = path.findLast((step) => typeof step === "string");
  switch (expected?.kind) {
    case "node-type": {
      const type = analysis.parsed.workflow.nodes.get(expected.id)?.type.value ?? "";
      const descriptor = analysis.catalog.nodes.get(type);
      return descriptor && nodeTypeText(descriptor);
    }
    case "param": {
      const [descriptor] = expected.descriptors;
      return descriptor && key !== undefined ? paramText(key, descriptor) : undefined;
    }
    case "from":
      return markdown("The nodes that it follows: `warm`, `warm.rejected`, or a list of them.");
    case "section": {
      const { description } = expected.schema;
      return typeof description === "string" ? markdown(`**${key}**`, description) : undefined;
    }
    default:
      return undefined;
  }
}
