import assert from "node:assert/strict";
import type { Analysis } from "../../../language/server/analysis.ts";
import {
  declaringFile,
  definitionsIn,
  fallbackDefinition,
  referencesIn,
} from "../../../language/server/references.ts";
import { refuseName, renamableAt, renameEdits } from "../../../language/server/rename.ts";
import { analyse, analyseAt, cursor, edited, textAt } from "./analyse.ts";

const line = `eddy: 1
env:
  CITY: { default: Bonn }
secrets:
  TOKEN: {}
state:
  count: { type: number, initial: 0 }
connections:
  plant: { type: mqtt, url: "mqtt://\${env.CITY}" }
nodes:
  beat:
    type: inject
    every: 1s
    payload: state.count + env["CITY"].length
  split:
    type: switch
    from: ["beat", keep]
    cases:
      hot: msg.payload > 5
  keep:
    type: state
    from: split.hot
    set:
      count: state.count + 1
  alarm:
    type: ./lib/alarm.flow.yaml
    from: { reading: split }
    limit: 5
  show:
    type: mqtt-out
    connection: plant
    from: [alarm.high, alarm, split.error]
    topic: \${secrets.TOKEN}
tests:
  - name: x
    given: [{ at: 0s, node: beat, message: { payload: 1 } }]
groups:
  g: { nodes: [beat, split] }
`;

const alarm = `eddy: 1
inputs:
  reading: number
  other: number
outputs:
  high: { type: number, from: check }
  out: { type: number, from: check.rejected }
params:
  limit: { type: number, default: 10 }
nodes:
  check:
    type: filter
    from: [reading, other]
    when: msg.payload > params.limit
`;

const files = { "/flows/lib/alarm.flow.yaml": alarm };
const alarmFile = "/flows/lib/alarm.flow.yaml";

/** The analysis of the main workflow with a cursor before the first place of a text. */
async function at(place: string): Promise<{ readonly analysis: Analysis; readonly offset: number }> {
  assert.ok(line.includes(place), place);
  return analyseAt(line.replace(place, `¦${place}`), files);
}

async function definition(place: string): Promise<string> {
  const { analysis, offset } = await at(place);
  const name = declaringFile(analysis, offset);
  assert.ok(name, "there is a name");
  const declaring = name.file === analysis.file ? analysis : await analyse(alarm, {}, alarmFile);
  const [found] = definitionsIn(declaring, name);
  if (found) return `${found.uri} ${found.range.start.line} ${textAt(declaring, found.range)}`;
  const [fallback] = fallbackDefinition(analysis, name);
  return fallback ? `${fallback.uri} ${fallback.range.start.line}` : "none";
}

/** Both workflows after a rename at a place. */
async function rename(place: string, newName: string, from: "line" | "alarm" = "line") {
  const main = await analyse(line, files);
  const other = await analyse(alarm, {}, alarmFile);
  const source = from === "line" ? line : alarm;
  const { offset } = cursor(source.replace(place, `¦${place}`));
  const found = renamableAt(from === "line" ? main : other, offset);
  assert.ok(found, `${place} can be renamed`);
  const declaring = found.name.file === main.file ? main : other;
  return {
    refusal: refuseName(declaring, found.name, newName),
    line: edited(main, renameEdits(main, found.name, newName)),
    alarm: edited(other, renameEdits(other, found.name, newName)),
  };
}

describe("definition", () => {
  const lineUri = "file:///flows/line.flow.yaml";
  const alarmUri = "file:///flows/lib/alarm.flow.yaml";
  const cases: readonly (readonly [place: string, expected: string])[] = [
    ['beat", keep', `${lineUri} 10 beat`],
    ["hot\n", `${lineUri} 18 hot`],
    ["count + 1", `${lineUri} 6 count`],
    ["count: state", `${lineUri} 6 count`],
    ['CITY"]', `${lineUri} 2 CITY`],
    ["TOKEN}", `${lineUri} 4 TOKEN`],
    ["plant\n", `${lineUri} 8 plant`],
    ["./lib", `${alarmUri} 0`],
    ["reading: split", `${alarmUri} 2 reading`],
    ["limit: 5", `${alarmUri} 8 limit`],
    ["high,", `${alarmUri} 5 high`],
    ["error]", `${lineUri} 14`],
    ["beat, message", `${lineUri} 10 beat`],
    ["split] }", `${lineUri} 14 split`],
  ];
  for (const [place, expected] of cases)
    it(JSON.stringify(place), async () => assert.equal(await definition(place), expected));
});

