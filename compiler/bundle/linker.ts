import type * as Esbuild from "esbuild";
import type { BuildOptions } from "esbuild";
import type { BundleInput } from "../bundle.ts";
import type { Runtime } from "../runtime-directory.ts";
import { builtins } from "./builtins.ts";
import { withoutFolders } from "./folders.ts";
import { inputSizes, type Size } from "./sizes.ts";

/** The engine and the node types as one piece of code. */
export interface LinkedCode {
  readonly code: string;
  /** Line breaks in it. */
  readonly lines: number;
  /** Bytes of each file of it. */
  readonly sizes: readonly Size[];
}

/** Sets of node types whose linked code is kept. */
const mostKept = 100;

/**
 * Makes one piece of code of the engine and the node types that a workflow uses. They are the same from one edit to the
 * next: a build goes through the emitted code alone. Node types that every host has are taken from there, where
 * `usesHost` says so.
 */
export class Linker {
  readonly #esbuild: typeof Esbuild;
  readonly #runtime: Runtime;
  readonly #options: BuildOptions;
  readonly #usesHost: boolean;
  readonly #known = new Map<string, Promise<LinkedCode>>();

  constructor(esbuild: typeof Esbuild, runtime: Runtime, options: BuildOptions, usesHost: boolean) {
    this.#esbuild = esbuild;
    this.#runtime = runtime;
    this.#options = options;
    this.#usesHost = usesHost;
  }

  /** A statement that assigns an object of them to the name `linked`. */
  link({ runtime, linked }: BundleInput): Promise<LinkedCode> {
    const imports: string[] = [];
    const values = runtime.map(({ name, file, exported, hostType }, at) => {
      if (this.#usesHost && hostType !== undefined)
        return `${name}: host.nodeType(${JSON.stringify(hostType)})`;
      const path = JSON.stringify(this.#runtime.file(file));
      imports.push(`import { ${exported} as linked${at} } from ${path};\n`);
      return `${name}: linked${at}`;
    });
    const contents = `${imports.join("")}${linked} = { ${values.join(", ")} };`;
    const known = this.#known.get(contents);
    if (known) return known;
    if (this.#known.size >= mostKept) this.#known.clear();
    const linking = this.#build(contents);
    this.#known.set(contents, linking);
    linking.catch(() => this.#known.delete(contents));
    return linking;
  }

  async #build(contents: string): Promise<LinkedCode> {
    const { outputFiles, metafile } = await this.#esbuild.build({
      ...this.#options,
      stdin: { contents, resolveDir: this.#runtime.directory, loader: "js", sourcefile: "runtime" },
      sourcemap: false,
      // Descriptors and their docs stand in the same files.
      treeShaking: true,
      plugins: [builtins],
    });
    const code = withoutFolders(outputFiles?.[0]?.text ?? "", metafile);
    return { code, lines: code.split("\n").length - 1, sizes: inputSizes(metafile) };
  }
}
