import assert from "node:assert/strict";
import type { HttpConnection, Message } from "../../../runtime/engine/contract.ts";
import httpIn from "../../../runtime/nodes/http-in.ts";
import httpResponse from "../../../runtime/nodes/http-response.ts";
import { createNodeHarness, type NodeHarness } from "../harness.ts";
import { createMemoryHost, testSecret } from "../memory-host.ts";
import { member, payload } from "./expressions.ts";

async function startIn(params: Partial<Parameters<typeof httpIn.create>[1]> = {}) {
  const host = createMemoryHost();
  const connection = host.connect("", "http", {});
  const node = createNodeHarness(
    httpIn,
    { path: "/orders/:id", method: "POST", connection, ...params },
    { host },
  );
  await node.start();
  return node;
}

describe("http-in", () => {
  it("makes a message of a request", async () => {
    const node = await startIn();
    assert.deepEqual(node.host.http.routes, ["POST /orders/:id"]);
    const headers = { "content-type": "application/json" };
    void node.host.http.request("POST", "/orders/a%20b", {
      body: '{"n":1}',
      headers,
      query: { q: ["1", "2"] },
    });
    const [message] = node.messages();
    assert.equal(message?.topic, "/orders/a%20b");
    assert.deepEqual(message?.payload, { n: 1 });
    const { params, query, method, headers: given } = message?.source ?? {};
    assert.deepEqual([params, query, method, given], [{ id: "a b" }, { q: ["1", "2"] }, "POST", headers]);
    await node.stop();
    assert.deepEqual(node.host.http.routes, []);
  });

  for (const [type, body, expected] of [
    ["application/json; charset=utf-8", "[1]", [1]],
    ["Application/Problem+JSON", '"x"', "x"],
    ["text/plain", "5", "5"],
    ["application/x-www-form-urlencoded", "a=1&b=x+y", { a: "1", b: "x y" }],
    ["", "5", 5],
    ["", "five", "five"],
    ["application/json", "", undefined],
  ] as const) {
    it(`reads a body of type "${type}"`, async () => {
      const node = await startIn();
      void node.host.http.request("POST", "/orders/1", { body, headers: { "content-type": type } });
      assert.deepEqual(node.payloads(), [expected]);
      await node.stop();
    });
  }

  it("answers 400 where the body is not what it says, and tells by error", async () => {
    const node = await startIn();
    for (const [type, body] of [
      ["application/json", "{"],
      ["text/plain", new Uint8Array([0xff])],
    ] as const) {
      const answer = await node.host.http.request("POST", "/orders/1", {
        body,
        headers: { "content-type": type },
      });
      assert.equal(answer.status, 400);
    }
    assert.equal(node.errors.length, 2);
    assert.deepEqual(node.messages(), []);
    await node.stop();
  });

  it("answers 503 with a time while the workflow can take no more", async () => {
    const host = createMemoryHost();
    const connection = host.connect("", "http", {});
    const messages: Message[] = [];
    const context = { host, settings: {}, newId: () => "id", clock: host.clock, fail: assert.fail };
    const params = { path: "/", method: "GET", connection };
    const node = httpIn.create(context as never, params, { out: (message) => messages.push(message) });
    await node.open();
    node.pause?.();
    const { status, headers } = await host.http.request("GET", "/");
    assert.deepEqual([status, headers["retry-after"]], [503, "1"]);
    node.resume?.();
    void host.http.request("GET", "/");
    assert.equal(messages.length, 1);
    await node.close();
  });

  for (const [settings, expected] of [
    [{}, 30_000],
    [{ timeout: 500 }, 500],
  ] as const) {
    it(`gives up waiting for an answer after ${expected} ms`, async () => {
      const asked: number[] = [];
      const connection: HttpConnection = {
        route(_method, _path, timeout) {
          asked.push(timeout);
          return { dispose() {} };
        },
      };
      const node = createNodeHarness(httpIn, { path: "/", method: "GET", connection }, { settings });
      await node.start();
      await node.stop();
      assert.deepEqual(asked, [expected]);
    });
  }
});

describe("http-response", () => {
  /** Sends a request through both nodes. */
  async function answered(
    params: Partial<Parameters<typeof httpResponse.create>[1]>,
    body = "null",
  ): Promise<{
    readonly node: NodeHarness;
    readonly answer: ReturnType<NodeHarness["host"]["http"]["request"]>;
  }> {
    const from = await startIn();
    const node = createNodeHarness(httpResponse, { payload, ...params }, { host: from.host, ports: [] });
    const headers = { "content-type": "application/json" };
    const answer = from.host.http.request("POST", "/orders/1", { body, headers });
    const [message] = from.messages();
    assert.ok(message);
    node.send(message);
    await from.stop();
    return { node, answer };
  }

  for (const [body, content, type] of [
    ['{"a":1}', '{"a":1}', "application/json"],
    ['"text"', "text", "text/plain; charset=utf-8"],
    ["5", "5", "application/json"],
    ["null", "", "application/json"],
  ] as const) {
    it(`answers with ${body}`, async () => {
      const { answer } = await answered({}, body);
      const { status, headers, body: sent } = await answer;
      assert.deepEqual([status, headers["content-type"], sent], [200, type, content]);
    });
  }

  it("answers with a status and headers of its own", async () => {
    const headers = { "Cache-Control": () => "no-store", "X-Key": () => testSecret("KEY", "k3y") };
    const { answer } = await answered({ status: member("status"), headers }, '{"status": 418}');
    const { status, headers: sent } = await answer;
    assert.equal(status, 418);
    assert.equal(sent["cache-control"], "no-store");
    assert.equal(sent["x-key"], "k3y");
  });

  it("lets a header say what the body is", async () => {
    const { answer } = await answered({ headers: { "content-type": () => "text/csv" } }, '"a,b"');
    assert.equal((await answer).headers["content-type"], "text/csv");
  });

  for (const status of [99, 101, 600, 200.5, "200", null, Number.NaN]) {
    it(`refuses a status that is none: ${status}`, async () => {
      const { node } = await answered({ status: () => status });
      assert.equal(node.errors[0]?.payload.code, "EDDY_HTTP_STATUS");
    });
  }

  for (const value of ["a\r\nset-cookie: x=1", "a\0", "€"]) {
    it(`refuses a header that would be more than one: ${JSON.stringify(value)}`, async () => {
      const { node } = await answered({ headers: { "x-name": () => value } });
      assert.equal(node.errors[0]?.payload.code, "EDDY_HTTP_HEADER");
    });
  }

  it("answers once, and only who has asked", async () => {
    const { node } = await answered({});
    node.send({ payload: 1, source: { request: "request-1" } });
    node.send({ payload: 1 });
    node.send({ payload: 1, source: { request: 5 } });
    assert.deepEqual(
      node.errors.map(({ payload: { code } }) => code),
      ["EDDY_NO_REQUEST", "EDDY_NO_REQUEST", "EDDY_NO_REQUEST"],
    );
  });
});
