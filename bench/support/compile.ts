import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import typescript from "typescript";
import { createCompiler, type Optimize, type Packaged } from "../../compiler/index.ts";

/** Compiles workflows until it is disposed of. */
export interface BenchCompiler extends AsyncDisposable {
  /** Fails with what is wrong where something is. `file` need not exist where there is a text. */
  compile(file: URL, text?: string, optimize?: Optimize): Promise<Packaged>;
}

export function openCompiler(): BenchCompiler {
  const compiler = createCompiler({ typescript: async () => typescript });
  return {
    async compile(file, text, optimize = "basic") {
      const { artifact, problems } = await compiler.compile({
        file: fileURLToPath(file),
        text: text ?? (await readFile(file, "utf8")),
        read: (path) => readFile(path, "utf8").catch(() => undefined),
        target: "node",
        optimize,
      });
      if (!artifact) throw new Error(problems.map(({ message }) => message).join(" "));
      return artifact;
    },
    [Symbol.asyncDispose]: () => compiler.dispose(),
  };
}
