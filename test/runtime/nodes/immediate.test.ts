import assert from "node:assert/strict";
import type { Message } from "../../../runtime/engine/contract.ts";
import filter from "../../../runtime/nodes/filter.ts";
import log from "../../../runtime/nodes/log.ts";
import map from "../../../runtime/nodes/map.ts";
import onChange from "../../../runtime/nodes/on-change.ts";
import parseXml from "../../../runtime/nodes/parse/xml.ts";
import parseYaml from "../../../runtime/nodes/parse/yaml.ts";
import parse from "../../../runtime/nodes/parse.ts";
import split from "../../../runtime/nodes/split.ts";
import state from "../../../runtime/nodes/state.ts";
import switchNode from "../../../runtime/nodes/switch.ts";
import template from "../../../runtime/nodes/template.ts";
import { createNodeHarness } from "../harness.ts";
import { above, hostile, payload, topic } from "./expressions.ts";

const failing = () => {
  throw Object.assign(new Error("no"), { code: "E_TEST" });
};

describe("filter", () => {
  it("parts messages by its condition, and hands them on as they are", () => {
    const node = createNodeHarness(filter, { when: above(8) }, { ports: ["out", "rejected"] });
    const [warm, cold] = [node.send({ payload: 9 }), node.send({ payload: 8 })];
    assert.equal(node.messages()[0], warm);
    assert.equal(node.messages("rejected")[0], cold);
  });

  it("sends what fails out by error", () => {
    const node = createNodeHarness(filter, { when: above(8) }, { ports: ["out", "rejected"] });
    node.send({ payload: "x" });
    assert.deepEqual(
      node.emissions.map(({ port }) => port),
      ["error"],
    );
  });
});

describe("map", () => {
  it("makes another payload and topic, and carries the rest on", () => {
    const node = createNodeHarness(map, { payload: ({ topic: own }) => own, topic: () => "new" });
    const { id, time, source } = node.send({ payload: 1, topic: "old", source: { qos: 1 } });
    assert.deepEqual(node.messages(), [{ id, time, topic: "new", payload: "old", source }]);
  });

  it("keeps the topic where there is no other", () => {
    const node = createNodeHarness(map, { payload });
    node.send({ payload: 1, topic: "old" });
    assert.equal(node.messages()[0]?.topic, "old");
  });

  it("sends what fails out by error", () => {
    const node = createNodeHarness(map, { payload: failing });
    const sent = node.send({ payload: 1 });
    assert.equal(node.errors[0]?.payload.code, "E_TEST");
    assert.equal(node.errors[0]?.cause, sent);
  });
});

describe("switch", () => {
  const cases = { hot: above(30), warm: above(20) };
  const ports = ["hot", "warm", "else"];
  const route = (
    match: "first" | "all",
    own: Readonly<Record<string, (message: Message) => unknown>> = cases,
  ) => {
    const node = createNodeHarness(switchNode, { cases: own, match }, { ports });
    for (const value of [40, 25, 10]) node.send({ payload: value });
    return node.emissions.map(({ port, message }) => `${port} ${message.payload}`);
  };

  it("sends a message out by the first case that it meets", () => {
    assert.deepEqual(route("first"), ["hot 40", "warm 25", "else 10"]);
  });

  it("sends a message out by every case that it meets", () => {
    assert.deepEqual(route("all"), ["hot 40", "warm 40", "warm 25", "else 10"]);
  });

  it("asks the cases behind the first one that holds no more, and says what one throws", () => {
    const node = createNodeHarness(
      switchNode,
      { cases: { hot: above(30), warm: failing }, match: "first" },
      { ports },
    );
    node.send({ payload: 40 });
    node.send({ payload: 10 });
    assert.deepEqual(
      node.emissions.map(({ port }) => port),
      ["hot", "error"],
    );
  });
});

describe("split", () => {
  it("makes a message of every item", () => {
    const node = createNodeHarness(split, { items: payload });
    const { id } = node.send({ payload: ["a", "b"], topic: "t", source: { qos: 1 } });
    assert.deepEqual(
      node.messages().map(({ id: own, topic: name, payload: item, source }) => [own, name, item, source]),
      [
        [id, "t", "a", { qos: 1, index: 0, count: 2 }],
        [id, "t", "b", { qos: 1, index: 1, count: 2 }],
      ],
    );
    node.send({ payload: [] });
    assert.equal(node.messages().length, 2);
  });

  for (const value of ["abc", null, undefined, 1, { length: 2 }, new Uint8Array(2)]) {
    it(`refuses what is no list: ${String(value)}`, () => {
      const node = createNodeHarness(split, { items: payload });
      node.send({ payload: value });
      assert.equal(node.errors[0]?.payload.code, "EDDY_SPLIT");
      assert.deepEqual(node.messages(), []);
    });
  }
});

