import { isElsewhere } from "../../language/resolve-paths.ts";
import type { Implementation } from "../implementations.ts";
import type { Instance } from "../program.ts";
import { type Names, typeKey } from "./names.ts";

/** Where modules of one workflow import each other from. */
export const workflowImport = "eddy-workflow";

/** Something of `runtime/` that emitted code uses. */
export interface RuntimeExport {
  /** By which it is handed to the emitted code. */
  readonly name: string;
  /** The file in `runtime/`, without ending. */
  readonly file: string;
  /** What it is called there. */
  readonly exported: string;
  /** The node type by which hosts have it. */
  readonly hostType?: string;
}

/** Parts of the engine, by the file that they are in. */
const engineFiles = {
  createEngine: "engine/engine",
  artifactHost: "engine/artifact-host",
  asynchronous: "engine/asynchronous",
  immediate: "engine/nodes",
  holding: "engine/nodes",
  trigger: "engine/nodes",
  stateValues: "engine/state",
  secretText: "engine/secrets",
  freeze: "engine/freeze",
  openSpill: "engine/spill",
  unfit: "engine/payload",
} as const;

/** One emitted module while it is written: what it uses of others. */
export class ModuleScope {
  readonly instance: Instance;
  readonly names: Names;
  readonly #used = new Map<Instance, Set<string>>();
  /** By the name that they have here. */
  readonly #runtime = new Map<string, RuntimeExport>();
  /** Own nodes and those of packages, as they are written. */
  readonly #own = new Map<string, string>();

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

  /** A part of the engine. */
  engine(name: keyof typeof engineFiles): string {
    const local = name === "artifactHost" ? this.names.host : this.names.runtime(name);
    this.#runtime.set(local, { name, file: engineFiles[name], exported: name });
    return local;
  }

  /** The implementation of a node type: a built-in one, a file beside the workflow, or a package's. */
  type(type: string, { file, isInHost }: Implementation): string {
    if (!isElsewhere(type)) {
      const name = this.names.of("type", file);
      // The same in every workflow, so that what is linked for one does for others.
      const linked = {
        name: typeKey(file),
        file: `nodes/${file}`,
        exported: "default",
      };
      this.#runtime.set(name, isInHost ? { ...linked, hostType: type } : linked);
      return name;
    }
    const known = this.#own.get(type);
    if (known) return known;
    const words = type.replace(/\.node\.ts$/, "").replace(/[^A-Za-z0-9_]+/g, "_");
    // A number, since two files of one name may be in different folders.
    const name = this.names.of("type", `${this.#own.size}${words}`);
    this.#own.set(type, name);
    return name;
  }

  get runtime(): readonly RuntimeExport[] {
    return [...this.#runtime.values()];
  }

  /** The head of the module: what it uses, and where that comes from. */
  imports(): readonly string[] {
    const runtime = [...this.#runtime].map(([local, { name }]) =>
      local === name ? name : `${name}: ${local}`,
    );
    const own = [...this.#own].map(([file, name]) => `import ${name} from ${JSON.stringify(file)};\n`);
    const modules = [...this.#used].map(
      ([owner, used]) => `import ${listed([...used])} from "${workflowImport}/${moduleName(owner)}";\n`,
    );
    return [...own, ...modules, `const ${listed(runtime)} = ${this.names.linked};\n`];
  }
}

function listed(names: readonly string[]): string {
  return `{\n${names.map((name) => `  ${name},\n`).join("")}}`;
}

/** `main`, or `sub/` and the id of the node that a subflow stands for. */
export function moduleName({ scope }: Instance): string {
  return scope === "" ? "main" : `sub/${scope.slice(0, -1)}`;
}
