// How the agent asks for Node's own modules.
const late = new Set(["node:https", "node:tls"]);

/**
 * An `import` of one of Node's modules reads all that it exports, and some of that is loaded only when it is read:
 * `node:http` brings a second HTTP client and WebSockets, 14 MB and 30 ms. Asked for like this, only what is used is read.
 * TLS, which few devices use, is loaded by the first call.
 */
export const builtinsWhenUsed = {
  name: "builtins-when-used",
  setup(build) {
    const namespace = "builtin";
    build.onResolve({ filter: /^(node:.+|https|tls)$/ }, ({ path }) => ({ path, namespace }));
    build.onLoad({ filter: /./, namespace }, ({ path }) => {
      const name = path.replace(/^(node:)?/, "node:");
      const module = `process.getBuiltinModule(${JSON.stringify(name)})`;
      return {
        contents: late.has(name)
          ? `module.exports = new Proxy({}, { get: (_, key) => ${module}[key] });`
          : `module.exports = ${module};`,
      };
    });
  },
};
