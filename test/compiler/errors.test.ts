import assert from "node:assert/strict";
import { createLibraryBench } from "./workflows.ts";

/** Where errors go, and that it is the same way at every level. */
for (const optimize of ["none", "basic", "aggressive"] as const) {
  describe(`errors in a compiled workflow (${optimize})`, () => {
    const bench = createLibraryBench();
    after(() => bench.dispose());
    const run = (nodes: string, files: Readonly<Record<string, string>> = {}) =>
      bench.run(`eddy: 1\n${nodes}`, { optimize, files });

    it("are counted as messages that their handlers received", async () => {
      const { deliver, workflow } = await run(`
nodes:
  in: { type: mqtt-in, topic: test }
  own: { type: map, from: in, payload: null.x }
  other: { type: map, from: in, payload: null.x }
  handled: { type: log, from: [own, own.error], text: own }
  every: { type: log, from: [other, any.error], text: every }
`);
      deliver(1);
      deliver(2);
      const nodes = Object.fromEntries(workflow.counters().nodes.map((node) => [node.id, node]));
      assert.deepEqual([nodes.handled?.received, nodes.every?.received], [2, 2]);
      assert.deepEqual([nodes.own?.errors, nodes.own?.emitted, nodes.own?.ports], [2, 0, { out: 0 }]);
    });

    it("that go to a node which does nothing with them go nowhere else", async () => {
      const { deliver, host, workflow } = await run(`
nodes:
  in: { type: mqtt-in, topic: test }
  bad: { type: map, from: in, payload: null.x }
  out: { type: log, from: bad, text: out }
  ignored: { type: filter, from: bad.error, when: msg.payload.code === "no such code" }
  worse: { type: map, from: ignored.rejected, payload: null.y }
  every: { type: log, from: any.error, text: "\${msg.payload.node}" }
`);
      deliver(1);
      assert.ok(host.logs.every(({ node, message }) => node === "worse" || message !== "bad"));
      const { nodes } = workflow.counters();
      assert.equal(nodes.find(({ id }) => id === "ignored")?.received, 1);
      assert.equal(nodes.find(({ id }) => id === "every")?.received, 0);
    });

    for (const port of ["bad.error", "any.error"]) {
      it(`that ${port} hands to a node which does nothing with them are not in the log`, async () => {
        const { deliver, host } = await run(`
nodes:
  in: { type: mqtt-in, topic: test }
  bad: { type: map, from: in, payload: null.x }
  out: { type: log, from: bad, text: out }
  ignored: { type: map, from: ${port}, payload: "0" }
`);
        deliver(1);
        assert.deepEqual(host.logs, []);
      });
    }

    /** Two subflows deep; who takes an error is said in the topmost that has somebody for it. */
    const inner = (handler: string) => `eddy: 1
inputs: { v: unknown }
outputs: { out: { from: bad } }
nodes:
  bad: { type: map, from: v, payload: null.x }
${handler}`;
    const outer = (handlers: string) => `eddy: 1
inputs: { v: unknown }
outputs: { out: { from: inside } }
nodes:
  inside: { type: ./inner.flow.yaml, from: v }
${handlers}`;
    const anyHere = (name: string) =>
      `  ${name}: { type: log, from: any.error, text: "\${msg.payload.node}" }\n`;
    const ofSubflow = (name: string) =>
      `  ${name}: { type: log, from: inside.error, text: "\${msg.payload.node}" }\n`;
    const above = anyHere("top").concat(ofSubflow("around"));
    for (const [who, handlers] of [
      ["inside/inside/own", [anyHere("own"), ofSubflow("port") + anyHere("every"), above]],
      ["inside/port", ["", ofSubflow("port") + anyHere("every"), above]],
      ["inside/every", ["", anyHere("every"), above]],
      ["around", ["", "", above]],
      ["top", ["", "", anyHere("top")]],
    ] as const) {
      it(`of a node in a subflow are taken by ${who}, which is nearest, and by nobody else`, async () => {
        const { deliver, host, workflow } = await run(
          `
nodes:
  in: { type: mqtt-in, topic: test }
  inside: { type: ./outer.flow.yaml, from: in }
  out: { type: log, from: inside, text: out }
${handlers[2]}`,
          { "/flows/inner.flow.yaml": inner(handlers[0]), "/flows/outer.flow.yaml": outer(handlers[1]) },
        );
        deliver(1);
        assert.deepEqual(
          host.logs.map(({ node, message }) => [node, message]),
          [[who, "inside/inside/bad"]],
        );
        const received = workflow.counters().nodes.filter((node) => node.received > 0);
        assert.deepEqual(new Set(received.map(({ id }) => id)), new Set(["inside/inside/bad", who]));
      });
    }

    it("are the first that happens: a map makes its topic before its payload", async () => {
      const { deliver, host } = await run(`
script: |
  function fails(code: string): never { throw Object.assign(new Error("No."), { code }); }
nodes:
  in: { type: mqtt-in, topic: test }
  both: { type: map, from: in, topic: "\${fails('TOPIC')}", payload: fails("PAYLOAD") }
  out: { type: log, from: [both, both.error], text: "\${msg.payload.code}" }
`);
      deliver(1);
      assert.deepEqual(
        host.logs.map(({ message }) => message),
        ["TOPIC"],
      );
    });
  });
}
