import type { NodeDescriptor } from "../../language/catalog.ts";
import type { Expression, ImmediateNode, InlineTemplate, InlineText } from "../engine/contract.ts";

export const descriptor = {
  type: "switch",
  title: "Switch",
  category: "logic",
  icon: "git-branch",
  summary: "Sends messages out by the port of the case that they meet.",
  doc: `Every case is an output port. \`match: first\` stops at the first case that holds, \`all\` sends the message out by
every one. What meets no case leaves by \`else\`. Behind a case the type is narrowed.

\`\`\`yaml
route:
  type: switch
  from: reading
  cases:
    hot: msg.payload > 30
    cold: msg.payload < 5
\`\`\``,
  inputs: "single",
  outputs: [{ name: "else", doc: "Messages that meet no case." }],
  outputsFrom: { param: "cases", mode: "add" },
  chooses: { param: "cases", otherwise: "else" },
  timing: "immediate",
  params: {
    cases: {
      kind: "record",
      of: { kind: "expression", returns: "boolean", doc: "The condition of the case." },
      required: true,
      doc: "Name of the port and its condition, in the order in which they are tried.",
      example: "{ hot: msg.payload > 30, cold: msg.payload < 5 }",
    },
    match: {
      kind: "literal",
      schema: { type: "enum", values: ["first", "all"] },
      default: "first",
      doc: "Whether the first case that holds takes the message, or all of them.",
    },
  },
} as const satisfies NodeDescriptor;

export const signature = `declare function switch_<M extends Message, C extends Case<string, unknown>>(
  from: M,
  params: { cases: (msg: M) => C; match?: "first" | "all" },
): { [K in C["k"]]: WithPayload<M, Extract<C, { k: K }>["p"]> };`;

export const inline: InlineTemplate = (text) =>
  text.param("match") === '"all"' ? everyCase(text) : firstCase(text);

function firstCase(text: InlineText): string {
  const branches = text
    .record("cases")
    .map(([name, condition]) => `if (${condition}) ${text.emit(name, "msg")}`);
  return [...branches, text.emit("else", "msg")].join("\nelse ");
}

function everyCase(text: InlineText): string {
  const met = text.local("met");
  return [
    `let ${met} = false;`,
    ...text
      .record("cases")
      .map(([name, condition]) => `if (${condition}) { ${met} = true; ${text.emit(name, "msg")} }`),
    `if (!${met}) ${text.emit("else", "msg")}`,
  ].join("\n");
}

interface Params {
  readonly cases: Readonly<Record<string, Expression>>;
  readonly match: "first" | "all";
}

const switchNode: ImmediateNode<Params> = {
  timing: "immediate",
  create(_, { cases, match }, outputs) {
    const all = Object.entries(cases);
    return (message) => {
      let met = false;
      for (const [name, condition] of all) {
        if (!condition(message)) continue;
        met = true;
        outputs[name]?.(message);
        if (match === "first") return;
      }
      if (!met) outputs.else?.(message);
    };
  },
};

export default switchNode;
