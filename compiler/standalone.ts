import type * as Esbuild from "esbuild";
import { EddyError } from "../language/problem.ts";
import type { Manifest } from "../runtime/protocol/artifact.ts";
import type { Optimize } from "./plan.ts";
import type { Runtime } from "./runtime-directory.ts";

/** Some packages still call `require` for Node's own modules. */
const requireForEsModules =
  'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';

/**
 * An ES module that runs a workflow by itself: the artifact's code with the host that an agent would give it, for Node
 * and Deno. Throws `EDDY_NO_RUNTIME` where the host's sources are not there.
 */
export async function bundleStandalone(
  { build }: Pick<typeof Esbuild, "build">,
  runtime: Runtime,
  { code, manifest }: { readonly code: string; readonly manifest: Manifest },
): Promise<string> {
  if (manifest.target === "browser") {
    throw new EddyError(
      "EDDY_STANDALONE_TARGET",
      "A program that runs by itself needs Node or Deno: compile it for one of them.",
    );
  }
  const library = runtime.standalone();
  const { outputFiles } = await build({
    ...optionsFor(manifest.optimize),
    stdin: { contents: program(code, manifest, library), resolveDir: runtime.directory, loader: "js" },
  });
  return outputFiles[0]?.text ?? "";
}

function program(code: string, { id, file, env, secrets, nodes }: Manifest, library: string): string {
  const known = JSON.stringify({ id, file, env, secrets, nodes });
  return `import { runStandalone } from ${JSON.stringify(library)};\nawait runStandalone((host) => {\n${code}}, ${known});\n`;
}

function optionsFor(optimize: Optimize) {
  return {
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    target: "node18",
    charset: "utf8",
    legalComments: "none",
    logLevel: "silent",
    minify: optimize !== "none",
    treeShaking: true,
    // mqtt brings a copy of Node's own streams, and timers for browsers.
    alias: { "readable-stream": "node:stream", "worker-timers": "node:timers" },
    banner: { js: requireForEsModules },
  } as const satisfies Esbuild.BuildOptions;
}
