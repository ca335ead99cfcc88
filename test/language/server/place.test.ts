import assert from "node:assert/strict";
import { placeAt } from "../../../language/server/place.ts";
import { cursor } from "./analyse.ts";

function place(marked: string) {
  const { text, offset } = cursor(marked);
  const found = placeAt(text, offset);
  return found && `${found.kind} ${found.path.join("/")} "${text.slice(found.word.start, found.word.end)}"`;
}

describe("place of a cursor", () => {
  const head = "eddy: 1\nnodes:\n  warm:\n    type: filter\n";
  const cases: readonly (readonly [marked: string, expected: string | undefined])[] = [
    ["¦", 'key  ""'],
    ["ed¦", 'key  "ed"'],
    ["eddy: 1\nno¦de", 'key  "no"'],
    ["eddy: 1\nnodes:\n  ¦", 'key nodes ""'],
    ["eddy: 1\nnodes:\n  wa¦rm:\n    type: log", 'key nodes "wa"'],
    [`${head}    ¦`, 'key nodes/warm ""'],
    [`${head}    wh¦en: true`, 'key nodes/warm "wh"'],
    [`${head}    when: msg.¦`, 'value nodes/warm/when "msg."'],
    [`${head}    from: ¦`, 'value nodes/warm/from ""'],
    [`${head}    from:¦`, undefined],
    [`${head}    from: "fri¦"`, 'value nodes/warm/from "fri"'],
    [`${head}    from: [a, b.¦`, 'item nodes/warm/from/0 "b."'],
    [`${head}    from: { left: a, right: b¦ }`, 'value nodes/warm/from/right "b"'],
    [`${head}    from: { left: a, ri¦ }`, 'key nodes/warm/from "ri"'],
    [`${head}    from:\n      - a\n      - b¦`, 'item nodes/warm/from/0 "b"'],
    [`${head}    from:\n    - a\n    - b¦`, 'item nodes/warm/from/0 "b"'],
    [`${head}    when: |\n      a: 1\n      msg.pay¦`, 'value nodes/warm/when "pay"'],
    [`${head}    when: |\n      a: 1\n    not¦`, 'key nodes/warm "not"'],
    [`${head}    # a comment ¦`, undefined],
    [`${head}    label: x # a comment ¦`, undefined],
    [`${head}    text: a#b ¦`, 'value nodes/warm/text "a#b "'],
    ["nodes:\n  a: { type: lo¦", 'value nodes/a/type "lo"'],
    ["nodes:\n  a: {\n    type: log,\n    fr¦", 'key nodes/a "fr"'],
    ["nodes:\n  a: { type: log }¦", undefined],
    ["tests:\n  - name: x\n    given:\n      - { at: 0s, node: fr¦", 'value tests/0/given/0/node "fr"'],
    ["tests:\n  - na¦", 'item tests/0 "na"'],
    ["tests:\n  - name: x\n    gi¦", 'key tests/0 "gi"'],
    ["nodes:\r\n  a:\r\n    type: lo¦\r\n", 'value nodes/a/type "lo"'],
    ["nodes:\n  a:\n    text: ${msg.topic} ¦", 'value nodes/a/text "${msg.topic} "'],
    ["nodes:\n  a:\n    from:\n      left: b¦", 'value nodes/a/from/left "b"'],
    ["script: |\n  const a = {\n    b: c.¦", 'value script ""'],
  ];
  for (const [marked, expected] of cases)
    it(JSON.stringify(marked), () => assert.equal(place(marked), expected));

  it("knows the keys that are there already", () => {
    const { text, offset } = cursor(`${head}    ¦\n    when: true\n\n  other:\n    from: warm\n`);
    assert.deepEqual(placeAt(text, offset)?.siblings, ["type", "when"]);
  });

  it("knows those of braces", () => {
    const { text, offset } = cursor("nodes:\n  a: { type: log, ¦, label: x }");
    assert.deepEqual(placeAt(text, offset)?.siblings, ["type", "label"]);
  });
});
