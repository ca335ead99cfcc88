import { builtinModules } from "node:module";
import type { OnResolveArgs, Plugin } from "esbuild";
import type { ProblemCode } from "../../language/problem.ts";

/** Node's modules that the host hands in. The rest of them is not there in a workflow. */
export const hostBuiltins = ["node:fs", "node:fs/promises", "node:path", "node:child_process", "node:crypto"];

/** Node's modules, as far as the host has them. */
export const builtins: Plugin = {
  name: "builtins",
  setup({ onLoad, onResolve }) {
    onResolve({ filter: builtinPattern() }, builtin);
    onLoad({ filter: /.*/, namespace: "builtin" }, ({ path }) => ({
      contents: `module.exports = host.builtin(${JSON.stringify(path)});`,
      loader: "js",
    }));
  },
};

function builtinPattern(): RegExp {
  const names = builtinModules.filter((name) => !name.startsWith("_"));
  return new RegExp(`^(node:.*|${names.join("|")})$`);
}

function builtin({ path }: OnResolveArgs) {
  const name = path.startsWith("node:") ? path : `node:${path}`;
  if (hostBuiltins.includes(name)) return { path: name, namespace: "builtin" };
  return {
    errors: [
      {
        text: `A workflow has no ${name}. It may import ${hostBuiltins.join(", ")}; what else it needs of its device it gets from nodes.`,
        detail: "EDDY_NO_BUILTIN" satisfies ProblemCode,
      },
    ],
  };
}
