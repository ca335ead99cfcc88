import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Optimize, Packaged, Target } from "../compiler/index.ts";
import { EddyError } from "../language/problem.ts";

/** A program of one file: the artifact, and of the runtime what runs one workflow without an agent. */
export async function bundleStandalone(
  artifact: Packaged,
  { optimize }: { readonly target: Target; readonly optimize: Optimize },
): Promise<Uint8Array> {
  const esbuild = await import("esbuild");
  const { path, resolveDir } = runtimeLibrary();
  const { outputFiles } = await esbuild.build({
    stdin: { contents: program(artifact, path), resolveDir, loader: "js" },
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    target: "node18",
    charset: "utf8",
    legalComments: "none",
    logLevel: "silent",
    minify: optimize === "aggressive",
    // Some packages still call `require` for Node's own modules. The library brings its own line for that, without effect here.
    banner: {
      js: 'import { createRequire as __requireOf } from "node:module"; const require = __requireOf(import.meta.url);',
    },
    alias: { "readable-stream": "node:stream" },
  });
  const [built] = outputFiles;
  if (!built) throw new EddyError("EDDY_INTERNAL", "The program was built but is not there.");
  return built.contents;
}

/** Beside the built command, or in the sources of a checkout. */
function runtimeLibrary(): { readonly path: string; readonly resolveDir: string } {
  const here = dirname(fileURLToPath(import.meta.url));
  const candidates = [join(here, "lib", "runtime.js"), join(here, "..", "runtime", "run.ts")];
  const path = candidates.find((candidate) => existsSync(candidate));
  if (path === undefined)
    throw new EddyError(
      "EDDY_NO_RUNTIME",
      `The runtime library is not where it belongs (${candidates.join(", ")}). Run npm run build in a checkout.`,
    );
  return { path, resolveDir: dirname(path) };
}

/** Values come from the environment: `NAME` for env, `EDDY_SECRET_NAME` for secrets. */
function program({ bytes, manifest }: Packaged, library: string): string {
  const types = Object.fromEntries(Object.entries(manifest.env).map(([name, { type }]) => [name, type]));
  return `import { runWorkflow } from ${JSON.stringify(library)};

const artifact = Buffer.from(${JSON.stringify(Buffer.from(bytes).toString("base64"))}, "base64");
const types = ${JSON.stringify(types)};
const read = { string: (text) => text, number: Number, boolean: (text) => text === "true" };
const env = {};
for (const [name, type] of Object.entries(types))
  if (process.env[name] !== undefined) env[name] = read[type](process.env[name]);
const prefix = "EDDY_SECRET_";
const secrets = {};
for (const [name, value] of Object.entries(process.env))
  if (name.startsWith(prefix)) secrets[name.slice(prefix.length)] = value;
const log = ({ time, level, node, message }) =>
  console.log(new Date(time).toISOString(), level, node ?? "", message);
try {
  const running = runWorkflow(artifact, { env, secrets, log });
  const stop = () => running.stop().then(() => process.exit(0));
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  await running.start();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
`;
}
