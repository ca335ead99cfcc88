import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import { EddyError } from "../../../language/problem.ts";
import { createHttpListener, type HttpListener } from "../../../runtime/agent/host/http-listener.ts";
import { createRouteTable } from "../../../runtime/agent/host/routes.ts";
import type { HttpRequest } from "../../../runtime/engine/contract.ts";
import { freePort } from "../../testbed/resources.ts";
import { createManualClock } from "./clock.ts";

const ok = (body: string) => ({ status: 200, headers: { "content-type": "text/plain" }, body });

async function start(port = 0) {
  const clock = createManualClock();
  const log: string[] = [];
  const problems: (string | undefined)[] = [];
  const listener = createHttpListener({
    address: { host: "127.0.0.1", port },
    clock,
    random: () => 1,
    log: (_, message) => log.push(message),
    onProblem: (problem) => problems.push(problem?.code),
  });
  return { listener, clock, log, problems, url: async () => `http://127.0.0.1:${await listener.port}` };
}

function answerWith(
  listener: HttpListener,
  method: string,
  path: string,
  answer: (request: HttpRequest) => string,
  workflow = "w",
  bodyLimit = 100,
) {
  return listener.route({
    workflow,
    method,
    path,
    target: {
      timeout: 1_000,
      access: { bodyLimit },
      receive: (request) => listener.respond(request.id, ok(answer(request))),
    },
  });
}

describe("HTTP routes", () => {
  const table = createRouteTable<number>();
  for (const [index, path] of ["/", "/orders", "/orders/:id", "/orders/new", "/:any/:thing/x"].entries()) {
    table.add({ workflow: "w", method: "GET", path, target: index });
  }
  for (const [path, expected, params] of [
    ["/", 0, {}],
    ["/orders/", 1, {}],
    ["/orders/7", 2, { id: "7" }],
    ["/orders/a%2Fb", 2, { id: "a/b" }],
    ["/orders/%", 2, { id: "%" }],
    ["/orders/new", 3, {}],
    ["/a/b/x", 4, { any: "a", thing: "b" }],
  ] as const) {
    it(`finds ${path}`, () => {
      const match = table.match("GET", path);
      assert.ok(match.kind === "found");
      assert.equal(match.route.target, expected);
      assert.deepEqual(match.params, params);
    });
  }

  it("tells a wrong method from a wrong path", () => {
    assert.deepEqual(table.match("POST", "/orders/7"), { kind: "method", allowed: ["GET"] });
    assert.deepEqual(table.match("GET", "/nothing"), { kind: "none" });
  });

  it("refuses a route that another workflow has", () => {
    assert.throws(
      () => table.add({ workflow: "v", method: "GET", path: "/orders/:other", target: 9 }),
      (error: unknown) =>
        error instanceof EddyError && error.code === "EDDY_ROUTE_TAKEN" && /"w"/.test(error.message),
    );
  });
});