describe("template", () => {
  it("makes a text", () => {
    const node = createNodeHarness(template, { text: ({ payload: value }) => `${value} °C` });
    node.send({ payload: 21, topic: "t" });
    assert.deepEqual([node.payloads(), node.messages()[0]?.topic], [["21 °C"], "t"]);
  });
});

describe("parse", () => {
  const started = (format: "json" | "csv" | "yaml" | "xml" | "number") => {
    if (format === "yaml") return createNodeHarness(parseYaml, { format, value: payload });
    if (format === "xml") return createNodeHarness(parseXml, { format, value: payload });
    return createNodeHarness(parse, { format, value: payload });
  };
  const parsed = (format: "json" | "csv" | "yaml" | "xml" | "number", value: unknown) => {
    const node = started(format);
    node.send({ payload: value });
    return node.errors[0]?.payload.code ?? node.payloads()[0];
  };

  it("reads JSON", () => {
    assert.deepEqual(parsed("json", '{"a":[1]}'), { a: [1] });
    assert.deepEqual(parsed("json", new TextEncoder().encode('"°"')), "°");
    assert.equal(parsed("json", 5), 5);
  });

  it("reads CSV as objects", () => {
    const text = '\uFEFFa,"b ""c"""\r\n1, x \r\n\r\n"line\nbreak, and comma",\n3';
    assert.deepEqual(parsed("csv", text), [
      { a: "1", 'b "c"': "x" },
      { a: "line\nbreak, and comma", 'b "c"': "" },
      { a: "3", 'b "c"': "" },
    ]);
    assert.deepEqual(parsed("csv", ""), []);
  });

  it("reads YAML and XML", () => {
    assert.deepEqual(parsed("yaml", "a: [1, x]\nb: {}"), { a: [1, "x"], b: {} });
    assert.deepEqual(parsed("xml", '<a n="1"><b>2</b><b>x</b></a>'), { a: { "@n": "1", b: [2, "x"] } });
  });

  it("reads numbers", () => {
    for (const [text, number] of [
      [" 21.5\n", 21.5],
      ["-1,5", -1.5],
      ["1e3", 1000],
      [".5", 0.5],
      [new TextEncoder().encode("7"), 7],
    ] as const)
      assert.equal(parsed("number", text), number);
  });

  for (const [format, value] of [
    ["json", "{"],
    ["json", ""],
    ["json", { a: 1 }],
    ["json", null],
    ["json", true],
    ["json", [1]],
    ["json", new Uint8Array([0x22, 0xff, 0x22])],
    ["csv", 'a\n"x'],
    ["yaml", "a: [1"],
    [
      "yaml",
      `a: &a [x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [${"*b,".repeat(9)}*b]\nd: [${"*c,".repeat(9)}*c]`,
    ],
    ["xml", "<a><b></a>"],
    ["number", ""],
    ["number", "0x10"],
    ["number", "Infinity"],
    ["number", "1,234.5"],
    ["number", "12 °C"],
  ] as const) {
    it(`refuses what is no ${format}: ${JSON.stringify(String(value).slice(0, 20))}`, () => {
      assert.equal(parsed(format, value), "EDDY_PARSE");
    });
  }

  it("lets nobody reach what all objects have in common", () => {
    parsed("json", '{"__proto__": {"polluted": 1}}');
    parsed("yaml", "__proto__: { polluted: 1 }\nconstructor: { prototype: { polluted: 1 } }");
    parsed("xml", "<__proto__><polluted>1</polluted></__proto__>");
    parsed("csv", "__proto__,constructor\npolluted,1");
    assert.equal("polluted" in {}, false);
  });

  it("does not read files that XML names", () => {
    const text = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>';
    const result = JSON.stringify(parsed("xml", text));
    assert.ok(result === '"EDDY_PARSE"' || result.includes("&x;"), result);
  });
});

