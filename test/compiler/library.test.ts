import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { optimizations } from "../../compiler/index.ts";
import { parseWorkflow } from "../../language/index.ts";
import { builtinCatalog } from "../../runtime/nodes/catalog.ts";
import { unpackArtifact } from "../../runtime/protocol/artifact.ts";
import { eventually, temporaryFolder } from "../testbed/resources.ts";
import { goldenFiles, goldenText, goldenWorkflows } from "./golden.ts";
import { createLibraryBench, type RunOptions } from "./workflows.ts";

const minute = 60_000;

it("the workflows of the compiler's tests have a node of every built-in type", () => {
  const used = Object.entries(goldenFiles).flatMap(([file, text]) =>
    [...parseWorkflow(text, file).workflow.nodes.values()].map(({ type }) => type.value),
  );
  assert.deepEqual(
    [...builtinCatalog.nodes.keys()].filter((type) => !used.includes(type)),
    [],
  );
});

for (const optimize of optimizations) {
  describe(`workflows of built-in nodes, compiled (${optimize})`, () => {
    const bench = createLibraryBench();
    after(() => bench.dispose());

    const run = (name: string, options: RunOptions = {}, text = goldenText(name)) =>
      bench.run(text, { optimize, file: `/flows/${name}.flow.yaml`, files: goldenFiles, ...options });

    it("tell of a fridge that stays warm, once, and when it is cold again", async () => {
      const { deliver, pass, published, host } = await run("cold-chain", {
        env: { MQTT_USER: "eddy" },
        secrets: { MQTT_PASSWORD: "hunter2" },
      });
      const reading = (celsius: number) => deliver({ celsius, door: "closed" }, "site/3/fridge");
      const first = reading(9);
      await pass();
      assert.equal(first.acknowledged, true);
      await pass(4 * minute);
      reading(9.05);
      await pass(minute);
      assert.deepEqual(published("alerts/3"), [{ text: "Fridge at 9 °C", door: "closed" }]);
      reading(4);
      deliver("no reading", "site/4/fridge");
      await pass(10 * minute);
      assert.equal(published("alerts/3").length, 1);
      assert.deepEqual(
        host.logs.map(({ node, message }) => [node, message]),
        [
          ["log", "site/3/fridge again"],
          // What is no reading leaves by error.
          ["log", "site/4/fridge again"],
        ],
      );
      assert.doesNotMatch(JSON.stringify(host.connections), /hunter2/);
    });

    it("answer HTTP requests, count in state, and send the errors of a function back", async () => {
      const { host, pass, workflow, published } = await run("gateway");
      const order = async (id: string, body: unknown) => {
        const answer = host.http.request("POST", `/orders/${id}`, {
          body: JSON.stringify(body),
          headers: { "content-type": "application/json" },
        });
        await pass();
        return answer;
      };
      const item = (price: number) => ({ price });
      const small = await order("a", { items: [item(1), item(2)] });
      assert.deepEqual([small.status, JSON.parse(String(small.body))], [201, { total: 3 }]);
      const rush = await order("b", { rush: true, items: [item(500)] });
      assert.deepEqual([rush.status, rush.headers["x-orders"]], [201, "2"]);
      const wrong = await order("c", { items: [item(-1)] });
      assert.deepEqual([wrong.status, String(wrong.body)], [422, "A total of -1"]);
      void host.http.request("POST", "/orders/d", {
        body: JSON.stringify({ items: [1, 2, 3] }),
        headers: { "content-type": "application/json" },
      });
      await pass();
      const broker = "mqtt";
      const sent = host.broker(broker).published.map(({ topic, text }) => [topic, JSON.parse(text)]);
      assert.deepEqual(sent, [
        ["orders/a", 3],
        ["orders/d", { id: "d", item: 1 }],
        ["orders/d", { id: "d", item: 2 }],
        ["orders/d", { id: "d", item: 3 }],
      ]);
      assert.deepEqual(published("orders/a"), [3]);
      const { executions, errors, inFlight } = workflow.counters();
      assert.deepEqual([executions, errors, inFlight], [4, 1, 0]);
    });

    it("have the defaults of their params, in a subflow too", async () => {
      const text = `eddy: 1
nodes:
  in: { type: inject, every: 1s }
  sub: { type: ./clock.flow.yaml, from: in }
  out: { type: log, from: [in, sub.out, any.error] }
`;
      const clock = `eddy: 1
inputs:
  in: {}
outputs:
  out: { from: tick }
nodes:
  tick: { type: inject, every: 1s }
  none: { type: log, from: in, text: none }
`;
      const files = { "/flows/clock.flow.yaml": clock };
      const { pass, host, workflow } = await bench.run(text, { optimize, files });
      const start = host.clock.now();
      await pass(1000);
      const logs = host.logs.map(({ message }) =>
        message === "none" ? message : JSON.parse(message).payload,
      );
      assert.deepEqual(logs.sort(), [start + 1000, start + 1000, "none"]);
      await workflow.stop(0);
    });

    it("tell the line of what failed, in whichever node it was", async () => {
      const text = `eddy: 1
script: |
  const fail = (what: string): never => {
    throw new Error(what);
  };
nodes:
  in: { type: mqtt-in, topic: values }
  held:
    type: hold
    from: in
    when: fail("held")
    for: 1s
  summed:
    type: window
    from: in
    size: 1m
    value: |-
      1 +
      fail("summed")
  counted: { type: throttle, from: in, limit: 1, per: 1s, by: fail("counted") }
  asked: { type: http-request, from: in, url: 'http://127.0.0.1:9/\${fail("asked")}' }
  coded:
    type: function
    from: in
    code: |
      await null;
      fail("coded");
  out: { type: log, from: [held, summed, counted, asked, coded] }
  bad: { type: mqtt-out, from: any.error, topic: bad }
`;
      const { deliver, pass, host, workflow } = await bench.run(text, { optimize });
      deliver(1, "values");
      await pass();
      const failed = host.broker("mqtt").published.map(({ text: payload }) => JSON.parse(payload));
      const lines = failed.map(({ message, stack }) => [message, stack.match(/(?<=test\.flow\.yaml:)\d+/g)]);
      assert.deepEqual(Object.fromEntries(lines.map(([message, all]) => [message, all.map(Number)])), {
        held: [4, 11],
        summed: [4, 19],
        counted: [4, 20],
        asked: [4, 21],
        coded: [4, 27],
      });
      await workflow.stop(0);
    });

    it("put a minute's values together on virtual time", async () => {
      const { pass, host, workflow } = await run("meter");
      await pass(2 * minute);
      const topics = (topic: string) =>
        host.broker("mqtt").published.flatMap((one) => (one.topic === topic ? [one.text] : []));
      assert.equal(topics("meter/clock").length, 4);
      const values = topics("meter/values");
      assert.ok(
        values.some((text) => /^\d+ values, mean \d/.test(text)),
        values.join("\n"),
      );
      assert.ok(values.some((text) => text.startsWith("[") && JSON.parse(text).length === 10));
      assert.ok(values.some((text) => text.startsWith("{") && "last" in JSON.parse(text)));
      const counters = workflow.counters();
      assert.deepEqual([counters.errors, counters.dropped], [0, 0]);
    });

    it("read files, ask programs and servers, and write files", async () => {
      await using folder = await temporaryFolder("library");
      await using server = await greeter();
      const input = join(folder.path, "input.csv");
      await writeFile(input, '{"name":"Ada"}\nno JSON\n{"name":"Bob"}\n');
      const text = goldenText("files").replace("path: input.csv", `path: ${JSON.stringify(input)}`);
      const running = await run("files", { env: { FOLDER: folder.path, URL: server.url } }, text);
      // Real files, processes and servers take time of their own.
      await eventually("all answers are there", async () => {
        await running.pass();
        return running.published("answers").length === 2 && running.workflow.counters().inFlight === 0;
      });
      assert.deepEqual(running.published("answers"), [
        [200, "greeted with Hello Ada"],
        [200, "greeted with Hello Bob"],
      ]);
      assert.equal(running.published("errors").length, 1);
      assert.equal(await readFile(join(folder.path, "greetings.txt"), "utf8"), "Hello Ada\nHello Bob\n");
      await running.workflow.stop(0);
    });

    it("are made of subflows, each with its own params and state", async () => {
      const { deliver, pass, published, host } = await run("subflows");
      for (const value of [4, 1, 5, 7, 2000]) deliver(value, "values");
      await pass();
      assert.deepEqual(published("out"), ["low 1: 4", "low 2: 5", "low 3: 7"]);
      assert.deepEqual(published("calm"), [1]);
      assert.deepEqual(published("failed"), [
        ["low/text", "at low/text (lib/alarm.flow.yaml:27:29)\nat lib/alarm.flow.yaml:24:43"],
      ]);
      assert.deepEqual(host.storage.contents()["state:"], { "low/alarms": 4 });
    });

    it("take no name or text for something else", async () => {
      const { deliver, pass, published } = await run("names");
      deliver("a", "values");
      deliver(null, "values");
      await pass();
      assert.deepEqual(published(), [
        { "x y": { "A`author": "author node" }, toString: 3 },
        "C:\\dir${x} `A`author` $",
      ]);
    });

    it("hold no more than they need", async () => {
      for (const name of goldenWorkflows) {
        const { artifact } = await bench.compile(goldenText(name), {
          optimize,
          file: `/flows/${name}.flow.yaml`,
          files: goldenFiles,
        });
        assert.ok(artifact);
        const { code } = unpackArtifact(artifact.bytes);
        for (const { doc, summary } of builtinCatalog.nodes.values()) {
          assert.ok(!code.includes(doc.slice(0, 60)) && !code.includes(summary), name);
        }
      }
    });
  });
}

async function greeter() {
  const server = createServer((request, response) => {
    const text = new URL(request.url ?? "", "http://localhost").searchParams.get("text");
    response.setHeader("content-type", "text/plain");
    response.end(`greeted with ${text}`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
