import type {
  Catalog,
  ConnectionDescriptor,
  NodeDescriptor,
  ParamDescriptor,
} from "../../language/catalog.ts";

const expression = { kind: "expression", doc: "" } as const satisfies ParamDescriptor;
const template = { kind: "template", doc: "" } as const satisfies ParamDescriptor;

/** A few node types that between them have every kind of param, port and timing. */
export const testCatalog: Catalog = { nodes: byType(nodeTypes()), connections: byType(connectionTypes()) };

type Outline = Partial<NodeDescriptor> & Pick<NodeDescriptor, "type" | "timing">;

function nodeTypes(): readonly NodeDescriptor[] {
  return [
    describe({
      type: "inject",
      timing: "trigger",
      category: "trigger",
      inputs: "none",
      params: {
        payload: expression,
        topic: template,
        every: literal({ type: "duration", minimum: 1 }),
        cron: literal({ type: "cron" }),
        missed: literal({ type: "enum", values: ["skip", "once"] }),
        "at-start": literal({ type: "boolean" }),
      },
    }),
    describe({
      type: "mqtt-in",
      timing: "trigger",
      category: "trigger",
      inputs: "none",
      capabilities: ["network"],
      params: {
        topic: { ...literal({ type: "string" }), required: true, example: "site/+/fridge" },
        connection: { kind: "connection", of: "mqtt", doc: "" },
        qos: literal({ type: "integer", minimum: 0, maximum: 2 }),
        output: { kind: "type", doc: "" },
      },
    }),
    describe({
      type: "filter",
      timing: "immediate",
      category: "logic",
      outputs: ports("out", "rejected"),
      params: { when: { ...expression, required: true, example: "msg.payload > 8" } },
    }),
    describe({ type: "map", timing: "immediate", params: { payload: expression, topic: template } }),
    describe({
      type: "switch",
      timing: "immediate",
      category: "logic",
      outputs: ports("else"),
      outputsFrom: { param: "cases", mode: "add" },
      params: {
        cases: { kind: "record", of: expression, doc: "", required: true },
        match: literal({ type: "enum", values: ["first", "all"] }),
      },
    }),
    describe({
      type: "function",
      timing: "asynchronous",
      outputsFrom: { param: "outputs", mode: "replace" },
      params: {
        code: { kind: "code", doc: "", required: true },
        outputs: {
          kind: "either",
          doc: "",
          of: [
            literal({ type: "list", items: { type: "string" } }),
            { kind: "record", of: { kind: "type", doc: "" }, doc: "" },
          ],
        },
      },
    }),
    describe({
      type: "delay",
      timing: "holding",
      category: "time",
      params: {
        for: { kind: "either", doc: "", required: true, of: [literal({ type: "duration" }), expression] },
      },
    }),
    describe({ type: "join", timing: "holding", inputs: "named", params: { by: expression } }),
    describe({
      type: "state",
      timing: "immediate",
      category: "state",
      params: { set: { kind: "record", of: expression, keys: "state", doc: "", required: true } },
    }),
    describe({
      type: "mqtt-out",
      timing: "asynchronous",
      category: "output",
      outputs: [],
      capabilities: ["network"],
      params: {
        topic: { ...template, required: true },
        payload: expression,
        connection: { kind: "connection", of: "mqtt", doc: "" },
      },
    }),
    describe({
      type: "store",
      timing: "asynchronous",
      category: "output",
      outputs: [],
      params: { connection: { kind: "connection", of: "database", doc: "" } },
    }),
    describe({
      type: "http-request",
      timing: "asynchronous",
      category: "network",
      capabilities: ["network"],
      params: {
        url: { kind: "template", doc: "", required: true, secrets: true },
        headers: { kind: "record", of: { kind: "template", doc: "", secrets: true }, doc: "" },
        retry: {
          kind: "object",
          doc: "",
          properties: {
            attempts: literal({ type: "integer", minimum: 1 }),
            backoff: literal({ type: "duration" }),
          },
        },
      },
    }),
    describe({
      type: "file-out",
      timing: "asynchronous",
      category: "output",
      outputs: [],
      capabilities: ["files"],
      params: {
        path: { ...template, required: true },
        rotate: {
          kind: "object",
          doc: "",
          properties: {
            size: { ...literal({ type: "size" }), required: true },
            keep: literal({ type: "integer", minimum: 1 }),
          },
        },
      },
    }),
    describe({
      type: "log",
      timing: "immediate",
      category: "output",
      outputs: [],
      params: { text: template },
    }),
    describe({
      type: "renamed",
      timing: "immediate",
      params: {
        interval: {
          ...literal({ type: "duration" }),
          deprecated: 'write "every" instead.',
          instead: "every",
        },
        every: literal({ type: "duration" }),
      },
    }),
    describe({ type: "old-map", timing: "immediate", params: {}, deprecated: "use map instead." }),
  ];
}

function connectionTypes(): readonly ConnectionDescriptor[] {
  return [
    {
      type: "mqtt",
      title: "MQTT broker",
      doc: "",
      params: {
        url: { kind: "template", doc: "", required: true, secrets: true },
        username: { kind: "template", doc: "", secrets: true },
        password: { kind: "template", doc: "", secrets: true },
      },
      default: { url: "mqtt://127.0.0.1:1883" },
    },
    {
      type: "http",
      title: "HTTP server",
      doc: "",
      params: { port: literal({ type: "integer", minimum: 0, maximum: 65_535 }) },
      default: { host: "127.0.0.1", port: 8080 },
    },
    { type: "database", title: "Database", doc: "", params: { path: literal({ type: "string" }) } },
  ];
}

function literal(schema: Extract<ParamDescriptor, { kind: "literal" }>["schema"]): ParamDescriptor {
  return { kind: "literal", schema, doc: "" };
}

function ports(...names: readonly string[]): NodeDescriptor["outputs"] {
  return names.map((name) => ({ name, doc: "" }));
}

function describe(outline: Outline): NodeDescriptor {
  return {
    title: outline.type,
    category: "transform",
    icon: "circuit-board",
    summary: "",
    doc: "",
    inputs: "single",
    outputs: ports("out"),
    params: {},
    ...outline,
  };
}

function byType<T extends { readonly type: string }>(list: readonly T[]): ReadonlyMap<string, T> {
  return new Map(list.map((item) => [item.type, item]));
}
