import { type ParamDescriptor, reservedNodeKeys } from "../catalog.ts";
import type { Range, SourceMap } from "../model.ts";
import { describeParam } from "../params.ts";
import type { Problem } from "../problem.ts";
import { closest, suggestion } from "../similar.ts";
import { type CheckContext, entryOf, type ReadParam, report } from "./context.ts";
import { removeEntry, replacements } from "./fixes.ts";

/** The params of nodes and connections: keys that their type does not know, keys that it misses, values that do not fit. */
export function checkParams(context: CheckContext): readonly Problem[] {
  return owners(context).flatMap((owner) => [
    ...unknownKeys(owner, context.text),
    ...(context.broken.has(owner.nameRange.start) ? [] : missingKeys(owner)),
    ...misfits(owner),
    ...deprecated(owner),
  ]);
}

/** What is written in a node or connection, and what its type knows. */
interface Owner {
  /** As a message names it. */
  readonly name: string;
  readonly nameRange: Range;
  readonly node: string | undefined;
  readonly params: readonly ReadParam[];
  readonly known: Readonly<Record<string, ParamDescriptor>>;
  readonly map: SourceMap | undefined;
  /** Keys that it may have beside its params. */
  readonly others: readonly string[];
}

function unknownKeys(owner: Owner, text: string): readonly Problem[] {
  const unknown = owner.params.filter(({ descriptor }) => descriptor === undefined);
  if (unknown.length === 0) return [];
  const written = writtenKeys(owner);
  const params = Object.keys(owner.known);
  const free = [...params, ...owner.others].filter((name) => !written.has(name));
  return unknown.map(({ entry }) => {
    const guess = closest(entry.key.value, free);
    const message = `${owner.name} has no param "${entry.key.value}". ${suggestion(guess, params)}`;
    const remove = owner.map ? removeEntry(text, owner.map, entry, `Remove ${entry.key.value}`) : [];
    const fixes = [...replacements(entry.key.range, guess), ...remove];
    return report("EDDY_UNKNOWN_KEY", "error", entry.key.range, message, { node: owner.node, fixes });
  });
}

function missingKeys(owner: Owner): readonly Problem[] {
  // A connection that is left out means the only one: the check of connections says which.
  const needed = Object.entries(owner.known).filter(
    ([, { kind, required }]) => required === true && kind !== "connection",
  );
  if (needed.length === 0) return [];
  const written = writtenKeys(owner);
  return needed.flatMap(([name, descriptor]) => {
    if (written.has(name)) return [];
    // A key that is a slip of this one is reported already.
    if (owner.params.some((param) => isSlip(param, name))) return [];
    const example = descriptor.example === undefined ? "" : `, for example ${name}: ${descriptor.example}`;
    const message = `${owner.name} needs "${name}": ${describeParam(descriptor)}${example}.`;
    return [report("EDDY_MISSING_PARAM", "error", owner.nameRange, message, { node: owner.node })];
  });
}

function misfits({ params, node }: Owner): readonly Problem[] {
  return params.flatMap(({ problems }) =>
    problems.map((problem) => (node === undefined ? problem : { ...problem, node })),
  );
}

/** Params that are still there, but not for long. */
function deprecated(owner: Owner): readonly Problem[] {
  return owner.params.flatMap(({ entry: { key }, descriptor }) => {
    if (descriptor?.deprecated === undefined) return [];
    const { instead } = descriptor;
    // Where both are written, somebody has to choose.
    const isFree = instead !== undefined && !writtenKeys(owner).has(instead);
    const fixes = replacements(key.range, isFree ? instead : undefined);
    const message = `"${key.value}" will go away: ${descriptor.deprecated}`;
    return [report("EDDY_DEPRECATED_PARAM", "warning", key.range, message, { node: owner.node, fixes })];
  });
}

function writtenKeys({ params, map }: Owner): ReadonlySet<string> {
  return new Set([
    ...params.map(({ entry }) => entry.key.value),
    ...(map?.entries.map(({ key }) => key.value) ?? []),
  ]);
}

function isSlip({ entry, descriptor }: ReadParam, name: string): boolean {
  return descriptor === undefined && closest(entry.key.value, [name]) !== undefined;
}

function owners({ steps, connections, nodeMaps, root }: CheckContext): readonly Owner[] {
  const nodes = [...steps.values()].flatMap(({ node, descriptor, params }): readonly Owner[] => {
    if (!descriptor) return [];
    const map = nodeMaps.get(node.id);
    const name = node.type.value;
    const known = descriptor.params;
    return [{ name, nameRange: node.idRange, node: node.id, params, known, map, others: reservedNodeKeys }];
  });
  const section = entryOf(root, "connections")?.value;
  const ofConnections = connections.flatMap(({ connection, descriptor, params }): readonly Owner[] => {
    if (!descriptor) return [];
    const value = section?.kind === "map" ? entryOf(section, connection.name.value)?.value : undefined;
    const map = value?.kind === "map" ? value : undefined;
    const name = `A connection of type ${connection.type.value}`;
    const known = descriptor.params;
    const nameRange = connection.name.range;
    return [{ name, nameRange, node: undefined, params, known, map, others: ["type"] }];
  });
  return [...nodes, ...ofConnections];
}
