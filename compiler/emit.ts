import { MappedText } from "../language/mapped-text.ts";
import type { InlineTemplate } from "../runtime/engine/contract.ts";
import { connectionsOf, findConnection, keyOf, type PlannedConnection } from "./emit/connections.ts";
import { definitionLiteral } from "./emit/definition.ts";
import { type ErrorRoute, errorRoutes } from "./emit/errors.ts";
import { createNames, createShortNames, type Names } from "./emit/names.ts";
import { type EmittedNode, emitNode, freezing } from "./emit/node.ts";
import { ModuleScope, moduleName, type RuntimeExport } from "./emit/scope.ts";
import { paramsObject, propertyName, type ValueContext } from "./emit/values.ts";
import { fanOut, outName } from "./emit/wires.ts";
import type { Shapes } from "./payload/shape.ts";
import type { Optimize, Plan, PlannedNode } from "./plan.ts";
import type { Instance } from "./program.ts";

export interface EmitOptions {
  readonly optimize: Optimize;
  /** For people: names that say what they are of. */
  readonly isReadable?: boolean | undefined;
  /** The host stands between each node and its implementation. */
  readonly isTest?: boolean | undefined;
  /** Function bodies that await. */
  readonly asynchronous: ReadonlySet<string>;
  /** What triggers declare of their payloads, by the node's id in the whole workflow. */
  readonly payloads: ReadonlyMap<string, Shapes>;
  /** Templates of built-in node types. */
  readonly template: (type: string) => InlineTemplate | undefined;
}

/** The TypeScript of one instance of a workflow file. */
export interface EmittedModule {
  /** `main`, or `sub/` and the id of the node that a subflow stands for. */
  readonly name: string;
  readonly instance: Instance;
  readonly text: MappedText;
  /** The same in pieces that mean something by themselves: a change in one leaves the others as they are. */
  readonly chunks: readonly EmittedChunk[];
}

/** A part of a module: all of one node, or what stands around the nodes. */
export interface EmittedChunk {
  /** The node's id in the whole workflow. */
  readonly node?: string;
  readonly text: MappedText;
}

export interface Emitted {
  /** The workflow's own first. */
  readonly modules: readonly EmittedModule[];
  /** What the modules import of the engine and of the node types, by name. */
  readonly runtime: readonly RuntimeExport[];
  /** The global name that the code gives its result to. */
  readonly result: string;
  /** The global name that the code gets the engine and the node types by. */
  readonly linked: string;
}

