// Who may import whom: the table of folders in docs/architecture.md, as rules.
// A folder that is not named for another one is closed to it.

/** What each folder may import of the others. */
const mayImport = {
  language: [],
  runtime: [],
  compiler: ["^language/", "^runtime/(engine|nodes|protocol)/", "^runtime/[^/]+$"],
  sync: ["^runtime/protocol/"],
  fleet: ["^runtime/protocol/", "^compiler/artifact\\.ts$", "^sync/"],
  integrations: ["^compiler/artifact\\.ts$", "^runtime/protocol/"],
  hub: ["^(language|runtime|compiler|sync|fleet|integrations)/"],
  cli: ["^(language|runtime|compiler|sync|fleet|integrations|hub)/"],
  webview: [],
  extension: ["^(language|runtime|compiler|sync|fleet|integrations|hub|cli|webview)/"],
};

/** Of these, every folder that may know the workflow model may import types, which leave nothing at run time. */
const typesOnly = {
  runtime: "^language/",
  webview: "^language/",
  fleet: "^language/",
  integrations: "^fleet/",
};

/** The one class that crosses every boundary: a failure told to a person. */
const shared = "^language/problem\\.ts$";

/** `import type …` and `typeof import("…")`: gone at run time. */
const typeLevel = ["type-only", "type-import"];

export const folders = Object.keys(mayImport);

const folderRules = folders.flatMap((folder) => {
  const others = folders.filter((other) => other !== folder).join("|");
  const allowed = [...mayImport[folder], ...(folder === "webview" ? [] : [shared])];
  const from = { path: `^${folder}/` };
  const to = { path: `^(${others}|test|bench|scripts)/` };
  const comment = `${folder}/ may not know this folder: see the table in docs/architecture.md.`;
  const types = typesOnly[folder];
  if (!types)
    return [{ name: `${folder}-imports`, severity: "error", comment, from, to: { ...to, ...not(allowed) } }];
  return [
    {
      name: `${folder}-imports`,
      severity: "error",
      comment,
      from,
      to: { ...to, ...not([...allowed, types]) },
    },
    {
      name: `${folder}-imports-types-only`,
      severity: "error",
      comment: `${folder}/ may only import types from here (import type).`,
      from,
      to: { path: types, ...not(allowed), dependencyTypesNot: typeLevel },
    },
  ];
});

function not(paths) {
  return paths.length > 0 ? { pathNot: paths } : {};
}

export default {
  forbidden: [
    ...folderRules,
    {
      name: "only-extension-knows-vscode",
      severity: "error",
      comment: "Everything else works without VS Code.",
      from: { path: "^(language|runtime|compiler|sync|fleet|integrations|hub|cli|webview)/" },
      to: { path: "^vscode$|node_modules/@types/vscode/" },
    },
    {
      name: "webview-without-node",
      severity: "error",
      comment: "A webview has no Node built-ins.",
      from: { path: "^webview/" },
      to: { dependencyTypes: ["core"], dependencyTypesNot: typeLevel },
    },
    {
      name: "linked-code-without-node",
      severity: "error",
      comment:
        "Engine and nodes get Node's built-ins from their host, so that they run wherever a host does.",
      from: { path: "^runtime/(engine|nodes)/" },
      to: { dependencyTypes: ["core"], dependencyTypesNot: typeLevel },
    },
    {
      name: "language-without-network",
      severity: "error",
      comment: "Reading a workflow needs no network and no child process.",
      from: { path: "^(language|compiler)/" },
      to: { path: "^(node:)?(net|tls|http|https|http2|dgram)$|node_modules/(ssh2|mqtt)/" },
    },
    {
      name: "no-cycles",
      severity: "error",
      comment:
        "Files that need each other at run time are one file, or have a third one between them missing.",
      from: { path: `^(${folders.join("|")})/` },
      to: { circular: true, viaOnly: { dependencyTypesNot: typeLevel } },
    },
    {
      name: "resolvable",
      severity: "error",
      comment: "The import leads nowhere.",
      from: { path: `^(${folders.join("|")})/` },
      to: { couldNotResolve: true, pathNot: "^vscode$" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^dist/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    moduleSystems: ["es6"],
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "types", "node", "default"],
      extensions: [".ts", ".tsx", ".js", ".mjs", ".cjs", ".d.ts"],
    },
  },
};
