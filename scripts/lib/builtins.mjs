// How the agent asks for Node's own modules.
import { builtinModules } from "node:module";

/** What few workflows use, and takes megabytes or milliseconds: loaded by the first call of one of these functions. */
const late = {
  "node:child_process": ["execFile", "fork", "spawn"],
  "node:http": ["createServer", "request"],
  "node:https": ["createServer", "request"],
  "node:tls": ["connect"],
};

/** Packages that have what Node has itself, and what of Node's stands in for them. */
const standIns = { "readable-stream": "node:stream", "worker-timers": "node:timers" };
const anyBuiltin = new RegExp(`^(node:.+|${[...builtinModules, ...Object.keys(standIns)].join("|")})$`);

/**
 * An `import` of one of Node's modules reads all that it exports, and some of that is loaded only when it is read:
 * `node:http` brings a second HTTP client and WebSockets, 14 MB and 30 ms. Asked for like this, only what is used is read.
 */
export const builtinsWhenUsed = {
  name: "builtins-when-used",
  setup(build) {
    build.onResolve({ filter: anyBuiltin }, ({ path, kind }) => ({
      path: standIns[path] ?? path.replace(/^(node:)?/, "node:"),
      namespace: kind === "require-call" ? "required-builtin" : "imported-builtin",
    }));
    build.onLoad({ filter: /./, namespace: "imported-builtin" }, ({ path }) => ({
      contents: late[path]
        ? late[path].map(lateFunction(path)).join("\n")
        : `module.exports = ${builtin(path)};`,
    }));
    build.onLoad({ filter: /./, namespace: "required-builtin" }, ({ path }) => ({
      contents: late[path]
        ? `module.exports = new Proxy({}, { get: (_, key) => ${builtin(path)}[key] });`
        : `module.exports = ${builtin(path)};`,
    }));
  },
};

const builtin = (path) => `process.getBuiltinModule(${JSON.stringify(path)})`;

const lateFunction = (path) => (name) =>
  `export const ${name} = (...words) => ${builtin(path)}.${name}(...words);`;