describe("an HTTP listener", () => {
  it("hands over what a request says, and answers with what the workflow says", async () => {
    const { listener, url } = await start();
    let seen: HttpRequest | undefined;
    answerWith(listener, "POST", "/orders/:id", (request) => {
      seen = request;
      return "done";
    });
    const answer = await fetch(`${await url()}/orders/7?a=1&b=2&b=3`, {
      method: "POST",
      body: "{}",
      headers: { "x-more": "1" },
    });
    assert.equal(answer.status, 200);
    assert.equal(await answer.text(), "done");
    assert.equal(seen?.path, "/orders/7");
    assert.deepEqual(seen?.params, { id: "7" });
    assert.deepEqual(seen?.query, { a: "1", b: ["2", "3"] });
    assert.equal(seen?.headers["x-more"], "1");
    assert.equal(Buffer.from(seen?.body ?? []).toString(), "{}");
    await listener.close();
  });

  it("answers 404, 405, 413 and 400 by itself", async () => {
    const { listener, url } = await start();
    answerWith(listener, "PUT", "/x", () => "");
    const base = await url();
    assert.equal((await fetch(`${base}/y`)).status, 404);
    const wrongMethod = await fetch(`${base}/x`);
    assert.equal(wrongMethod.status, 405);
    assert.equal(wrongMethod.headers.get("allow"), "PUT");
    assert.equal((await fetch(`${base}/x`, { method: "PUT", body: "x".repeat(101) })).status, 413);
    const chunked = new ReadableStream({
      start(controller) {
        for (let piece = 0; piece < 20; piece++) controller.enqueue(new TextEncoder().encode("0123456789"));
        controller.close();
      },
    });
    assert.equal(
      (await fetch(`${base}/x`, { method: "PUT", body: chunked, duplex: "half" } as RequestInit)).status,
      413,
    );
    assert.equal(await rawStatus(await listener.port, "http://[/"), 400);
    await listener.close();
  });

  it("answers 504 when the workflow does not, and takes no answer after it", async () => {
    const { listener, clock, url } = await start();
    const arrived = Promise.withResolvers<string>();
    listener.route({
      workflow: "w",
      method: "GET",
      path: "/",
      target: { timeout: 500, access: { bodyLimit: 1 }, receive: ({ id }) => arrived.resolve(id) },
    });
    const answer = fetch(await url());
    const id = await arrived.promise;
    clock.pass(500);
    assert.equal((await answer).status, 504);
    assert.equal(listener.respond(id, ok("late")), false);
    await listener.close();
  });

  it("asks for credentials and never hands them on", async () => {
    const { listener, url } = await start();
    let headers: HttpRequest["headers"] = {};
    listener.route({
      workflow: "w",
      method: "GET",
      path: "/",
      target: {
        timeout: 500,
        access: { bodyLimit: 1, authorization: "Bearer abc", scheme: "Bearer" },
        receive: (request) => {
          headers = request.headers;
          listener.respond(request.id, ok("in"));
        },
      },
    });
    const refused = await fetch(await url());
    assert.equal(refused.status, 401);
    assert.equal(refused.headers.get("www-authenticate"), "Bearer");
    for (const authorization of ["Bearer abd", "Bearer abc ", "Bearer", "Basic abc"]) {
      const status = (await fetch(await url(), { headers: { authorization } })).status;
      // A space at the end of a header's value does not count.
      assert.equal(status, authorization === "Bearer abc " ? 200 : 401);
    }
    assert.equal((await fetch(await url(), { headers: { authorization: "Bearer abc" } })).status, 200);
    assert.equal(headers.authorization, undefined);
    await listener.close();
  });

  it("makes 500 of a response that HTTP does not allow", async () => {
    const { listener, url } = await start();
    for (const [path, response] of [
      ["/status", { status: 99, headers: {}, body: "" }],
      ["/header", { status: 200, headers: { "x y": "1" }, body: "" }],
      ["/value", { status: 200, headers: { x: "a\nb" }, body: "" }],
    ] as const) {
      listener.route({
        workflow: "w",
        method: "GET",
        path,
        target: {
          timeout: 500,
          access: { bodyLimit: 1 },
          receive: ({ id }) => listener.respond(id, response),
        },
      });
      assert.equal((await fetch((await url()) + path)).status, 500);
    }
    await listener.close();
  });

  it("loses no request while a workflow changes its version", async () => {
    const { listener, url } = await start();
    const base = await url();
    let route = answerWith(listener, "GET", "/x", () => "0");
    const answers: Promise<string>[] = [];
    for (let version = 1; version <= 20; version++) {
      listener.hold("w");
      route.dispose();
      answers.push(fetch(`${base}/x`).then(async (answer) => `${answer.status} ${await answer.text()}`));
      await new Promise(setImmediate);
      const own = version;
      route = answerWith(listener, "GET", "/x", () => String(own));
      listener.release("w");
    }
    for (const answer of await Promise.all(answers)) assert.match(answer, /^200 \d+$/);
    listener.hold("w");
    route.dispose();
    const lost = fetch(`${base}/x`);
    // It waits as long as the change lasts, and learns then that nobody answers any more.
    await fetch(`${base}/other`);
    listener.release("w");
    assert.equal((await lost).status, 404);
    await listener.close();
  });

  it("says why nothing is heard on an address that is taken, and hears there once it is free", async () => {
    const port = await freePort();
    const first = await start(port);
    await first.listener.port;
    const second = await start(port);
    while (second.problems.length === 0) await new Promise(setImmediate);
    assert.deepEqual(second.problems, ["EDDY_ADDRESS"]);
    await first.listener.close();
    second.clock.pass(1_000);
    await second.listener.port;
    assert.deepEqual(second.problems, ["EDDY_ADDRESS", undefined]);
    assert.equal(second.log.length, 2);
    await second.listener.close();
  });
});

function rawStatus(port: number, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    httpRequest({ host: "127.0.0.1", port, path }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on("error", reject)
      .end();
  });
}
