import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Message } from "../../../runtime/engine/contract.ts";
import httpRequest from "../../../runtime/nodes/http-request.ts";
import { createNodeHarness, type HarnessOptions } from "../harness.ts";
import { testSecret } from "../memory-host.ts";
import { payload } from "./expressions.ts";

type Params = Parameters<typeof httpRequest.create>[1];
type Answer = (request: IncomingMessage, response: ServerResponse) => void;

describe("http-request", () => {
  let server: Server;
  let url: string;
  let answer: Answer;
  let seen: {
    readonly method: string;
    readonly path: string;
    readonly headers: IncomingMessage["headers"];
    body: string;
  }[];

  before(async () => {
    server = createServer((request, response) => {
      const { method = "", url: path = "", headers } = request;
      const one = { method, path, headers, body: "" };
      seen.push(one);
      request.setEncoding("utf8").on("data", (text: string) => {
        one.body += text;
      });
      request.on("end", () => answer(request, response));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    assert.ok(typeof address === "object" && address);
    url = `http://127.0.0.1:${address.port}`;
  });

  after(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });

  beforeEach(() => {
    seen = [];
    answer = json({ ok: true });
  });

  function start(params: Partial<Params> = {}, options: HarnessOptions = {}) {
    const body = (_: Message, result: { readonly body: unknown }) => result.body;
    const all = { url: () => `${url}/x`, method: "GET", payload: body, ...params };
    return createNodeHarness(httpRequest, all, options);
  }

  async function send(
    params: Partial<Params> = {},
    message: Partial<Message> = {},
    options: HarnessOptions = {},
  ) {
    const node = start(params, options);
    node.send(message);
    await node.settled();
    return node;
  }

  it("asks, and hands on what comes back with all that the message had", async () => {
    const node = await send(
      { url: ({ payload: id }) => `${url}/items/${id}` },
      { payload: 5, topic: "t", source: { a: 1 } },
    );
    assert.deepEqual([seen[0]?.method, seen[0]?.path, seen[0]?.body], ["GET", "/items/5", ""]);
    const [message] = node.messages();
    assert.deepEqual([message?.payload, message?.topic, message?.source], [{ ok: true }, "t", { a: 1 }]);
  });

  it("has the answer's body, status and headers for its payload", async () => {
    answer = (_, response) => response.writeHead(201, { "x-name": "value" }).end("text");
    const node = await send(
      {
        payload: (message, { status, headers, body }) => [message.payload, status, headers["x-name"], body],
      },
      { payload: 1 },
    );
    const [[sent, status, header, body] = []] = node.payloads() as readonly unknown[][];
    assert.deepEqual([sent, status, header], [1, 201, "value"]);
    assert.deepEqual(body, new TextEncoder().encode("text"));
  });

  for (const [type, body, expected] of [
    ["application/json", '{"a":1}', { a: 1 }],
    ["application/vnd.x+json; charset=utf-8", "[1]", [1]],
    ["application/json", "", ""],
    ["text/plain", "5", "5"],
    ["application/xml", "<a/>", "<a/>"],
  ] as const) {
    it(`reads an answer of type ${type}: ${body}`, async () => {
      answer = (_, response) => response.writeHead(200, { "content-type": type }).end(body);
      const node = await send();
      assert.deepEqual(node.payloads(), [expected]);
    });
  }

  it("sends a body: texts as they are, data as JSON, secrets as what they are", async () => {
    const key = testSecret("KEY", "k3y");
    const method = "POST";
    await send({ method, body: payload }, { payload: "text" });
    await send({ method, body: payload }, { payload: { a: [1], key } });
    await send({ method, body: payload, headers: { "content-type": () => "text/csv" } }, { payload: "a,b" });
    await send({ method, body: () => key });
    await send({ method, body: () => new Uint8Array([65]) });
    await send({ method, body: () => undefined });
    assert.deepEqual(
      seen.map(({ headers, body }) => [headers["content-type"], body]),
      [
        ["text/plain; charset=utf-8", "text"],
        ["application/json", '{"a":[1],"key":"k3y"}'],
        ["text/csv", "a,b"],
        ["text/plain; charset=utf-8", "k3y"],
        ["application/octet-stream", "A"],
        [undefined, ""],
      ],
    );
  });

  it("sends secrets in headers and in the address", async () => {
    await send({
      url: () => testSecret("URL", `${url}/?token=t0ken`),
      headers: { authorization: () => testSecret("KEY", "Bearer k3y") },
    });
    assert.deepEqual([seen[0]?.path, seen[0]?.headers.authorization], ["/?token=t0ken", "Bearer k3y"]);
  });

  for (const status of [400, 404, 500, 503]) {
    it(`sends an answer of ${status} out by error`, async () => {
      answer = (_, response) => response.writeHead(status, { "content-type": "text/plain" }).end("why not");
      const node = await send();
      assert.equal(node.errors[0]?.payload.code, `EDDY_HTTP_${status}`);
      assert.match(node.errors[0]?.payload.message ?? "", /why not/);
    });
  }

  it("sends an answer that is not what it says out by error", async () => {
    answer = (_, response) => response.writeHead(200, { "content-type": "application/json" }).end("{");
    const node = await send();
    assert.equal(node.errors[0]?.payload.code, "EDDY_HTTP_BODY");
  });

  it("does not take an answer that is larger than memory should hold", async () => {
    answer = (_, response) => {
      const chunk = Buffer.alloc(1024 * 1024);
      const more = () => {
        while (!response.destroyed && response.write(chunk));
        if (!response.destroyed) response.once("drain", more);
      };
      more();
    };
    const node = await send();
    assert.equal(node.errors[0]?.payload.code, "EDDY_HTTP_BODY");
  });

  it("says why a service could not be reached, without the address", async () => {
    const node = await send({ url: () => testSecret("URL", "http://127.0.0.1:1/?token=t0ken") });
    const [error] = node.errors;
    assert.equal(error?.payload.code, "EDDY_HTTP_UNREACHABLE");
    assert.match(error?.payload.message ?? "", /127\.0\.0\.1:1 could not be reached/);
    assert.doesNotMatch(JSON.stringify(error), /t0ken/);
  });

  for (const wrong of [
    "",
    "example.com",
    "file:///etc/passwd",
    "http://",
    "data:text/plain,x",
    "//x?token=t0ken",
  ]) {
    it(`refuses an address that is none: "${wrong}"`, async () => {
      const node = await send({ url: () => testSecret("URL", wrong) });
      assert.equal(node.errors[0]?.payload.code, "EDDY_HTTP_URL");
      assert.doesNotMatch(JSON.stringify(node.errors[0]), /t0ken/);
    });
  }

  it("gives up after its timeout, and tells the service", async () => {
    let arrived = () => {};
    let closed = () => {};
    const isThere = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const isClosed = new Promise<void>((resolve) => {
      closed = resolve;
    });
    answer = (request) => {
      request.socket.once("close", closed);
      arrived();
    };
    const node = start({}, { settings: { timeout: 1000 } });
    node.send({});
    await isThere;
    await node.clock.advance(1000);
    await isClosed;
    assert.equal(node.errors[0]?.payload.code, "EDDY_TIMEOUT");
    assert.deepEqual(node.messages(), []);
  });

  it("tries again as often as it is told to", async () => {
    let count = 0;
    answer = (request, response) => {
      if (++count < 3) response.writeHead(503).end();
      else json({ count })(request, response);
    };
    const node = start({}, { settings: { retry: { attempts: 3, backoff: 1000 } } });
    let isSettled = false;
    node.send({});
    void node.settled().then(() => {
      isSettled = true;
    });
    while (!isSettled) await node.clock.advance(100);
    assert.deepEqual(node.payloads(), [{ count: 3 }]);
  });
});

function json(value: unknown): Answer {
  return (_, response) =>
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
}
