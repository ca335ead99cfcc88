import type { ConnectionDescriptor } from "../catalog.ts";
import type { Problem } from "../problem.ts";
import { closest, enumerate, suggestion } from "../similar.ts";
import { type CheckContext, type ConnectionStep, report, type Step } from "./context.ts";
import { addNodeKey, replacements } from "./fixes.ts";

/** Connections that are of no known type. */
export function checkConnectionTypes({ connections, catalog }: CheckContext): readonly Problem[] {
  const known = [...catalog.connections.keys()];
  return connections.flatMap(({ connection: { type }, descriptor }) => {
    if (descriptor || type.value === "") return [];
    const guess = closest(type.value, known);
    const message = `There is no connection type "${type.value}". ${suggestion(guess, known)}`;
    const fixes = replacements(type.range, guess);
    return [report("EDDY_CONNECTION_TYPE", "error", type.range, message, { fixes })];
  });
}

/** Which connection each node talks over, where that is not clear or not right. */
export function checkConnectionUse(context: CheckContext): readonly Problem[] {
  const byDefault = new Set<string>();
  return [...context.steps.values()].flatMap((step) => {
    const param = connectionParam(step);
    if (!param) return [];
    if (step.node.params.has(param.name)) return checkChosen(context, step, param.of);
    return checkLeftOut(context, step, param, byDefault);
  });
}

/** Connections that no node talks over. */
export function checkUnusedConnections({ steps, connections }: CheckContext): readonly Problem[] {
  const names = connections.map(({ connection }) => connection.name.value);
  const named = new Set<string>();
  const anyOf = new Set<string>();
  let unknown = false;
  for (const step of steps.values()) {
    // A node whose type is not known may use any of them.
    if (!step.descriptor) unknown = true;
    for (const { leaves } of step.params)
      for (const leaf of leaves) if (leaf.kind === "connection") named.add(meant(leaf.source.text, names));
    const param = connectionParam(step);
    if (param && !step.node.params.has(param.name)) anyOf.add(param.of);
  }
  if (unknown) return [];
  return connections.flatMap(({ connection: { name, type }, descriptor }) => {
    // What stands in the way of use is reported already.
    if (!descriptor) return [];
    if (named.has(name.value) || anyOf.has(type.value)) return [];
    const message = `No node talks over the connection "${name.value}": use it or remove it.`;
    return [report("EDDY_CONNECTION_UNUSED", "warning", name.range, message)];
  });
}

/** A name that is misspelt is reported where it stands; the connection that it means is used. */
function meant(name: string, names: readonly string[]): string {
  return names.includes(name) ? name : (closest(name, names) ?? name);
}

interface ConnectionParam {
  readonly name: string;
  /** The connection type. */
  readonly of: string;
}

function connectionParam({ descriptor }: Step): ConnectionParam | undefined {
  for (const [name, param] of Object.entries(descriptor?.params ?? {}))
    if (param.kind === "connection") return { name, of: param.of };
  return undefined;
}

function checkChosen(context: CheckContext, { node, params }: Step, of: string): readonly Problem[] {
  return params.flatMap(({ leaves }) =>
    leaves.flatMap((leaf) => {
      if (leaf.kind !== "connection") return [];
      const { text, range } = leaf.source;
      const chosen = context.workflow.connections.get(text);
      if (chosen?.type.value === of) return [];
      const known = ofType(context, of).map(({ connection }) => connection.name.value);
      if (chosen) {
        // A connection of an unknown type is reported where it is declared.
        if (!context.catalog.connections.has(chosen.type.value)) return [];
        const message = `"${text}" is a connection of type ${chosen.type.value}; ${node.type.value} needs one of type ${of}. ${suggestion(undefined, known)}`;
        const fixes = known.slice(0, mostFixes).flatMap((name) => replacements(range, name));
        return [report("EDDY_CONNECTION_KIND", "error", range, message, { node: node.id, fixes })];
      }
      const guess = closest(text, known);
      const message = `There is no connection "${text}" of type ${of}. ${suggestion(guess, known)}`;
      const fixes = replacements(range, guess);
      return [report("EDDY_CONNECTION_UNKNOWN", "error", range, message, { node: node.id, fixes })];
    }),
  );
}

function checkLeftOut(
  context: CheckContext,
  { node }: Step,
  { name, of }: ConnectionParam,
  byDefault: Set<string>,
): readonly Problem[] {
  const candidates = ofType(context, of);
  const names = candidates.map(({ connection }) => connection.name.value);
  if (candidates.length === 1 || (candidates.length === 0 && someUnknown(context))) return [];
  if (candidates.length > 1) {
    const message = `There are ${names.length} connections of type ${of} (${enumerate(names)}): say with ${name}: which one "${node.id}" uses.`;
    const fixes = names.slice(0, mostFixes).flatMap((choice) => {
      const edits = addNodeKey(context, node.id, name, choice);
      return edits.length === 0 ? [] : [{ title: `Use ${choice}`, edits }];
    });
    return [report("EDDY_CONNECTION_CHOICE", "error", node.idRange, message, { node: node.id, fixes })];
  }
  const preset = context.catalog.connections.get(of)?.default;
  if (!preset) {
    const message = `"${node.id}" needs a connection of type ${of}: declare one under connections:.`;
    return [report("EDDY_CONNECTION_MISSING", "error", node.idRange, message, { node: node.id })];
  }
  // Said once for all nodes that share the default.
  if (byDefault.has(of)) return [];
  byDefault.add(of);
  const message = `No connection of type ${of} is declared, so "${node.id}" uses ${describeDefault(preset)}. Declare one under connections: if that is not meant.`;
  return [report("EDDY_CONNECTION_DEFAULT", "hint", node.idRange, message, { node: node.id })];
}

function ofType({ connections }: CheckContext, type: string): readonly ConnectionStep[] {
  return connections.filter(({ connection }) => connection.type.value === type);
}

/** A connection of an unknown type may be the one that is meant. */
function someUnknown({ connections }: CheckContext): boolean {
  return connections.some(({ descriptor }) => !descriptor);
}

function describeDefault(preset: NonNullable<ConnectionDescriptor["default"]>): string {
  const { url, host, port } = preset;
  if (url !== undefined) return String(url);
  if (host !== undefined) return port === undefined ? String(host) : `${host}:${port}`;
  return enumerate(Object.entries(preset).map(([key, value]) => `${key} ${value}`));
}

const mostFixes = 5;
