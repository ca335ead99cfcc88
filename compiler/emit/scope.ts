import type { Instance } from "../program.ts";
import type { Names } from "./names.ts";

/** Where emitted code imports the engine and the node types from; the bundler knows where that is. */
export const runtimeImport = "eddy-runtime";
/** Where modules of one workflow import each other from. */
export const workflowImport = "eddy-workflow";

/** One emitted module while it is written: what it uses of others. */
export class ModuleScope {
  readonly instance: Instance;
  readonly names: Names;
  readonly #used = new Map<Instance, Set<string>>();
  readonly #types = new Map<string, string>();

  constructor(instance: Instance, names: Names) {
    this.instance = instance;
    this.names = names;
  }

  /** A name that the module of `owner` declares, to be used here. */
  use(owner: Instance, name: string): string {
    if (owner !== this.instance) {
      const used = this.#used.get(owner);
      if (used) used.add(name);
      else this.#used.set(owner, new Set([name]));
    }
    return name;
  }

  /** The implementation of a node type: a built-in one, or a file beside the workflow. */
  type(type: string): string {
    const known = this.#types.get(type);
    if (known) return known;
    const name = this.names.of("type", type.replace(/\.node\.ts$/, "").replace(/[^A-Za-z0-9_-]+/g, "-"));
    // Two files of one name in different folders.
    const taken = [...this.#types.values()].filter((other) => other.startsWith(name)).length;
    const unique = taken === 0 ? name : `${name}$1${taken}`;
    this.#types.set(type, unique);
    return unique;
  }

  imports(): readonly string[] {
    const types = [...this.#types].map(
      ([type, name]) =>
        `import ${name} from ${JSON.stringify(isOwnType(type) ? type : `${runtimeImport}/nodes/${type}`)};`,
    );
    const modules = [...this.#used].map(
      ([owner, used]) =>
        `import { ${[...used].join(", ")} } from ${JSON.stringify(`${workflowImport}/${moduleName(owner)}`)};`,
    );
    return [...types, ...modules];
  }
}

/** `main`, or `sub/` and the id of the node that a subflow stands for. */
export function moduleName({ scope }: Instance): string {
  return scope === "" ? "main" : `sub/${scope.slice(0, -1)}`;
}

function isOwnType(type: string): boolean {
  return type.endsWith(".node.ts");
}
