import assert from "node:assert/strict";
import { check, fix, fixTitles } from "./check.ts";

/** A node between a trigger and a log, so that nothing but its params can be wrong. */
function node(body: string): string {
  return `nodes:
  t: { type: inject }
  n:
    from: t
${body.replaceAll(/^/gm, "    ")}
  l: { type: log, from: n }
`;
}

function sink(body: string): string {
  return `nodes:
  t: { type: inject }
  ${body.replaceAll("\n", "\n  ")}
`;
}

describe("check: node types", () => {
  it("takes a known type", () => check(node("type: map")));
  it("guesses an unknown one", () =>
    check(
      node("type: «flter»\nwhen: msg.payload"),
      'error EDDY_UNKNOWN_TYPE There is no node type "flter". Did you mean "filter"?',
    ));
  it("puts the guess in its place", () =>
    fix(node("type: flter\nwhen: a"), "Change to filter", node("type: filter\nwhen: a")));
  it("lists the types where none is near", () =>
    check(node("type: «quux»"), "error EDDY_UNKNOWN_TYPE Known are: inject, mqtt-in, filter"));
  it("says nothing of params and ports of an unknown type", () =>
    check(node("type: «quux»\nanything: 1").replace("from: n ", "from: n.warm "), "error EDDY_UNKNOWN_TYPE"));
  it("leaves files and packages to the catalog's resolution", () =>
    check(`${node("type: ./sub.flow.yaml")}  m: { type: package/node, from: t }\n`));
  it("says what to use instead of a type on its way out", () =>
    check(node("type: «old-map»"), 'warning EDDY_DEPRECATED_TYPE "old-map" will go away: use map instead.'));
});

describe("check: params on their way out", () => {
  it("says what to use instead", () =>
    check(
      node("type: renamed\n«interval»: 5s"),
      'warning EDDY_DEPRECATED_PARAM "interval" will go away: write "every" instead.',
    ));
  it("gives the value to the param that takes its place", () =>
    fix(
      node("type: renamed\ninterval: 5s # slow"),
      "Change to every",
      node("type: renamed\nevery: 5s # slow"),
    ));
  it("leaves the choice where both are written", () => {
    check(node("type: renamed\n«interval»: 5s\nevery: 1s"), "warning EDDY_DEPRECATED_PARAM");
    assert.deepEqual(fixTitles(node("type: renamed\ninterval: 5s\nevery: 1s")), []);
  });
});

describe("check: keys of a node", () => {
  it("guesses an unknown key, and then not that the right one is missing", () =>
    check(
      node("type: filter\n«wehn»: msg.payload"),
      'error EDDY_UNKNOWN_KEY filter has no param "wehn". Did you mean "when"?',
    ));
  it("renames it", () => fix(node("type: filter\nwehn: a"), "Change to when", node("type: filter\nwhen: a")));
  it("guesses across separators and case", () =>
    check(
      "nodes:\n  t: { type: inject, «atStart»: true }\n  l: { type: log, from: t }\n",
      'error EDDY_UNKNOWN_KEY Did you mean "at-start"?',
    ));
  it("guesses the keys that every node has", () =>
    check(node("type: map\n«lable»: A"), 'error EDDY_UNKNOWN_KEY Did you mean "label"?'));
  it("does not guess a key that is there already", () =>
    check(
      node("type: map\npayload: 1\n«paylod»: 2"),
      "error EDDY_UNKNOWN_KEY Known are: payload and topic.",
    ));
  it("removes a line with its comment", () =>
    fix(node("type: map\nquux: 1 # what?\npayload: 1"), "Remove quux", node("type: map\npayload: 1")));
  it("removes a value of many lines", () =>
    fix(node("type: map\nquux: |-\n  a\n  b\npayload: 1"), "Remove quux", node("type: map\npayload: 1")));
  it("removes the first, middle and last key of a flow map", () => {
    for (const [before, after] of [
      ["{ quux: 1, type: log, from: t }", "{ type: log, from: t }"],
      ["{ type: log, quux: 1, from: t }", "{ type: log, from: t }"],
      ["{ type: log, from: t, quux: 1 }", "{ type: log, from: t }"],
    ] as const)
      fix(sink(`l: ${before}`), "Remove quux", sink(`l: ${after}`));
  });
  it("is not taken in by names of every object", () =>
    check(node("type: map\n«hasOwnProperty»: 1"), "error EDDY_UNKNOWN_KEY"));
  it("checks the keys of a map with fixed keys", () =>
    check(
      sink("l: { type: file-out, from: t, path: a, rotate: { size: 1MB, «kep»: 3 } }"),
      'error EDDY_UNKNOWN_KEY There is no key "kep" here. Did you mean "keep"?',
    ));
  it("takes settings of a node", () =>
    check(
      node(
        "type: map\nplacement: cloud\ntimeout: 5s\nqueue: { limit: 5, overflow: block }\nconcurrency: 2\nordered: false\nretry: { attempts: 3, backoff: 1s }",
      ),
    ));
});

