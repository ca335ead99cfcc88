import type { Catalog, NodeDescriptor, NodeSignature } from "./catalog.ts";
import { checkWorkflow } from "./checks/check.ts";
import { type LanguageCode, languageCodes } from "./codes.ts";
import type { WorkflowNode } from "./model.ts";
import { readOwnNode, type TypeScriptModule } from "./own-node.ts";
import { type ParsedWorkflow, parseWorkflow } from "./parse.ts";
import { hasErrors, type Problem, type QuickFix } from "./problem.ts";
import { packageTarget } from "./resolve-package.ts";
import {
  foldersUpTo,
  isElsewhere,
  joinPath,
  readTypeReference,
  relativePath,
  type TypeReference,
} from "./resolve-paths.ts";
import { subflowDescriptor, subflowSignature } from "./resolve-subflow.ts";
import { createLineIndex } from "./syntax/lines.ts";

/** How `resolveCatalog` gets at other files. */
export interface ResolveOptions {
  /** The text of a file by its path (in the form of `file`), or undefined where there is none. */
  read(path: string): Promise<string | undefined>;
  /**
   * The folder that no path may leave. Where absent, a relative `file` is taken to be in the root; an absolute one is bound
   * by the file system alone, and `read` has to say what may be read.
   */
  readonly root?: string;
  /** TypeScript, or how to get it: it is asked for only where a workflow has nodes of its own. */
  readonly typescript?: TypeScriptModule | (() => Promise<TypeScriptModule>);
}

/** The node types that a workflow can use. */
export interface ResolvedCatalog {
  /** The given catalog with the types that the workflow names by file or package, keyed as it writes them. */
  readonly catalog: Catalog;
  readonly problems: readonly Problem[];
  /** Every file that was looked for, found or not, so that a change of one can be watched for. */
  readonly files: readonly string[];
}

/** How deeply subflows may nest, and how many files a workflow may bring in. */
export const maximumDepth = 16;
export const maximumFiles = 256;

/**
 * Finds the node types that a workflow brings with it: subflows (`./x.flow.yaml`), own nodes (`./x.node.ts`, read but never
 * run) and nodes of installed packages (`package/name`). `file` is the workflow's own path. Never throws for what stands
 * in a file; what is wrong in another file is reported once, at the first node that names it.
 */
export async function resolveCatalog(
  parsed: ParsedWorkflow,
  file: string,
  catalog: Catalog,
  options: ResolveOptions,
): Promise<ResolvedCatalog> {
  const resolver = new Resolver(catalog, options);
  const { types, signatures, failures } = await resolver.typesOf(parsed, [file.replaceAll("\\", "/")]);
  return {
    catalog: withTypes(catalog, types, signatures),
    problems: failures.map(({ node, ...failure }) => problemAt(node, failure)),
    files: [...resolver.files],
  };
}

function withTypes(catalog: Catalog, types: Types["types"], signatures: Types["signatures"]): Catalog {
  return {
    nodes: new Map([...catalog.nodes, ...types]),
    connections: catalog.connections,
    signatures: new Map([...(catalog.signatures ?? []), ...signatures]),
  };
}

/** Why a type could not be used. A type may have a descriptor all the same, so that its ports and params are known. */
interface Failure {
  readonly code: LanguageCode;
  readonly message: string;
  /** What the type should be. */
  readonly instead?: string;
}

interface ResolvedType {
  readonly descriptor?: NodeDescriptor;
  readonly signature?: NodeSignature;
  readonly failure?: Failure;
}

interface Types {
  readonly types: ReadonlyMap<string, NodeDescriptor>;
  readonly signatures: ReadonlyMap<string, NodeSignature>;
  readonly failures: readonly (Failure & { readonly node: WorkflowNode })[];
}

class Resolver {
  readonly files = new Set<string>();
  readonly #catalog: Catalog;
  readonly #options: ResolveOptions;
  /** Each file is read once. One that is part of a cycle is so from wherever the cycle is entered. */
  readonly #known = new Map<string, Promise<ResolvedType>>();
  #typescript: Promise<TypeScriptModule | undefined> | undefined;

  constructor(catalog: Catalog, options: ResolveOptions) {
    this.#catalog = catalog;
    this.#options = options;
  }