/** Readable TypeScript that does what the plan says: a function for each node, a call for each wire. Pure. */
export function emit(plan: Plan, options: EmitOptions): Emitted {
  const { instances } = plan.program;
  const names =
    options.isReadable || options.optimize === "none"
      ? createNames(instances.flatMap(({ workflow }) => workflow.script?.text ?? []))
      : createShortNames(instances.map(({ file }) => file.text));
  const connections = connectionsOf(plan);
  const runtime = new Map<string, RuntimeExport>();
  const modules = instances.map((instance) => {
    const scope = new ModuleScope(instance, names);
    const parts = { plan, instance, scope, connections, options };
    const chunks = instance.parent ? [{ text: subflowModule(parts) }] : mainModule(parts);
    for (const one of scope.runtime) runtime.set(one.name, one);
    return {
      name: moduleName(instance),
      instance,
      chunks,
      // Where the chunks are enough, nobody asks for it.
      get text() {
        return MappedText.of(...chunks.map((chunk) => chunk.text));
      },
    };
  });
  const byName = [...runtime.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
  return { modules, runtime: byName, result: names.result, linked: names.linked };
}

interface Parts {
  readonly plan: Plan;
  readonly instance: Instance;
  readonly scope: ModuleScope;
  readonly connections: readonly PlannedConnection[];
  readonly options: EmitOptions;
}

function mainModule(parts: Parts): readonly EmittedChunk[] {
  const { plan, instance, scope } = parts;
  const { names } = scope;
  const subflows = plan.program.instances.filter((other) => other !== instance);
  const nodes = emitNodes(parts);
  const errors = errorFunctions(parts);
  const connections = ownConnections(parts).map(({ name, value }) =>
    MappedText.of(`const ${name} = `, value, ";\n"),
  );
  const creations = subflows.map((subflow) => `${scope.use(subflow, createName(subflow, names))}();\n`);
  const before = [
    `const ${names.engine} = ${scope.engine("createEngine")}(${scope.engine("artifactHost")}, ${definitionLiteral(plan)});\n`,
    ...inScope(parts),
    ...(instance.workflow.state.size > 0
      ? [`const state = ${scope.engine("stateValues")}(${names.engine});\n`]
      : []),
  ];
  const end = entries(parts);
  const exported = [names.engine, ...ownConnections(parts).map(({ name }) => name), ...exportedNames(parts)];
  const head = MappedText.of(
    `// ${instance.file.name}, compiled: each node is a function, each wire is a call.\n`,
    ...scope.imports(),
    "\n",
    ...before,
    script(instance),
    "\n",
    ...connections,
    ...creations,
  );
  const tail = MappedText.of(
    ...errors.map((one) => MappedText.of("\n", one)),
    end,
    subflows.length > 0 ? `\nexport { ${exported.join(", ")} };\n` : "",
  );
  return [{ text: head }, ...nodes.map(nodeChunk), { text: tail }];
}

/** What a node is, all of it: what is made once, and its functions. */
function nodeChunk({ id, made, functions }: EmittedNode): EmittedChunk {
  const text = MappedText.of(
    "\n",
    ...made.map(({ name, value }) =>
      MappedText.of(name === undefined ? "" : `const ${name} = `, value, ";\n"),
    ),
    MappedText.join(functions, "\n"),
  );
  return { node: id, text };
}

/** A subflow's module is run before that of the workflow, so that it makes its nodes only when it is told to. */
function subflowModule(parts: Parts): MappedText {
  const { instance, scope } = parts;
  const { names } = scope;
  const create = createName(instance, names);
  const nodes = emitNodes(parts);
  const errors = errorFunctions(parts);
  const hasState = instance.workflow.state.size > 0;
  const made = [
    ...(hasState
      ? [
          {
            name: "state",
            value: `${scope.engine("stateValues")}(${names.engine}, ${JSON.stringify(instance.scope)})`,
          },
        ]
      : []),
    ...ownConnections(parts),
    ...nodes.flatMap((node) => node.made),
  ];
  const declared = made.flatMap(({ name }) => name ?? []);
  const before = inScope(parts);
  scope.use(rootOf(instance), names.engine);
  const exported = [create, ...ownConnections(parts).map(({ name }) => name), ...exportedNames(parts)];
  return MappedText.of(
    `// ${instance.file.name}, as the node ${instance.scope.slice(0, -1)}.\n`,
    ...scope.imports(),
    "\n",
    ...before,
    script(instance),
    declared.length > 0 ? `let ${declared.join(", ")};\n` : "",
    `\nfunction ${create}() {\n`,
    ...made.map(({ name, value }) => MappedText.of(name === undefined ? "  " : `  ${name} = `, value, ";\n")),
    "}\n",
    ...functions(nodes),
    ...errors.map((one) => MappedText.of("\n", one)),
    `\nexport { ${exported.join(", ")} };\n`,
  );
}

function emitNodes({ plan, instance, scope, options }: Parts): readonly EmittedNode[] {
  const context = valueContext(scope, options);
  return plan.nodes
    .filter((node) => node.instance === instance)
    .map((node) =>
      emitNode(node, scope, context, {
        template: options.template(node.node.type.value),
        payload: options.payloads.get(node.id),
        isDebug: options.optimize === "none",
        isTest: options.isTest ?? false,
      }),
    );
}

function functions(nodes: readonly EmittedNode[]): readonly MappedText[] {
  return nodes.flatMap((node) => node.functions).map((text) => MappedText.of("\n", text));
}

function valueContext(scope: ModuleScope, { asynchronous }: EmitOptions): ValueContext {
  const { instance, names } = scope;
  return {
    file: instance.file,
    secretTag: () => scope.engine("secretText"),
    isAsync: (code) => asynchronous.has(code),
    connection(type, written) {
      const connection = findConnection(instance, type, written);
      return scope.use(connection.instance, connectionName(connection, names));
    },
  };
}

// ------------------------------------------------------------ the frame of a module

/** What the script and every expression may use. */
function inScope({ plan, instance, scope }: Parts): readonly string[] {
  const { env, secrets, params } = instance.workflow;
  const host = () => scope.engine("artifactHost");
  return [
    ...(env.size > 0 ? [`const env = ${host()}.env;\n`] : []),
    ...(secrets.size > 0 ? [`const secrets = ${host()}.secrets;\n`] : []),
    ...(params.size > 0 ? [`const params = ${JSON.stringify(instance.params)};\n`] : []),
    ...(usesNow(plan, instance) ? [`const now = () => ${host()}.clock.now();\n`] : []),
  ];
}

/** In what the author wrote, or in what holds where nothing is written. */
function usesNow({ nodes }: Plan, instance: Instance): boolean {
  if (instance.file.text.includes("now(")) return true;
  return nodes.some(
    ({ instance: owner, node, descriptor: { params } }) =>
      owner === instance &&
      Object.entries(params).some(
        ([name, param]) =>
          param.kind === "expression" && param.default?.includes("now(") && !node.params.has(name),
      ),
  );
}

function script({ workflow, file }: Instance): MappedText {
  return workflow.script
    ? MappedText.of("\n", MappedText.scalar(workflow.script, file), "\n")
    : MappedText.of("");
}

function createName(instance: Instance, names: Names): string {
  return names.of("create", instance.scope.slice(0, -1));
}

/** Functions that other modules of the workflow may call. */
function exportedNames({ plan, instance, scope: { names } }: Parts): readonly string[] {
  return plan.nodes
    .filter((node) => node.instance === instance)
    .flatMap((node) => {
      const [port] = node.ports;
      const own =
        node.descriptor.inputs === "none" ? port && outName(node, port, names) : names.of("node", node.id);
      return own ?? [];
    });
}

// ------------------------------------------------------------ connections

function ownConnections({ instance, scope, connections, options, plan }: Parts) {
  const context = valueContext(scope, options);
  return connections
    .filter((connection) => connection.instance === instance)
    .map((connection) => {
      const name = connectionName(connection, scope.names);
      const declared = connection.declared && instance.workflow.connections.get(connection.declared);
      const descriptor = plan.program.root.catalog.connections.get(connection.type);
      const params = declared
        ? paramsObject(descriptor?.params ?? {}, declared.params, context, { eager: true })
        : MappedText.of(defaultParams(descriptor?.default ?? {}));
      const head = `${scope.engine("artifactHost")}.connect(${JSON.stringify(connection.name)}, ${JSON.stringify(connection.type)}, `;
      return { name, value: MappedText.of(head, params, ")") };
    });
}

function connectionName(connection: PlannedConnection, names: Names): string {
  return names.of("connection", ...keyOf(connection).split(" "));
}

function defaultParams(params: Readonly<Record<string, string | number | boolean>>): string {
  const entries = Object.entries(params).map(
    ([name, value]) => `${propertyName(name)}: ${JSON.stringify(value)}`,
  );
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

// ------------------------------------------------------------ errors, and the way in from outside

/** A function for what is wired to one `error` port, and one for `any.error`. They stand in the workflow's own module. */
function errorFunctions({ plan, instance, scope, options }: Parts): readonly string[] {
  if (instance.parent) return [];
  const { engine } = scope.names;
  return errorRoutes(plan).map((route) => {
    const statements = [
      ...(options.optimize === "none" ? [freezing(scope)] : []),
      `${engine}.counts[${route.index}]++;`,
      ...fanOut(route.targets, scope),
    ];
    return `function ${errorName(route, scope.names)}(msg) {\n${statements.map((line) => `  ${line}\n`).join("")}}\n`;
  });
}

function errorName({ key }: ErrorRoute, names: Names): string {
  return names.of("error", ...key);
}

/** Hands the engine what it calls: inputs for messages from outside, and what gets the errors. */
function entries({ plan, scope }: Parts): string {
  const { names } = scope;
  const inputs = plan.nodes.map((node) => entry(node, scope));
  const routes = errorRoutes(plan);
  const byNode = (some: readonly ErrorRoute[]) =>
    some.flatMap((route) => route.nodes.map((node) => `${node.index}: ${errorName(route, names)}`));
  const errors = byNode(routes.filter(({ isOwn }) => isOwn));
  const any = routes.filter(({ isOwn }) => !isOwn);
  const [first] = any;
  const forAll = any.length === 1 && first?.nodes.length === plan.nodes.length ? first : undefined;
  const others = forAll ? [] : byNode(any);
  const fields = [
    `inputs: [${inputs.join(", ")}]`,
    ...(errors.length > 0 ? [`errors: { ${errors.join(", ")} }`] : []),
    ...(forAll ? [`anyError: ${errorName(forAll, names)}`] : []),
    ...(others.length > 0 ? [`anyErrors: { ${others.join(", ")} }`] : []),
  ];
  return `\n${names.result} = ${names.engine}.workflow({\n${fields.map((field) => `  ${field},\n`).join("")}});\n`;
}

function entry(node: PlannedNode, scope: ModuleScope): string {
  const { names } = scope;
  if (node.descriptor.inputs === "none") {
    const [port] = node.ports;
    return port ? scope.use(node.instance, outName(node, port, names)) : "() => {}";
  }
  const name = scope.use(node.instance, names.of("node", node.id));
  if (node.descriptor.inputs === "single") return name;
  const first = node.node.from[0]?.input ?? node.descriptor.inputPorts?.[0]?.name ?? "in";
  return `(msg) => ${name}(msg, ${JSON.stringify(first)})`;
}

function rootOf(instance: Instance): Instance {
  let root = instance;
  while (root.parent) root = root.parent.instance;
  return root;
}
