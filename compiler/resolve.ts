import type { Catalog, LiteralSchema } from "../language/catalog.ts";
import {
  checkWorkflow,
  type ParsedWorkflow,
  parseDuration,
  parseWorkflow,
  resolveCatalog,
  type TypeScriptModule,
} from "../language/index.ts";
import { readLiteral } from "../language/literals.ts";
import type { Json, WorkflowNode, WorkflowParam } from "../language/model.ts";
import { hasErrors, type Problem } from "../language/problem.ts";
import { folderOf, joinPath, relativePath } from "../language/resolve-paths.ts";
import type { Instance, Program } from "./program.ts";

/** The text of a file by its absolute path (with slashes), or undefined where there is none. */
export type ReadFile = (path: string) => Promise<string | undefined>;

export interface ResolveOptions {
  /** Absolute. */
  readonly file: string;
  readonly catalog: Catalog;
  readonly read: ReadFile;
  /** How to get TypeScript, which reads the descriptors of own nodes. */
  readonly typescript?: (() => Promise<TypeScriptModule>) | undefined;
}

export interface Resolved {
  /** Without subflows where a problem is an error. */
  readonly program: Program;
  /** What parsing and the checks found, here and in all that the workflow is made of. */
  readonly problems: readonly Problem[];
}

/** Subflows within a workflow, each use counted: files that name others twice grow without end. */
const mostInstances = 1_000;

/** Checks a workflow and reads the subflows that it names, and theirs. */
export async function resolve(parsed: ParsedWorkflow, options: ResolveOptions): Promise<Resolved> {
  const file = options.file.replaceAll("\\", "/");
  const { catalog, problems: found } = await catalogOf(parsed, file, options);
  const problems = [
    ...parsed.problems,
    ...found,
    ...checkWorkflow(parsed, catalog),
    ...unread(parsed, catalog, found),
  ];
  const loader = new Loader({ ...options, file });
  const root = await loader.instance({ parsed, catalog }, file, "", undefined, !hasErrors(problems));
  if (loader.isFull) problems.push(tooLarge());
  return { program: { root, instances: [root, ...subflowsOf(root)] }, problems };
}

function catalogOf(
  parsed: ParsedWorkflow,
  file: string,
  { catalog, read, typescript }: ResolveOptions,
): ReturnType<typeof resolveCatalog> {
  return resolveCatalog(parsed, file, catalog, { read, ...(typescript ? { typescript } : {}) });
}

function subflowsOf({ subflows }: Instance): readonly Instance[] {
  return [...subflows.values()].flatMap((subflow) => [subflow, ...subflowsOf(subflow)]);
}

interface LoadedFile {
  readonly parsed: ParsedWorkflow;
  readonly catalog: Catalog;
}

class Loader {
  isFull = false;
  readonly #options: ResolveOptions;
  readonly #files = new Map<string, Promise<LoadedFile | undefined>>();
  #instances = 0;

  constructor(options: ResolveOptions) {
    this.#options = options;
  }

  async instance(
    { parsed: { workflow, text }, catalog }: LoadedFile,
    path: string,
    scope: string,
    parent: Instance["parent"],
    withSubflows = true,
  ): Promise<Instance> {
    const subflows = new Map<string, Instance>();
    const instance: Instance = {
      scope,
      file: { name: relativePath(this.#options.file, path), text },
      path,
      workflow,
      catalog,
      params: paramValues(workflow.params, parent?.node),
      parent,
      subflows,
    };
    for (const node of withSubflows ? workflow.nodes.values() : []) {
      const subflow = isSubflow(node) && !node.disabled ? await this.#subflow(instance, node) : undefined;
      if (subflow) subflows.set(node.id, subflow);
    }
    return instance;
  }

  async #subflow(parent: Instance, node: WorkflowNode): Promise<Instance | undefined> {
    this.isFull ||= ++this.#instances > mostInstances;
    const path = joinPath(folderOf(parent.path), node.type.value);
    const file = path === undefined || this.isFull ? undefined : await this.#load(path);
    return file && path !== undefined
      ? this.instance(file, path, `${parent.scope}${node.id}/`, { instance: parent, node })
      : undefined;
  }

  #load(path: string): Promise<LoadedFile | undefined> {
    const known = this.#files.get(path);
    if (known) return known;
    const loading = this.#options.read(path).then(async (text) => {
      if (text === undefined) return undefined;
      const parsed = parseWorkflow(text, path);
      const { catalog } = await catalogOf(parsed, path, this.#options);
      return { parsed, catalog };
    });
    this.#files.set(path, loading);
    return loading;
  }
}

/** Where TypeScript is not at hand, a check goes on without own nodes; an artifact cannot. */
function unread(
  { workflow }: ParsedWorkflow,
  catalog: Catalog,
  found: readonly Problem[],
): readonly Problem[] {
  // What is wrong with a file is told once, at the first node that names it.
  const told = new Set(
    found.flatMap(({ severity, node = "" }) =>
      severity === "error" ? (workflow.nodes.get(node)?.type.value ?? []) : [],
    ),
  );
  return [...workflow.nodes.values()]
    .filter(({ type, disabled }) => {
      const isRead = catalog.nodes.has(type.value) || !type.value.endsWith(".node.ts");
      return !disabled && !isRead && !told.has(type.value);
    })
    .map(({ id, type }) => ({
      code: "EDDY_OWN_NODE_SKIPPED",
      severity: "error",
      message: `${type.value} could not be read, so that the workflow cannot be compiled.`,
      range: type.range,
      node: id,
    }));
}

function tooLarge(): Problem {
  return {
    code: "EDDY_TOO_LARGE",
    severity: "error",
    message: `The workflow uses more than ${mostInstances} subflows, with those inside of them: make it of fewer.`,
    range: { start: 0, end: 0 },
  };
}

export function isSubflow({ type }: WorkflowNode): boolean {
  return type.value.endsWith(".flow.yaml");
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