  /** `path` leads from the workflow that was opened to this one. */
  async typesOf({ workflow }: ParsedWorkflow, path: readonly string[]): Promise<Types> {
    const types = new Map<string, NodeDescriptor>();
    const signatures = new Map<string, NodeSignature>();
    const failures: (Failure & { readonly node: WorkflowNode })[] = [];
    const seen = new Set<string>();
    for (const node of workflow.nodes.values()) {
      const type = node.type.value;
      if (seen.has(type) || this.#catalog.nodes.has(type) || !isElsewhere(type)) continue;
      seen.add(type);
      const { descriptor, signature, failure } = await this.#resolve(type, path);
      if (descriptor) types.set(type, { ...descriptor, type });
      if (signature) signatures.set(type, signature);
      if (failure) failures.push({ ...failure, node });
    }
    return { types, signatures, failures };
  }

  async #resolve(type: string, path: readonly string[]): Promise<ResolvedType> {
    const file = path.at(-1) ?? "";
    const reference = readTypeReference(type, file, this.#options.root ?? "");
    switch (reference.kind) {
      case "refused":
        return { failure: refusal(type, reference) };
      case "own":
        return this.#once(reference.path, () =>
          this.#ownNode(reference.path, relativePath(path[0] ?? "", reference.path)),
        );
      case "package":
        return this.#package(reference.name, reference.node, file);
      case "subflow": {
        const start = path.indexOf(reference.path);
        if (start !== -1) return { failure: recursion([...path.slice(start), reference.path]) };
        return this.#once(reference.path, () => this.#subflow(reference.path, path));
      }
    }
  }

  #once(path: string, resolve: () => Promise<ResolvedType>): Promise<ResolvedType> {
    const known = this.#known.get(path);
    if (known) return known;
    const resolving = resolve();
    this.#known.set(path, resolving);
    return resolving;
  }

  async #subflow(file: string, path: readonly string[]): Promise<ResolvedType> {
    const name = relativePath(path[0] ?? "", file);
    if (path.length > maximumDepth) {
      const message = `Subflows may be nested ${maximumDepth} deep: ${name} is nested more deeply.`;
      return { failure: { code: "EDDY_FILE_LIMIT", message } };
    }
    const text = await this.#read(file);
    if (typeof text !== "string") return { failure: text ?? missing(name) };
    const parsed = parseWorkflow(text, file);
    const { types, signatures, failures } = await this.typesOf(parsed, [...path, file]);
    const catalog = withTypes(this.#catalog, types, signatures);
    const descriptor = subflowDescriptor(file, parsed.workflow, catalog);
    const signature = subflowSignature(file, parsed.workflow);
    // The cycle itself is the cause, wherever it is entered.
    const cycle = failures.find(({ code }) => code === "EDDY_SUBFLOW_RECURSION");
    if (cycle) return { descriptor, signature, failure: { code: cycle.code, message: cycle.message } };
    const problems = [
      ...parsed.problems,
      ...failures.map(({ node, ...failure }) => problemAt(node, failure)),
      ...checkWorkflow(parsed, catalog),
    ];
    if (!hasErrors(problems)) return { descriptor, signature };
    return { descriptor, signature, failure: broken("EDDY_SUBFLOW_BROKEN", name, text, problems) };
  }

  async #ownNode(file: string, name: string): Promise<ResolvedType> {
    const text = await this.#read(file);
    if (typeof text !== "string") return { failure: text ?? missing(name) };
    return this.#readNode(text, file, name);
  }

  async #readNode(text: string, file: string, name: string): Promise<ResolvedType> {
    const typescript = await this.#getTypeScript();
    if (!typescript) {
      const message = `${name} is read with TypeScript, which is not at hand here.`;
      return { failure: { code: "EDDY_OWN_NODE_SKIPPED", message } };
    }
    const { descriptor, signature, problems } = readOwnNode(text, file, typescript);
    const first = problems[0];
    return {
      ...(descriptor ? { descriptor } : {}),
      ...(signature === undefined ? {} : { signature: { text: signature, file } }),
      ...(first && isLanguageCode(first) ? { failure: broken(first.code, name, text, problems) } : {}),
    };
  }

  /** Looks for the package as Node does: in the folder of the workflow, and in those above it. */
  async #package(name: string, node: string, file: string): Promise<ResolvedType> {
    for (const folder of foldersUpTo(file, this.#options.root ?? "")) {
      const home = joinPath(folder, `node_modules/${name}`) ?? "";
      const manifest = await this.#read(`${home}/package.json`);
      if (manifest === undefined) continue;
      if (typeof manifest !== "string") return { failure: manifest };
      const target = packageTarget(manifest, node);
      if (target === undefined) {
        const message = `The package ${name} exports no node "${node}": its package.json has to name it under exports ("./${node}").`;
        return { failure: { code: "EDDY_PACKAGE_NODE", message } };
      }
      const path = `${home}/${target}`;
      return this.#once(path, async () => {
        const text = await this.#read(path);
        if (typeof text === "string") return this.#readNode(text, path, `${name}/${target}`);
        return { failure: text ?? missing(`${name}/${target}`) };
      });
    }
    const message = `The package ${name} is not installed in this workspace: install it (npm install ${name}), or check the name.`;
    return { failure: { code: "EDDY_PACKAGE_NODE", message } };
  }

  /** The text of a file, undefined where there is none, or why it is not read. */
  async #read(path: string): Promise<string | Failure | undefined> {
    if (!this.files.has(path) && this.files.size >= maximumFiles) {
      const message = `A workflow may bring in ${maximumFiles} files; there are more.`;
      return { code: "EDDY_FILE_LIMIT", message };
    }
    this.files.add(path);
    return this.#options.read(path);
  }

  #getTypeScript(): Promise<TypeScriptModule | undefined> {
    const { typescript } = this.#options;
    this.#typescript ??= typeof typescript === "function" ? typescript() : Promise.resolve(typescript);
    return this.#typescript;
  }
}

