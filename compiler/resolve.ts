import type { Catalog, LiteralSchema } from "../language/catalog.ts";
import { checkWorkflow, type ParsedWorkflow, parseDuration, parseWorkflow } from "../language/index.ts";
import { readLiteral } from "../language/literals.ts";
import type { Json, Range, WorkflowNode, WorkflowParam } from "../language/model.ts";
import { hasErrors, type Problem } from "../language/problem.ts";
import { createLineIndex } from "../language/syntax/lines.ts";
import { fileName, folderOf, join, relative } from "./paths.ts";
import type { Instance, Program } from "./program.ts";

/** Adds the types of a file's own nodes and subflows to a catalog. */
export type ResolveCatalog = (
  parsed: ParsedWorkflow,
  file: string,
  catalog: Catalog,
  options: { readonly read: ReadFile },
) => Promise<{ readonly catalog: Catalog; readonly problems: readonly Problem[] }>;

/** The text of a file by its absolute path, or undefined where there is none. */
export type ReadFile = (path: string) => Promise<string | undefined>;

export interface ResolveOptions {
  /** Absolute. */
  readonly file: string;
  readonly catalog: Catalog;
  readonly read: ReadFile;
  readonly resolveCatalog: ResolveCatalog;
}

export interface Resolved {
  /** Only of use where no problem is an error. */
  readonly program: Program;
  /** All that parsing and the checks found, in this file and, at the node that names it, in each subflow. */
  readonly problems: readonly Problem[];
}

/** Subflows within a workflow, each use counted: files that name each other twice would grow without end. */
const mostInstances = 1_000;

/** Reads the subflows that a workflow names, and theirs, and checks each file. */
export async function resolve(parsed: ParsedWorkflow, options: ResolveOptions): Promise<Resolved> {
  const resolver = new Resolver(options);
  const { instance, problems } = await resolver.root(parsed);
  return { program: { root: instance, instances: [instance, ...subflowsOf(instance)] }, problems };
}

function subflowsOf({ subflows }: Instance): readonly Instance[] {
  return [...subflows.values()].flatMap((subflow) => [subflow, ...subflowsOf(subflow)]);
}

interface LoadedFile {
  readonly parsed: ParsedWorkflow;
  readonly catalog: Catalog;
  readonly problems: readonly Problem[];
}

class Resolver {
  readonly #options: ResolveOptions;
  /** Each file is read and checked once. */
  readonly #files = new Map<string, Promise<LoadedFile | undefined>>();
  #instances = 1;

  constructor(options: ResolveOptions) {
    this.#options = options;
  }

  async root(parsed: ParsedWorkflow): Promise<{ instance: Instance; problems: readonly Problem[] }> {
    const { file } = this.#options;
    const loaded = await this.#check(parsed, file);
    const problems = [...loaded.problems];
    const instance = await this.#instance(loaded, file, "", undefined, problems, undefined);
    return { instance, problems };
  }

  async #instance(
    { parsed, catalog }: LoadedFile,
    path: string,
    scope: string,
    parent: Instance["parent"],
    problems: Problem[],
    place: { readonly range: Range; readonly node: string } | undefined,
  ): Promise<Instance> {
    const { workflow, text } = parsed;
    const subflows = new Map<string, Instance>();
    const instance: Instance = {
      scope,
      file: { name: relativeName(this.#options.file, path), text },
      path,
      workflow,
      catalog,
      params: parent ? paramValues(workflow.params, parent.node) : paramValues(workflow.params, undefined),
      parent,
      subflows,
    };
    for (const node of workflow.nodes.values()) {
      if (node.disabled || !isSubflow(node)) continue;
      const where = place ?? { range: node.type.range, node: node.id };
      const subflow = await this.#subflow(instance, node, problems, where);
      if (subflow) subflows.set(node.id, subflow);
    }
    return instance;
  }

  async #subflow(
    parent: Instance,
    node: WorkflowNode,
    problems: Problem[],
    place: { readonly range: Range; readonly node: string },
  ): Promise<Instance | undefined> {
    const path = join(folderOf(parent.path), node.type.value);
    const report = (code: Problem["code"], message: string) =>
      problems.push({ code, severity: "error", message, ...place });
    for (let outer: Instance | undefined = parent; outer; outer = outer.parent?.instance) {
      // The checks have said so already where the file is the author's own.
      if (samePath(outer.path, path)) {
        if (parent.parent) report("EDDY_SUBFLOW_RECURSION", `${parent.file.name} contains itself.`);
        return undefined;
      }
    }
    if (++this.#instances > mostInstances) {
      if (this.#instances === mostInstances + 1)
        report("EDDY_TOO_LARGE", `The workflow contains more than ${mostInstances} subflows.`);
      return undefined;
    }
    const isFirst = !this.#files.has(path);
    const loaded = await this.#load(path);
    if (!loaded) return undefined;
    if (isFirst) problems.push(...told(loaded, relativeName(this.#options.file, path), place));
    const scope = `${parent.scope}${node.id}/`;
    return this.#instance(loaded, path, scope, { instance: parent, node }, problems, place);
  }

  #load(path: string): Promise<LoadedFile | undefined> {
    const known = this.#files.get(path);
    if (known) return known;
    const loading = this.#options.read(path).then((text) =>
      // A file that is not there is reported by whoever resolves the type.
      text === undefined ? undefined : this.#check(parseWorkflow(text, fileName(path)), path),
    );
    this.#files.set(path, loading);
    return loading;
  }

  async #check(parsed: ParsedWorkflow, path: string): Promise<LoadedFile> {
    const { read, resolveCatalog } = this.#options;
    const { catalog, problems } = await resolveCatalog(parsed, path, this.#options.catalog, { read });
    return {
      parsed,
      catalog,
      problems: [...parsed.problems, ...problems, ...checkWorkflow(parsed, catalog)],
    };
  }
}

/** The errors of another file, at the node that names it. */
function told(
  { parsed, problems }: LoadedFile,
  name: string,
  place: { readonly range: Range; readonly node: string },
): readonly Problem[] {
  if (!hasErrors(problems)) return [];
  const lines = createLineIndex(parsed.text);
  return problems
    .filter(({ severity }) => severity === "error")
    .map(({ code, severity, message, range }) => ({
      code,
      severity,
      message: `${name}:${lines.positionAt(range.start).line + 1}: ${message}`,
      ...place,
    }));
}

export function isSubflow({ type }: WorkflowNode): boolean {
  return /\.flow\.ya?ml$/.test(type.value);
}

function paramValues(
  declared: ReadonlyMap<string, WorkflowParam>,
  node: WorkflowNode | undefined,
): Readonly<Record<string, Json>> {
  return Object.fromEntries(
    [...declared].flatMap(([name, param]): readonly (readonly [string, Json])[] => {
      const written = node?.params.get(name)?.value;
      const value = written ? readLiteral(schemas[param.type], written).value : defaultOf(param);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

const schemas: Readonly<Record<WorkflowParam["type"], LiteralSchema>> = {
  string: { type: "string" },
  number: { type: "number" },
  boolean: { type: "boolean" },
  duration: { type: "duration" },
};

function defaultOf({ type, default: preset }: WorkflowParam): Json | undefined {
  return type === "duration" && typeof preset === "string" ? parseDuration(preset) : preset;
}

function relativeName(root: string, path: string): string {
  return relative(folderOf(root), path);
}

function samePath(one: string, other: string): boolean {
  return one.replaceAll("\\", "/") === other.replaceAll("\\", "/");
}
