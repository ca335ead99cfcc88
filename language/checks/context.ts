import type { Catalog, ConnectionDescriptor, NodeDescriptor, ParamDescriptor } from "../catalog.ts";
import type { LanguageCode } from "../codes.ts";
import type { Connection, Range, SourceEntry, SourceMap, Workflow, WorkflowNode } from "../model.ts";
import { ownProperty, type ParamLeaf, readParam } from "../params.ts";
import type { ParsedWorkflow } from "../parse.ts";
import { outputPorts } from "../ports.ts";
import type { Problem, QuickFix, Severity } from "../problem.ts";
import { shorten } from "../similar.ts";
import { createGraph, type Graph } from "./graph.ts";

/** A node with what the catalog knows of it. */
export interface Step {
  readonly node: WorkflowNode;
  /** Undefined where the type is not known. */
  readonly descriptor: NodeDescriptor | undefined;
  /** Empty where the type is not known. */
  readonly outputs: ReadonlySet<string>;
  readonly params: readonly ReadParam[];
}

/** A param of a node or connection as its descriptor reads it. */
export interface ReadParam {
  readonly entry: SourceEntry;
  /** Undefined where the type, or the type's param, is not known. */
  readonly descriptor: ParamDescriptor | undefined;
  readonly leaves: readonly ParamLeaf[];
  readonly problems: readonly Problem[];
}

export interface ConnectionStep {
  readonly connection: Connection;
  readonly descriptor: ConnectionDescriptor | undefined;
  readonly params: readonly ReadParam[];
}

/** What every check gets: the workflow and the catalog, brought together once. */
export interface CheckContext {
  readonly text: string;
  readonly workflow: Workflow;
  readonly catalog: Catalog;
  readonly root: SourceMap | undefined;
  readonly steps: ReadonlyMap<string, Step>;
  readonly connections: readonly ConnectionStep[];
  /** Without disabled nodes. */
  readonly graph: Graph;
  /** What each node says, as it is written, where it is a map. */
  readonly nodeMaps: ReadonlyMap<string, SourceMap>;
  /** Ids that are written in the file but could not be read: nothing is said of what refers to them. */
  readonly unreadNodes: ReadonlySet<string>;
  /** Where the keys stand of what could not be read: nothing is said of what is missing there. */
  readonly broken: ReadonlySet<number>;
}

/** A pure function that finds one kind of mistake. */
export type Check = (context: CheckContext) => readonly Problem[];

export function createContext({ workflow, syntax, text }: ParsedWorkflow, catalog: Catalog): CheckContext {
  const written = entryOf(syntax.root, "nodes")?.value;
  const entries = written?.kind === "map" ? written.entries : [];
  const broken = new Set(syntax.broken.map(({ range }) => range.start));
  const steps = new Map([...workflow.nodes].map(([id, node]) => [id, createStep(node, catalog, broken)]));
  return {
    text,
    workflow,
    catalog,
    root: syntax.root,
    steps,
    graph: createGraph(steps),
    connections: [...workflow.connections.values()].map((connection) => {
      const descriptor = catalog.connections.get(connection.type.value);
      return { connection, descriptor, params: readParams(connection.params, descriptor?.params, broken) };
    }),
    nodeMaps: new Map(
      entries.flatMap(({ key, value }) => (value.kind === "map" ? [[key.value, value] as const] : [])),
    ),
    unreadNodes: new Set(entries.map(({ key }) => key.value).filter((id) => !workflow.nodes.has(id))),
    broken,
  };
}

function createStep(node: WorkflowNode, catalog: Catalog, broken: CheckContext["broken"]): Step {
  const descriptor = catalog.nodes.get(node.type.value);
  return {
    node,
    descriptor,
    outputs: new Set(descriptor ? outputPorts(node, descriptor) : []),
    params: readParams(node.params, descriptor?.params, broken),
  };
}

function readParams(
  written: ReadonlyMap<string, SourceEntry>,
  known: Readonly<Record<string, ParamDescriptor>> | undefined,
  broken: CheckContext["broken"],
): readonly ReadParam[] {
  return [...written.values()].map((entry) => {
    const descriptor = known && ownProperty(known, entry.key.value);
    if (!descriptor || broken.has(entry.key.range.start))
      return { entry, descriptor, leaves: [], problems: [] };
    const { value, problems } = readParam(descriptor, entry.value);
    return { entry, descriptor, leaves: value, problems };
  });
}

/** The entry of a map by its key. */
export function entryOf(map: SourceMap | undefined, key: string): SourceEntry | undefined {
  return map?.entries.find((entry) => entry.key.value === key);
}

/** A problem with a code of the table; without empty fields. */
export function report(
  code: LanguageCode,
  severity: Severity,
  range: Range,
  message: string,
  more: { readonly node?: string | undefined; readonly fixes?: readonly QuickFix[] } = {},
): Problem {
  return {
    code,
    severity,
    message: shorten(message),
    range,
    ...(more.node === undefined ? {} : { node: more.node }),
    ...(more.fixes === undefined || more.fixes.length === 0 ? {} : { fixes: more.fixes }),
  };
}
