import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import fc from "fast-check";
import { EddyError } from "../../../language/problem.ts";
import { type AgentClient, createAgentClient } from "../../../runtime/protocol/client.ts";
import {
  largestAnswer,
  largestRequest,
  linkedTransports,
  streamTransports,
  type Transport,
} from "../../../runtime/protocol/connection.ts";
import type { RequestHandlers, WorkflowStatus } from "../../../runtime/protocol/contract.ts";
import { type Peer, serveClient } from "../../../runtime/protocol/server.ts";

const status: WorkflowStatus = {
  id: "w",
  name: "W",
  version: "ab",
  state: "running",
  since: 1,
  executions: 2,
  errors: 0,
  rate: 0,
  nodes: [],
};

function handlersWith(own: Partial<RequestHandlers>): RequestHandlers {
  const unexpected = async () => {
    throw new Error("not expected here");
  };
  return new Proxy(own, {
    get: (target, name) => Reflect.get(target, name) ?? unexpected,
  }) as RequestHandlers;
}

function streamPair(): readonly [client: Transport, server: Transport] {
  const up = new PassThrough();
  const down = new PassThrough();
  return [
    streamTransports(down, up, { largestMessage: largestAnswer }),
    streamTransports(up, down, { largestMessage: largestRequest }),
  ];
}

function connect(
  own: Partial<RequestHandlers> | ((peer: Peer) => Partial<RequestHandlers>),
  [near, far]: readonly [Transport, Transport] = streamPair(),
): { client: AgentClient; errors: unknown[] } {
  const errors: unknown[] = [];
  serveClient(far, {
    handlers: (peer) => handlersWith(typeof own === "function" ? own(peer) : own),
    onError: (error) => errors.push(error),
  });
  return { client: createAgentClient(near), errors };
}

const code = (expected: string) => (error: unknown) => error instanceof EddyError && error.code === expected;

for (const [kind, pair] of [
  ["byte streams", streamPair],
  ["one process", linkedTransports],
] as const) {
  describe(`protocol over ${kind}`, () => {
    it("carries a request and its answer", async () => {
      const { client } = connect({ "workflow/list": async () => ({ workflows: [status] }) }, pair());
      assert.deepEqual(await client.request("workflow/list", {}), { workflows: [status] });
      client.close();
    });

    it("carries a refusal with code, sentence and details", async () => {
      const { client } = connect(
        {
          "workflow/activate": async ({ id }) => {
            throw new EddyError("EDDY_MISSING_SECRET", `No secret for ${id}.`, { details: { names: ["a"] } });
          },
        },
        pair(),
      );
      await assert.rejects(client.request("workflow/activate", { id: "w" }), (error: unknown) => {
        assert.ok(error instanceof EddyError);
        assert.equal(error.code, "EDDY_MISSING_SECRET");
        assert.equal(error.message, "No secret for w.");
        assert.deepEqual(error.details, { names: ["a"] });
        return true;
      });
      client.close();
    });

    it("tells a failure of the agent without its stack, and reports it there", async () => {
      const { client, errors } = connect(
        { "workflow/list": () => Promise.reject(new TypeError("x is not a function")) },
        pair(),
      );
      await assert.rejects(client.request("workflow/list", {}), (error: unknown) => {
        assert.ok(error instanceof EddyError && error.code === "EDDY_INTERNAL");
        assert.doesNotMatch(error.message, /\n|at /);
        return true;
      });
      assert.ok(errors[0] instanceof TypeError);
      client.close();
    });

    it("refuses params that do not fit before any handler sees them", async () => {
      let handled = 0;
      const { client } = connect(
        {
          "workflow/activate": async () => {
            handled++;
            return status;
          },
        },
        pair(),
      );
      for (const params of [{}, { id: "../etc" }, { id: 1 }, { id: "w", version: "zz" }, null, []]) {
        await assert.rejects(client.request("workflow/activate", params as never), code("EDDY_BAD_REQUEST"));
      }
      assert.equal(handled, 0);
      client.close();
    });

    it("refuses an answer that does not fit", async () => {
      const { client } = connect(
        { "workflow/list": async () => ({ workflows: [{ id: 1 }] }) as never },
        pair(),
      );
      await assert.rejects(client.request("workflow/list", {}), code("EDDY_BAD_ANSWER"));
      client.close();
    });

    it("rejects what waits when the connection ends", async () => {
      const [near, far] = pair();
      const { client } = connect({ "workflow/list": () => new Promise(() => {}) }, [near, far]);
      const waiting = client.request("workflow/list", {});
      const refused = assert.rejects(waiting, code("EDDY_CONNECTION_LOST"));
      far.close();
      await refused;
      await client.closed;
      await assert.rejects(client.request("workflow/list", {}), code("EDDY_CONNECTION_LOST"));
    });

    it("stops waiting when the caller aborts", async () => {
      const { client } = connect({ "workflow/list": () => new Promise(() => {}) }, pair());
      const abort = new AbortController();
      const waiting = client.request("workflow/list", {}, abort.signal);
      const refused = assert.rejects(waiting, { name: "AbortError" });
      abort.abort();
      await refused;
      client.close();
    });

    it("misses no notification between a subscription's answer and the first update", async () => {
      const { client } = connect(
        (peer) => ({
          "tap/subscribe": async () => {
            peer.notify("tap/values", { subscription: "s1", values: [], dropped: 1 });
            peer.notify("tap/values", { subscription: "other", values: [], dropped: 2 });
            queueMicrotask(() => peer.notify("tap/values", { subscription: "s1", values: [], dropped: 3 }));
            return { subscription: "s1" };
          },
          "subscription/cancel": async () => ({}),
        }),
        pair(),
      );
      const heard: number[] = [];
      const both = Promise.withResolvers<void>();
      await client.subscribe("tap/subscribe", { id: "w" }, (update) => {
        heard.push(update.dropped);
        if (heard.length === 2) both.resolve();
      });
      await both.promise;
      assert.deepEqual(heard, [1, 3]);
      client.close();
    });

    it("tells the agent that the client is gone", async () => {
      const gone = Promise.withResolvers<void>();
      const { client } = connect((peer) => {
        peer.closed.addEventListener("abort", () => gone.resolve());
        return { "workflow/list": async () => ({ workflows: [] }) };
      }, pair());
      await client.request("workflow/list", {});
      client.close();
      await gone.promise;
    });
  });
}

