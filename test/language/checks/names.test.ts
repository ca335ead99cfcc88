import assert from "node:assert/strict";
import { checkWorkflow } from "../../../language/checks/check.ts";
import { parseWorkflow } from "../../../language/parse.ts";
import { testCatalog } from "../catalog.ts";
import { check, fix, fixTitles } from "./check.ts";

/** Declarations, and a log with this text as the last thing in the file. */
function flow(declarations: string, text: string): string {
  return `${declarations}nodes:
  t: { type: inject }
  l:
    type: log
    from: t
    text: ${text}
`;
}

/** A map with this payload. */
function payload(declarations: string, text: string): string {
  return `${declarations}nodes:
  t: { type: inject }
  m:
    type: map
    from: t
    payload: ${text}
  l: { type: log, from: m }
`;
}

function find(text: string) {
  return { text, problems: checkWorkflow(parseWorkflow(text, "a.flow.yaml"), testCatalog) };
}

describe("check: names that nobody declares", () => {
  it("takes declared ones", () =>
    check(
      payload(
        "env: { SITE: {} }\nsecrets: { KEY: {} }\nstate: { last: { type: number, initial: 0 } }\nparams: { limit: { type: number } }\n",
        'env.SITE + secrets["KEY"] + state?.last + params.limit',
      ),
    ));
  for (const [root, code, what] of [
    ["env", "EDDY_ENV_UNDECLARED", "environment value"],
    ["secrets", "EDDY_SECRET_UNDECLARED", "secret"],
    ["state", "EDDY_STATE_UNDECLARED", "state"],
    ["params", "EDDY_PARAM_UNDECLARED", "param of the workflow"],
  ] as const)
    it(`marks the name behind ${root}`, () => {
      check(
        flow("", `a \${${root}.«NAME»} b`),
        `error ${code} There is no ${what} "NAME": declare it under ${root}:.`,
      );
      check(payload("", `1 + ${root}.«NAME» + 1`), `error ${code}`);
    });
  it("marks it in every style of text", () => {
    check(flow("", '"\\u00e9 \\" ${env.«A»}"'), "error EDDY_ENV_UNDECLARED");
    check(flow("", "'it''s ${env.«A»}'"), "error EDDY_ENV_UNDECLARED");
    check(flow("", "|-\n      one\n      two ${env.«A»}"), "error EDDY_ENV_UNDECLARED");
    check(flow("", ">-\n      one\n      two ${env.«A»}"), "error EDDY_ENV_UNDECLARED");
    check(payload("", "\n      deep: [1, { deeper: env.«A» }]"), "error EDDY_ENV_UNDECLARED");
  });
  it("looks into function bodies and the script", () => {
    check(
      "script: |\n  const here = () => env.«A»;\nnodes:\n  t: { type: inject }\n  f: { type: function, from: t, code: return env.«B» }\n  l: { type: log, from: f }\n",
      "error EDDY_ENV_UNDECLARED",
      "error EDDY_ENV_UNDECLARED",
    );
  });
  it("looks into connections", () =>
    check(
      'connections:\n  c: { type: mqtt, url: "${env.«URL»}" }\nnodes:\n  t: { type: mqtt-in, topic: a }\n  l: { type: log, from: t }\n',
      "error EDDY_ENV_UNDECLARED",
    ));
  for (const text of [
    "msg.env.A",
    "'env.A'",
    "`env.A`",
    "1 /* env.A */",
    "// env.A\n      1",
    "/env.A/.test(msg.topic)",
    "((env) => env.A)(msg)",
    "[1].reduce((sum, state) => sum + state.x, 0)",
    "({ env: 1 }).env",
  ])
    it(`finds nothing in ${JSON.stringify(text)}`, () => check(payload("", `|-\n      ${text}`)));
  it("looks behind a name that is a key", () =>
    check(payload("", "'({ env: env.«A» })'"), "error EDDY_ENV_UNDECLARED"));
  it("knows the names that a state node sets", () =>
    check(
      "state: { last: { type: number, initial: 0 } }\nnodes:\n  t: { type: inject }\n  s: { type: state, from: t, set: { last: 1, «lst»: 2 } }\n",
      'error EDDY_STATE_UNDECLARED There is no state "lst": declare it under state:. Did you mean "last"?',
    ));
});