describe("on-change", () => {
  type Params = Parameters<typeof onChange.create>[1];
  const start = (params: Partial<Params> = {}) =>
    createNodeHarness(onChange, { value: payload, ...params }, { ports: ["out", "unchanged"] });

  it("lets the first value through, and others that differ from the one before", () => {
    const node = start();
    for (const value of [1, 1, 2, "2", null, undefined, undefined, 1]) node.send({ payload: value });
    assert.deepEqual(node.payloads(), [1, 2, "2", null, undefined, 1]);
    assert.deepEqual(node.payloads("unchanged"), [1, undefined]);
  });

  it("compares what is inside, whatever the order", () => {
    const node = start();
    node.send({ payload: { a: 1, b: [{ c: 1 }] } });
    node.send({ payload: { b: [{ c: 1 }], a: 1 } });
    node.send({ payload: { b: [{ c: 2 }], a: 1 } });
    assert.equal(node.messages().length, 2);
  });

  it("leaves out changes within the dead band of what was let through last", () => {
    const node = start({ "dead-band": 0.5 });
    for (const value of [20, 20.4, 20.5, 20.6, 20.2, 20]) node.send({ payload: value });
    assert.deepEqual(node.payloads(), [20, 20.6, 20]);
    const relative = start({ "dead-band": { percent: 10 } });
    for (const value of [100, 109, 111, 100, 99, 0, 0, 0.1]) relative.send({ payload: value });
    assert.deepEqual(relative.payloads(), [100, 111, 99, 0, 0.1]);
  });

  it("remembers each key by itself, and after a restart", async () => {
    const node = start({ by: topic });
    node.send({ payload: 1, topic: "a" });
    node.send({ payload: 1, topic: "b" });
    await node.restart();
    node.send({ payload: 1, topic: "a" });
    node.send({ payload: 2, topic: "b" });
    assert.deepEqual(node.payloads(), [1, 1, 2]);
    await node.stop();
  });

  for (const [name, value, survives] of hostile) {
    it(`takes a value once: ${name}`, async () => {
      const node = start();
      node.send({ payload: value });
      await node.restart();
      node.send({ payload: value });
      if (survives) {
        assert.equal(node.messages().length, 1);
        assert.equal(node.messages("unchanged").length, 1);
      } else assert.equal(node.errors[0]?.payload.code, "EDDY_NOT_STORABLE");
      await node.stop();
    });
  }

  it("refuses more keys than it can keep", () => {
    const node = start({ by: topic });
    for (let key = 0; key < 10_001; key++) node.send({ payload: 1, topic: `${key}` });
    assert.equal(node.messages().length, 10_000);
    assert.equal(node.errors[0]?.payload.code, "EDDY_TOO_MUCH_KEPT");
  });
});

describe("state", () => {
  const declared = {
    total: { initial: 0, scope: "workflow" },
    last: { initial: "none", scope: "device" },
  } as const;

  it("sets declared values, and hands the message on", async () => {
    const set = { total: payload, last: topic };
    const node = createNodeHarness(state, { set }, { state: declared });
    assert.deepEqual({ ...node.state }, { total: 0, last: "none" });
    const sent = node.send({ payload: 5, topic: "t" });
    assert.equal(node.messages()[0], sent);
    await node.restart();
    assert.deepEqual({ ...node.state }, { total: 5, last: "t" });
    node.send({ payload: null, topic: "" });
    assert.deepEqual({ ...node.state }, { total: null, last: "" });
    await node.stop();
  });

  it("sets all or nothing", () => {
    const node = createNodeHarness(state, { set: { total: payload, last: failing } }, { state: declared });
    node.send({ payload: 5 });
    assert.equal(node.errors.length, 1);
    assert.deepEqual({ ...node.state }, { total: 0, last: "none" });
  });

  for (const value of [undefined, Number.NaN, new Date(0), () => 1, 1n, new Uint8Array(1)]) {
    it(`refuses what is no plain data: ${typeof value} ${String(value).slice(0, 10)}`, () => {
      const node = createNodeHarness(state, { set: { last: topic, total: payload } }, { state: declared });
      node.send({ payload: value, topic: "t" });
      assert.equal(node.errors[0]?.payload.code, "EDDY_NOT_STORABLE");
      assert.deepEqual({ ...node.state }, { total: 0, last: "none" });
    });
  }
});

describe("log", () => {
  const start = (text?: (message: Message) => string) =>
    createNodeHarness(log, { level: "warn", ...(text ? { text } : {}) }, { ports: [] });

  it("writes a line at its level, under its node", () => {
    const node = start(({ payload: value }) => `${value} °C`);
    node.send({ payload: 21 });
    const [record] = node.host.logs;
    assert.deepEqual([record?.level, record?.node, record?.message], ["warn", "node", "21 °C"]);
  });

  it("writes the whole message where nothing is said", () => {
    const node = start();
    node.send({ id: "m", time: 5, payload: { a: 1 }, topic: "t" });
    assert.deepEqual(JSON.parse(node.host.logs[0]?.message ?? ""), {
      id: "m",
      time: 5,
      topic: "t",
      payload: { a: 1 },
    });
  });

  it("writes a line of whatever there is, and a bounded one", () => {
    const node = start();
    for (const [, value] of hostile) node.send({ payload: value });
    node.send({ payload: "x".repeat(1_000_000) });
    assert.equal(node.host.logs.length, hostile.length + 1);
    assert.ok(node.host.logs.every(({ message, level }) => message.length <= 4001 && level === "warn"));
    const text = start(() => "y".repeat(1_000_000));
    text.send({});
    assert.equal(text.host.logs[0]?.message.length, 4000);
  });
});