describe("references", () => {
  it("finds every mention of a node", async () => {
    const { analysis, offset } = await at("beat:");
    const name = declaringFile(analysis, offset);
    assert.ok(name);
    const found = referencesIn(analysis, name, { includeDeclaration: true });
    assert.deepEqual(
      found.map(({ range }) => [range.start.line, textAt(analysis, range)]),
      [
        [10, "beat"],
        [16, "beat"],
        [35, "beat"],
        [37, "beat"],
      ],
    );
    assert.equal(referencesIn(analysis, name, { includeDeclaration: false }).length, 3);
  });
});

describe("rename", () => {
  it("renames a node wherever it is named", async () => {
    const { line: text, refusal } = await rename("beat:", "pulse");
    assert.equal(refusal, undefined);
    assert.equal(text, line.replaceAll("beat", "pulse"));
  });

  it("renames env, secrets, state and connections", async () => {
    assert.equal((await rename("CITY:", "TOWN")).line, line.replaceAll("CITY", "TOWN"));
    assert.equal((await rename("TOKEN}", "KEY")).line, line.replaceAll("TOKEN", "KEY"));
    assert.equal((await rename("count + 1", "total")).line, line.replaceAll("count", "total"));
    assert.equal((await rename("plant\n", "site")).line, line.replaceAll("plant", "site"));
  });

  it("renames the case of a switch", async () => {
    assert.equal((await rename("hot:", "warm")).line, line.replaceAll("hot", "warm"));
  });

  it("renames what a subflow declares in both files, from either", async () => {
    const fromLine = await rename("high,", "above");
    assert.equal(fromLine.line, line.replace("alarm.high", "alarm.above"));
    assert.equal(fromLine.alarm, alarm.replace("high:", "above:"));
    const fromAlarm = await rename("limit: {", "level", "alarm");
    assert.equal(fromAlarm.line, line.replace("limit: 5", "level: 5"));
    assert.equal(fromAlarm.alarm, alarm.replaceAll("limit", "level"));
    const input = await rename("reading: split", "value");
    assert.equal(input.line, line.replace("reading: split", "value: split"));
    assert.equal(input.alarm, alarm.replaceAll("reading", "value"));
  });

  it("says the port that went without saying, once it is not out any more", async () => {
    const { line: text } = await rename("out: {", "low", "alarm");
    assert.equal(text, line.replace("alarm.high, alarm,", "alarm.high, alarm.low,"));
  });

  it("refuses names that are taken or cannot be", async () => {
    assert.match((await rename("beat:", "split")).refusal ?? "", /taken/);
    assert.match((await rename("beat:", "any")).refusal ?? "", /any/);
    assert.match((await rename("beat:", "1 x")).refusal ?? "", /cannot be a name/);
    assert.match((await rename("hot:", "else")).refusal ?? "", /taken/);
    assert.match((await rename("hot:", "error")).refusal ?? "", /error/);
    assert.match((await rename("CITY:", "MY-CITY")).refusal ?? "", /TypeScript/);
    assert.match((await rename("reading: n", "check", "alarm")).refusal ?? "", /taken/);
    assert.equal((await rename("plant\n", "my-plant")).refusal, undefined);
  });

  it("leaves alone what a node type has named", async () => {
    const { analysis, offset } = await at("error]");
    assert.equal(renamableAt(analysis, offset), undefined);
    const type = await at("inject");
    assert.equal(renamableAt(type.analysis, type.offset), undefined);
  });
});