describe("check: declaring a name", () => {
  const title = (section: string) => `Declare NAME under ${section}:`;
  it("guesses first", () =>
    assert.deepEqual(fixTitles(flow("env: { NAMES: {} }\n", "${env.NAME} ${env.NAMES}")), [
      "Change to NAMES",
      title("env"),
    ]));
  it("adds to a block, as it is indented", () =>
    fix(
      flow("env:\n    OTHER: {} # other\n", "${env.NAME} ${env.OTHER}"),
      title("env"),
      flow("env:\n    OTHER: {} # other\n    NAME: { type: string }\n", "${env.NAME} ${env.OTHER}"),
    ));
  it("adds to a flow map", () =>
    fix(
      flow("env: { OTHER: {} }\n", "${env.NAME} ${env.OTHER}"),
      title("env"),
      flow("env: { OTHER: {}, NAME: { type: string } }\n", "${env.NAME} ${env.OTHER}"),
    ));
  it("fills an empty map and a key without value", () => {
    fix(
      flow("secrets: {}\n", "${secrets.NAME}"),
      title("secrets"),
      flow("secrets: { NAME: {} }\n", "${secrets.NAME}"),
    );
    fix(
      flow("secrets: # none\n", "${secrets.NAME}"),
      title("secrets"),
      flow("secrets: # none\n  NAME: {}\n", "${secrets.NAME}"),
    );
  });
  it("adds the section in its place, above the comments of the next", () =>
    fix(
      flow("name: a\n\n# What it does.\n", "${secrets.NAME}"),
      title("secrets"),
      flow("name: a\n\nsecrets:\n  NAME: {}\n\n# What it does.\n", "${secrets.NAME}"),
    ));
  it("adds it at the end where nothing follows", () => {
    const text =
      "params: { a: { type: number } }\nnodes: { t: { type: inject, payload: state.NAME + params.a }, l: { type: log, from: t } }\n";
    fix(text, title("state"), `state:\n  NAME: { type: number, initial: 0 }\n${text}`);
  });
  it("keeps line ends", () => {
    const { text, problems } = find(`eddy: 1\n${flow("", "${env.NAME}")}`.replaceAll("\n", "\r\n"));
    assert.deepEqual(problems[0]?.fixes?.[0]?.edits, [
      { range: { start: 9, end: 9 }, newText: "env:\r\n  NAME: { type: string }\r\n" },
    ]);
    assert.equal(text.slice(9, 14), "nodes");
  });
});

describe("check: names that nothing uses", () => {
  it("hints at each", () =>
    check(
      flow(
        "env: { «A»: {}, B: {} }\nsecrets: { «C»: {} }\nstate: { «d»: { type: number, initial: 0 } }\nparams: { «e»: { type: number } }\n",
        "${env.B}",
      ),
      'hint EDDY_ENV_UNUSED The environment value "A" is not used: use it as env.A, or remove it.',
      "hint EDDY_SECRET_UNUSED",
      "hint EDDY_STATE_UNUSED",
      "hint EDDY_PARAM_UNUSED",
    ));
  it("is silent where all may be used", () => {
    check(payload("env: { A: {} }\n", "Object.keys(env)"));
    check(payload("env: { A: {} }\n", "env[msg.topic]"));
  });
  it("counts setting as use", () =>
    check(
      "state: { last: { type: number, initial: 0 } }\nnodes:\n  t: { type: inject }\n  s: { type: state, from: t, set: { last: msg.payload } }\n",
    ));
  it("counts what stands in a param that is wrong, and in a node of an unknown type", () => {
    check(flow("env: { A: {} }\n", "${env.A} «${»"), "error EDDY_TEMPLATE");
    check(
      "env: { A: {} }\nnodes:\n  t: { type: inject }\n  l: { type: «lg», from: t, text: [{ a: env.A }] }\n",
      "error EDDY_UNKNOWN_TYPE",
    );
  });
});
