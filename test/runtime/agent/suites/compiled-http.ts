import assert from "node:assert/strict";
import { eventually, freePort } from "../../../testbed/resources.ts";
import { createTestCompiler, type StartDevice, type TestCompiler } from "../device.ts";

const gateway = (port: number, reply = "hello") => `eddy: 1
name: Gateway
connections:
  door: { type: http, port: ${port}, body-limit: 1kB }
nodes:
  in: { type: http-in, connection: door, method: POST, path: "/orders/:id" }
  work:
    type: map
    from: in
    payload: "({ id: msg.source.params.id, query: msg.source.query, body: msg.payload, reply: '${reply}' })"
  answer: { type: http-response, from: work, status: 201, headers: { x-order: "\${msg.payload.id}" } }

  silent: { type: http-in, connection: door, path: /silent, timeout: 300ms }
  nobody: { type: map, from: silent, payload: "1" }
`;

/** Compiled workflows that answer HTTP requests. */
export function compiledHttp(startDevice: StartDevice): void {
  describe("compiled workflows and HTTP", function () {
    this.timeout(60_000);
    let compiler: TestCompiler;
    before(() => {
      compiler = createTestCompiler();
    });
    after(() => compiler[Symbol.asyncDispose]());

    it("answer what they are asked, and the host answers what they cannot", async () => {
      const port = await freePort();
      await using device = await startDevice();
      await device.deploy(await compiler.compile("gateway", gateway(port)));
      const call = async (path: string, init: RequestInit = {}) => {
        const answer = await fetch(`http://127.0.0.1:${port}${path}`, init);
        return { status: answer.status, headers: answer.headers, text: await answer.text() };
      };
      await eventually("it listens", () => call("/").then(() => true));
      const json = { "content-type": "application/json" };
      const good = await call("/orders/7?a=1&a=2", { method: "POST", headers: json, body: `{"n":1}` });
      assert.deepEqual([good.status, good.headers.get("x-order")], [201, "7"]);
      assert.deepEqual(JSON.parse(good.text), {
        id: "7",
        query: { a: ["1", "2"] },
        body: { n: 1 },
        reply: "hello",
      });
      assert.equal((await call("/orders/7", { method: "POST", headers: json, body: "{" })).status, 400);
      assert.equal((await call("/nothing")).status, 404);
      const wrongMethod = await call("/orders/7");
      assert.deepEqual([wrongMethod.status, wrongMethod.headers.get("allow")], [405, "POST"]);
      assert.equal((await call("/orders/7", { method: "POST", body: "x".repeat(2_000) })).status, 413);
      assert.equal((await call("/silent")).status, 504);
    });

    it("lose no request to a change of versions", async () => {
      const port = await freePort();
      await using device = await startDevice();
      await device.deploy(await compiler.compile("gateway", gateway(port, "version 0")));
      const call = async (number: number) => {
        const answer = await fetch(`http://127.0.0.1:${port}/orders/${number}`, {
          method: "POST",
          body: "{}",
        });
        assert.equal(answer.status, 201, await answer.clone().text());
        return Reflect.get(Object(await answer.json()), "reply");
      };
      await eventually("it listens", () => call(0).then(() => true));
      let isDone = false;
      let calls = 0;
      const calling = Promise.all(
        Array.from({ length: 4 }, async () => {
          while (!isDone) await call(++calls);
        }),
      );
      calling.catch(() => {
        // Told below.
      });
      for (let version = 1; version <= 5; version++) {
        const before = calls;
        await device.deploy(await compiler.compile("gateway", gateway(port, `version ${version}`)));
        assert.equal(await call(0), `version ${version}`);
        await eventually("calls go on", () => calls > before + 4);
      }
      isDone = true;
      await calling;
    });

    it("are waited for by nobody when they stop: their callers are told to come back", async () => {
      const port = await freePort();
      await using device = await startDevice({ drain: 100 });
      const slow = gateway(port).replace("timeout: 300ms", "timeout: 30s");
      await device.deploy(await compiler.compile("gateway", slow));
      await eventually("it listens", () => fetch(`http://127.0.0.1:${port}/`).then(() => true));
      const waiting = fetch(`http://127.0.0.1:${port}/silent`);
      await eventually("it is under way", async () => (await device.status("gateway"))?.executions === 1);
      await device.client.request("workflow/deactivate", { id: "gateway" });
      const answer = await waiting;
      assert.deepEqual([answer.status, answer.headers.get("retry-after")], [503, "1"]);
      await answer.text();
      await assert.rejects(fetch(`http://127.0.0.1:${port}/`));
    });

    it("share a port, and are refused a route that another one has", async () => {
      const port = await freePort();
      await using device = await startDevice();
      const text = (name: string, path: string) => `eddy: 1
name: ${name}
connections: { door: { type: http, port: ${port} } }
nodes:
  in: { type: http-in, connection: door, path: ${path} }
  answer: { type: http-response, from: in, payload: "'${name}'" }
`;
      await device.deploy(await compiler.compile("first", text("first", "/first")));
      await device.deploy(await compiler.compile("second", text("second", "/second")));
      for (const name of ["first", "second"]) {
        const answer = await eventually("it listens", () => fetch(`http://127.0.0.1:${port}/${name}`));
        assert.equal(await answer.text(), name);
      }
      await assert.rejects(
        device.deploy(await compiler.compile("third", text("third", "/first"))),
        /"first"/,
      );
      assert.equal((await device.status("third"))?.state, "installed");
      assert.equal(await (await fetch(`http://127.0.0.1:${port}/first`)).text(), "first");
    });
  });
}