function problemAt(node: WorkflowNode, { code, message, instead }: Failure): Problem {
  const { range } = node.type;
  const fixes: readonly QuickFix[] =
    instead === undefined ? [] : [{ title: `Change to ${instead}`, edits: [{ range, newText: instead }] }];
  return {
    code,
    // A disabled node is not compiled, so nothing about it stands in the way.
    severity: node.disabled || code === "EDDY_OWN_NODE_SKIPPED" ? "hint" : "error",
    message,
    range,
    node: node.id,
    ...(fixes.length === 0 ? {} : { fixes }),
  };
}

function refusal(type: string, reference: TypeReference & { readonly kind: "refused" }): Failure {
  const { reason, instead } = reference;
  switch (reason) {
    case "outside":
      return {
        code: "EDDY_FILE_OUTSIDE",
        message: `"${type}" leads out of the workspace: use a path that stays inside, such as ./lib/alarm.flow.yaml.`,
      };
    case "written":
      return {
        code: "EDDY_UNKNOWN_TYPE",
        message: `"${type}" is no node type: the path of a file starts with ./ and has slashes (${instead ?? "./x.flow.yaml"}).`,
        ...(instead === undefined ? {} : { instead }),
      };
    case "ending":
      return {
        code: "EDDY_UNKNOWN_TYPE",
        message: `"${type}" is no node type: write the name of a built-in one, the path of a file (./x.flow.yaml, ./x.node.ts), or a package and its node (package/name).`,
      };
  }
}

function recursion(cycle: readonly string[]): Failure {
  const root = cycle[0] ?? "";
  const names = cycle.map((file) => relativePath(root, file)).join(" → ");
  return {
    code: "EDDY_SUBFLOW_RECURSION",
    message: `This subflow contains itself (${names}), so it would never end: break the cycle.`,
  };
}

function missing(name: string): Failure {
  return {
    code: "EDDY_FILE_MISSING",
    message: `There is no file ${name}: create it, or correct the path (it is relative to this file).`,
  };
}

/** The first error of another file, since the others may come from it. */
function broken(code: LanguageCode, name: string, text: string, problems: readonly Problem[]): Failure {
  const errors = problems.filter(({ severity }) => severity === "error");
  const [first] = errors.sort((left, right) => left.range.start - right.range.start);
  const line = createLineIndex(text).positionAt(first?.range.start ?? 0).line + 1;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  return { code, message: `${name}:${line}: ${first?.message ?? ""}${more}` };
}

function isLanguageCode(problem: Problem): problem is Problem & { readonly code: LanguageCode } {
  return Object.hasOwn(languageCodes, problem.code);
}
