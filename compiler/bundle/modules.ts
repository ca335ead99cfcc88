import type { OnLoadResult, OnResolveArgs, OnResolveResult, PartialMessage, Plugin } from "esbuild";
import type { ProblemCode } from "../../language/problem.ts";
import { folderOf, joinPath, relativePath } from "../../language/resolve-paths.ts";
import type { BundleInput } from "../bundle.ts";
import { workflowImport } from "../emit/scope.ts";
import { builtins } from "./builtins.ts";

/** Who imported a file of the author's first, by the file's name. */
export type Importers = Map<string, { readonly from: string; readonly written: string }>;

export interface BundleJob extends BundleInput {
  /** Filled in on the way. */
  readonly importers: Importers;
}

/** Serves the emitted modules, the author's files and the engine. Nothing but packages is left to esbuild's own search. */
export function workflowModules(job: () => BundleJob | undefined): Plugin {
  const current = () => {
    const now = job();
    if (!now) throw new Error("Nothing is being built.");
    return now;
  };
  return {
    name: "workflow-modules",
    setup(build) {
      const { onLoad, onResolve } = build;
      builtins.setup(build);
      onResolve({ filter: new RegExp(`^${workflowImport}/`) }, ({ path }) => ({
        path: path.slice(workflowImport.length + 1),
        namespace: "eddy",
      }));
      for (const namespace of ["eddy", "user"]) {
        onResolve({ filter: /^\.\.?\//, namespace }, async (args) => {
          const found = await userFile(current(), args);
          const { importers } = current();
          const file = `user:${found.path}`;
          const from = `${namespace}:${args.importer}`;
          if (found.path !== undefined && !importers.has(file))
            importers.set(file, { from, written: args.path });
          return found;
        });
      }
      onLoad({ filter: /.*/, namespace: "eddy" }, ({ path }) => emittedModule(current(), path));
      onLoad({ filter: /.*/, namespace: "user" }, async ({ path }) => {
        const { read, path: file } = current();
        const absolute = joinPath(folderOf(file), path);
        const contents = absolute === undefined ? undefined : await read(absolute);
        if (absolute === undefined || contents === undefined) return { errors: [missing(path)] };
        return { contents, loader: loaderOf(path), resolveDir: folderOf(absolute) };
      });
    },
  };
}

function emittedModule({ modules, path: file }: BundleInput, path: string): OnLoadResult {
  const [main] = modules;
  const module = path === "entry" && modules.length === 1 ? main : modules.find(({ name }) => name === path);
  const contents = module ? module.text.toString() : `import "${workflowImport}/main";`;
  return { contents, loader: "ts", resolveDir: folderOf(module?.instance.path ?? file) };
}

/** A file of the author's, named by where it is from the workflow's own. */
async function userFile(
  { read, path: file, modules }: BundleInput,
  { path, importer, namespace }: OnResolveArgs,
): Promise<OnResolveResult> {
  const from =
    namespace === "user"
      ? joinPath(folderOf(file), importer)
      : (modules.find(({ name }) => name === importer)?.instance.path ?? file);
  const wanted = from === undefined ? undefined : joinPath(folderOf(from), path);
  if (wanted === undefined) return { errors: [missing(path)] };
  for (const ending of ["", ".ts", ".js", ".mjs", ".json", "/index.ts", "/index.js"]) {
    const candidate = wanted + ending;
    if ((await read(candidate)) !== undefined)
      return { path: relativePath(file, candidate), namespace: "user" };
  }
  return { errors: [missing(path)] };
}

function missing(path: string): PartialMessage {
  return { text: `There is no file ${path}.`, detail: "EDDY_IMPORT" satisfies ProblemCode };
}

function loaderOf(path: string): "ts" | "tsx" | "json" | "js" | "text" {
  const [, ending] = /\.([^./]+)$/.exec(path) ?? [];
  if (ending === "ts" || ending === "mts" || ending === "cts") return "ts";
  if (ending === "tsx" || ending === "json") return ending;
  return ending === "js" || ending === "mjs" || ending === "cjs" ? "js" : "text";
}
