import assert from "node:assert/strict";
import { EddyError } from "../../../language/problem.ts";
import { assertFilter, assertTopic, topicMatches } from "../../../runtime/agent/host/topics.ts";

describe("MQTT topics", () => {
  for (const [filter, topic, expected] of [
    ["a/b", "a/b", true],
    ["a/b", "a/b/c", false],
    ["a/+", "a/b", true],
    ["a/+", "a/", true],
    ["a/+", "a", false],
    ["a/+/c", "a/b/c", true],
    ["+/+", "/a", true],
    ["a/#", "a", true],
    ["a/#", "a/b/c", true],
    ["#", "a/b", true],
    ["#", "$SYS/uptime", false],
    ["+/uptime", "$SYS/uptime", false],
    ["$SYS/#", "$SYS/uptime", true],
    ["$share/group/a/+", "a/b", true],
    ["$share/group/a/+", "b/b", false],
  ] as const) {
    it(`${filter} ${expected ? "asks" : "does not ask"} for ${topic}`, () => {
      assert.equal(topicMatches(filter, topic), expected);
    });
  }

  const refused = (error: unknown) => error instanceof EddyError && error.code === "EDDY_TOPIC";
  for (const topic of ["", "a/+", "#", "a\0b", "x".repeat(65_536)]) {
    it(`refuses to publish to ${JSON.stringify(topic.slice(0, 10))}`, () => {
      assert.throws(() => assertTopic(topic), refused);
    });
  }
  for (const filter of ["", "a/#/b", "a#", "a+/b", "$share/g/", "a\0"]) {
    it(`refuses to subscribe to ${JSON.stringify(filter)}`, () => {
      assert.throws(() => assertFilter(filter), refused);
    });
  }
  it("takes what is allowed", () => {
    for (const filter of ["#", "+", "a/+/b/#", "$share/g/a", "/"]) assertFilter(filter);
    for (const topic of ["a", "/", "a b/ü", "$SYS/x"]) assertTopic(topic);
  });
});