describe("protocol over a broken stream", () => {
  const frame = (text: string) => `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
  const list = frame('{"jsonrpc":"2.0","id":1,"method":"workflow/list","params":{}}');

  function serveBytes() {
    const input = new PassThrough();
    const output = new PassThrough();
    let handled = 0;
    let answer = "";
    output.on("data", (chunk) => {
      answer += chunk;
    });
    const ended = new Promise<void>((resolve) => {
      serveClient(streamTransports(input, output, { largestMessage: 10_000 }), {
        handlers: (peer) => {
          peer.closed.addEventListener("abort", () => resolve());
          return handlersWith({
            "workflow/list": async () => {
              handled++;
              return { workflows: [] };
            },
          });
        },
      });
    });
    return { input, ended, handled: () => handled, answer: () => answer };
  }

  it("reads frames however they are cut", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), async (cuts) => {
        const { input, ended, handled } = serveBytes();
        const bytes = Buffer.from(list + list.replace('"id":1', '"id":2'));
        let at = 0;
        for (const cut of cuts) {
          input.write(bytes.subarray(at, at + cut));
          at = Math.min(bytes.length, at + cut);
        }
        input.write(bytes.subarray(at));
        for (let ticks = 0; ticks < 100 && handled() < 2; ticks++) await new Promise(setImmediate);
        assert.equal(handled(), 2);
        input.end();
        await ended;
      }),
      { numRuns: 50 },
    );
    const { input, handled, answer } = serveBytes();
    for (const byte of Buffer.from(list)) input.write(Buffer.from([byte]));
    while (!answer().includes('"workflows":[]')) await new Promise(setImmediate);
    assert.equal(handled(), 1);
    input.destroy();
  });

  for (const [what, bytes] of [
    ["a length that is too large", "Content-Length: 10001\r\n\r\n"],
    ["a length that is no number", "Content-Length: -1\r\n\r\n{}"],
    ["no length", "Content-Type: x\r\n\r\n{}"],
    ["an endless header", "x".repeat(5000)],
    ["text that is not JSON", frame("{")],
    ["JSON that is no message", frame("[]")],
    ["another version of JSON-RPC", frame('{"id":1,"method":"workflow/list"}')],
  ] as const) {
    it(`ends the connection on ${what}`, async () => {
      const { input, ended, handled } = serveBytes();
      input.write(bytes + list);
      await ended;
      assert.equal(handled(), 0);
    });
  }

  it("survives any bytes and any JSON", async () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc.json().map((text) => Buffer.from(frame(text))),
      fc
        .record({ id: fc.anything(), method: fc.anything(), params: fc.anything() })
        .map((message) => Buffer.from(frame(JSON.stringify({ jsonrpc: "2.0", ...jsonSafe(message) })))),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(noise, { maxLength: 5 }), async (pieces) => {
        const { input, ended } = serveBytes();
        for (const piece of pieces) input.write(piece);
        input.end();
        await ended;
      }),
      { numRuns: 300 },
    );
  });
});

describe("a client that closes while it is still writing", () => {
  it("tells whoever waits, and ends no process", async () => {
    const output = new PassThrough({ highWaterMark: 1 });
    const client = createAgentClient(
      streamTransports(new PassThrough(), output, { largestMessage: 1_000_000 }),
    );
    const lost: unknown[] = [];
    const unhandled = (error: unknown) => lost.push(error);
    process.on("unhandledRejection", unhandled);
    try {
      const requests = [
        client.request("config/set", { env: { LONG: "x".repeat(1_000_000) } }),
        client.request("agent/info", {}),
      ];
      client.close();
      for (const request of requests) await assert.rejects(request, { code: "EDDY_CONNECTION_LOST" });
      await new Promise(setImmediate);
      await new Promise(setImmediate);
    } finally {
      process.off("unhandledRejection", unhandled);
    }
    assert.deepEqual(lost, []);
  });
});

function jsonSafe(value: unknown): object {
  return JSON.parse(
    JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? String(inner) : inner)) ?? "{}",
  );
}