describe("check: missing params", () => {
  it("names the param, its kind and an example", () =>
    check(
      "nodes:\n  t: { type: inject }\n  «n»: { type: filter, from: t }\n  l: { type: log, from: n }\n",
      'error EDDY_MISSING_PARAM filter needs "when": a TypeScript expression, for example when: msg.payload > 8.',
    ));
  it("names the key that a map misses", () =>
    check(
      sink("l: { type: file-out, from: t, path: a, rotate: «{ keep: 3 }» }"),
      'error EDDY_MISSING_PARAM "size" is missing here',
    ));
  it("is no problem of a disabled node, only a hint", () =>
    check(
      "nodes:\n  t: { type: inject }\n  «n»: { type: filter, from: t, disabled: true }\n  m: { type: map, from: t }\n  l: { type: log, from: m }\n",
      "hint EDDY_MISSING_PARAM",
    ));
});

describe("check: literals", () => {
  const trigger = (params: string) =>
    `nodes:\n  t: { type: inject, ${params} }\n  l: { type: log, from: t }\n`;
  for (const params of [
    "every: 250ms",
    "cron: '*/5 * * * *'",
    "cron: '0 */5 * * * MON-FRI'",
    "missed: once",
    "at-start: true",
  ])
    it(`takes ${params}`, () => check(trigger(params)));
  it("asks for the unit of a duration", () =>
    check(trigger("every: «5»"), "error EDDY_LITERAL A duration needs its unit: write 5s or 5ms."));
  it("offers units", () => fix(trigger("every: 5"), "Write 5s", trigger("every: 5s")));
  it("refuses what is no duration", () =>
    check(trigger("every: «soon»"), 'error EDDY_LITERAL "soon" does not fit here: write a duration such as'));
  it("refuses a duration that is too short", () =>
    check(trigger("every: «0s»"), "error EDDY_LITERAL 0s is too short"));
  it("says which field of a cron pattern is wrong", () =>
    check(trigger("cron: «'61 * * * *'»"), "error EDDY_LITERAL minute"));
  it("counts the fields of a cron pattern", () =>
    check(trigger("cron: «'* * *'»"), "error EDDY_LITERAL it has 3 fields"));
  it("guesses an enum value", () =>
    check(trigger("missed: «skp»"), 'error EDDY_LITERAL write one of skip and once. Did you mean "skip"?'));
  it("offers true for yes", () => fix(trigger("at-start: yes"), "Write true", trigger("at-start: true")));
  it("refuses a number out of bounds", () =>
    check(
      "connections:\n  c: { type: mqtt, url: a }\nnodes:\n  t: { type: mqtt-in, topic: a, qos: «3» }\n  l: { type: log, from: t }\n",
      "error EDDY_LITERAL write a whole number from 0 to 2",
    ));
  it("refuses a map where a literal stands", () =>
    check(trigger("every: «{ seconds: 5 }»"), "error EDDY_PARAM_KIND This takes a duration"));
  it("refuses a key without value", () =>
    check(
      "nodes:\n  t:\n    type: inject\n    every:«»\n  l: { type: log, from: t }\n",
      "error EDDY_LITERAL There is no value",
    ));
});

describe("check: templates", () => {
  const log = (text: string) => sink(`l:\n  type: log\n  from: t\n  text: ${text}`);
  for (const text of [
    "plain",
    "a ${msg.topic} b",
    "'${`}`}'",
    "\"${msg.payload['}']}\"",
    "a \\${ b",
    "'}{'",
    "|-\n    a ${\n      msg.topic\n    }",
  ])
    it(`takes ${JSON.stringify(text)}`, () => check(log(text)));
  it("marks a ${ without end", () =>
    check(log("a «${» msg.topic"), "error EDDY_TEMPLATE This ${ has no closing }"));
  it("marks it in quotes and after escapes", () => check(log('"\\u00e9 \\" «${» a"'), "error EDDY_TEMPLATE"));
  it("marks it in a block", () => check(log("|-\n    first\n    «${» a"), "error EDDY_TEMPLATE"));
  it("is not closed by a brace in a string", () => check(log("'«${» \"}\"'"), "error EDDY_TEMPLATE"));
  it("wants something between the braces", () => check(log("a «${ }» b"), "error EDDY_EXPRESSION_EMPTY"));
  it("refuses a list", () => check(log("«[a, b]»"), "error EDDY_PARAM_KIND not a list"));
});

describe("check: expressions and code", () => {
  it("takes maps and lists of expressions", () =>
    check(node("type: map\npayload:\n  celsius: msg.payload\n  both: [1, msg.topic]")));
  it("takes quoted and block text", () =>
    check(node('type: map\npayload: |-\n  { a: msg.payload }\ntopic: "x"')));
  it("refuses an empty one", () => check(node("type: map\npayload: «''»"), "error EDDY_EXPRESSION_EMPTY"));
  it("refuses one that is a comment only", () =>
    check(node("type: map\npayload: «/* later */»"), "error EDDY_EXPRESSION_EMPTY"));
  it("looks into maps", () => check(node("type: map\npayload: { a: «''» }"), "error EDDY_EXPRESSION_EMPTY"));
  it("refuses a list where code stands", () =>
    check(node("type: function\ncode: «[a]»"), "error EDDY_PARAM_KIND TypeScript code"));
  it("takes either of two kinds", () => {
    check(node("type: delay\nfor: 5s"));
    check(node("type: delay\nfor: msg.payload * 1000"));
  });
  it("says what the alternatives are", () =>
    check(
      node("type: function\ncode: return msg\noutputs: «''»"),
      "error EDDY_PARAM_KIND write a list, each item text, or names with values",
    ));
});
