import assert from "node:assert/strict";
import { parse, plain, problems, read } from "./parse.ts";

const defaults = {
  isolation: "shared",
  queue: { limit: 1000, overflow: "block" },
  restart: "on-failure",
  placement: "edge",
  types: "lenient",
};

/** Keys with values that both a workflow and a node take. */
const shared = [
  ["timeout: 1.5s", { timeout: 1500 }],
  ["placement: cloud", { placement: "cloud" }],
  ["placement: auto", { placement: "auto" }],
  ["queue: { limit: 5, overflow: spill }", { queue: { limit: 5, overflow: "spill" } }],
  ["queue: { overflow: drop-oldest }", { queue: { limit: 1000, overflow: "drop-oldest" } }],
  ["queue: { limit: 1 }", { queue: { limit: 1, overflow: "block" } }],
] as const;

const sharedProblems = [
  ["timeout: «5»", "EDDY_VALUE write a duration such as 250ms, 5s, 10m, 1h or 1d."],
  ["«timeout»:", 'EDDY_VALUE "timeout" has no value: write a duration'],
  ["timeout: «-5s»", "EDDY_VALUE"],
  ["timeout: «{ for: 5s }»", 'EDDY_VALUE "timeout" cannot be a map'],
  ["placement: «moon»", "EDDY_VALUE write one of edge, cloud, auto."],
  ["queue: { limit: «0» }", "EDDY_VALUE write a whole number of 1 or more."],
  ["queue: { limit: «1.5» }", "EDDY_VALUE"],
  ["queue: { limit: «'5'» }", "EDDY_VALUE"],
  ["queue: { overflow: «drop» }", "EDDY_VALUE write one of block, drop-oldest, drop-newest, spill."],
  ["queue: «5»", "EDDY_VALUE write a map such as { limit: 1000, overflow: block }."],
  ["queue: { «size»: 5 }", 'EDDY_UNKNOWN_KEY There is no key "size" in "queue"'],
] as const;

describe("parse: settings of a workflow", () => {
  for (const [written, settings] of [
    ["", {}],
    ...shared,
    ["timezone: Europe/Berlin", { timezone: "Europe/Berlin" }],
    ["isolation: worker", { isolation: "worker" }],
    ["isolation: process", { isolation: "process" }],
    ["memory: 64MB", { memory: 64_000_000 }],
    ["memory: 64MiB", { memory: 67_108_864 }],
    ["restart: always", { restart: "always" }],
    ["restart: never", { restart: "never" }],
    ["types: strict", { types: "strict" }],
  ] as const)
    it(`{ ${written} }`, () =>
      assert.deepEqual(read(`settings: { ${written} }\n`, "settings"), { ...defaults, ...settings }));

  it("have defaults where nothing is written", () => {
    assert.deepEqual(read("", "settings"), defaults);
    assert.deepEqual(read("settings:\n", "settings"), defaults);
  });

  for (const [written, problem] of [
    ...sharedProblems,
    ["timezone: «Europe/Atlantis»", "EDDY_VALUE write a time zone such as Europe/Berlin or UTC."],
    ["isolation: «none»", "EDDY_VALUE write one of shared, worker, process."],
    ["memory: «64»", "EDDY_VALUE write a size such as 64kB or 10MB."],
    ["restart: «true»", "EDDY_VALUE write one of always, on-failure, never."],
    ["types: «loose»", "EDDY_VALUE write one of lenient, strict."],
    [
      "«time-zone»: UTC",
      'EDDY_UNKNOWN_KEY There is no key "time-zone" in "settings". Did you mean "timezone"?',
    ],
    ["«retry»: { attempts: 2 }", "EDDY_UNKNOWN_KEY Known here: timeout, timezone, isolation"],
  ] as const)
    it(`${written}: the default holds`, () => {
      const { workflow } = problems(`settings:\n  ${written}\n`, problem);
      assert.deepEqual(workflow.settings, defaults);
    });

  it("are a map", () => void problems("settings: «shared»\n", "EDDY_VALUE write a map of settings."));
});

describe("parse: settings of a node", () => {
  const node = (written: string) => `nodes:\n  a:\n    type: x\n    ${written}\n`;

  for (const [written, settings] of [
    ...shared,
    ["retry: { attempts: 5, backoff: 250ms }", { retry: { attempts: 5, backoff: 250 } }],
    ["retry: {}", { retry: { attempts: 3, backoff: 1000 } }],
    ["concurrency: 4", { concurrency: 4 }],
    ["ordered: false", { ordered: false }],
  ] as const)
    it(written, () => {
      const { workflow, text } = parse(node(written));
      const { settings: read, params } = workflow.nodes.get("a") ?? {};
      assert.deepEqual(plain(read, text), settings);
      assert.equal(params?.size, 0);
    });

  for (const [written, problem] of [
    ...sharedProblems,
    ["retry: «3»", "EDDY_VALUE write a map such as { attempts: 3, backoff: 1s }."],
    ["retry: { attempts: «0» }", "EDDY_VALUE write a whole number of 1 or more."],
    ["retry: { backoff: «1» }", "EDDY_VALUE write a duration"],
    ["retry: { «pause»: 1s }", "EDDY_UNKNOWN_KEY"],
    ["concurrency: «many»", "EDDY_VALUE write a whole number of 1 or more."],
    ["ordered: «yes»", "EDDY_VALUE write true or false."],
  ] as const)
    it(written, () => assert.equal(problems(node(written), problem).problems[0]?.node, "a"));
});
