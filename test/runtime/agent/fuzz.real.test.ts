import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import fc from "fast-check";
import type { TSchema } from "typebox";
import { Check } from "typebox/value";
import { EddyError } from "../../../language/problem.ts";
import { listen } from "../../../runtime/agent/process.ts";
import { createAgentClient } from "../../../runtime/protocol/client.ts";
import { largestAnswer, streamTransports } from "../../../runtime/protocol/connection.ts";
import { type RequestName, requests } from "../../../runtime/protocol/contract.ts";
import { agentSocketPath } from "../../../runtime/protocol/socket.ts";
import { type DeviceHere, startDevice } from "./device.ts";
import { install, makeArtifact } from "./workflows.ts";

/** `npm run torture` asks for more. */
const runs = Number(process.env.EDDY_FUZZ_RUNS ?? 500);
const names = Object.keys(requests) as RequestName[];
const frame = (text: string) => `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;

/** Values that code trips over, where an honest client sends something of use. */
const nasty = fc.oneof(
  fc.constantFrom("../../etc/passwd", "__proto__", "constructor", "", "w\0", "a/b", "..", "w".repeat(300)),
  fc.constantFrom(-1, 1e308, 2 ** 53, 0.5, null, true),
  fc.jsonValue(),
);
const params = fc.oneof(
  fc.jsonValue(),
  fc.record(
    {
      id: nasty,
      version: nasty,
      size: nasty,
      offset: nasty,
      data: nasty,
      node: nasty,
      message: nasty,
      env: nasty,
      secrets: nasty,
      workflow: nasty,
      interval: nasty,
      lines: nasty,
      follow: nasty,
      subscription: nasty,
    },
    { requiredKeys: [] },
  ),
);

async function withSocket(device: DeviceHere) {
  const server = await listen(device.agent(), agentSocketPath(device.home));
  return {
    connect: () => connect(agentSocketPath(device.home)),
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

/** What an agent keeps that a request could have changed. */
function filesOf(home: string): readonly string[] {
  return readdirSync(home, { recursive: true, encoding: "utf8" })
    .filter((name) => !/\.(log|db-wal|db-shm)$/.test(name))
    .sort();
}

describe("an agent that is sent what nobody means", function () {
  this.timeout(3_600_000);

  it(`survives ${runs} broken frames`, async () => {
    await using device = await startDevice();
    await device.deploy({ id: "w" });
    await using socket = await withSocket(device);
    const before = filesOf(device.home);
    const good = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "workflow/remove", params: { id: "w" } });
    const broken = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc.string({ unit: "binary", maxLength: 200 }).map((text) => Buffer.from(frame(text))),
      fc.nat(good.length - 2).map((at) => Buffer.from(frame(good.slice(0, at + 1)))),
      fc.nat(good.length - 1).map((at) => Buffer.from(frame(good).slice(0, at + 1))),
      fc
        .constantFrom("-1", "1e9", "99999999999", "0x10", "")
        .map((length) => Buffer.from(`Content-Length: ${length}\r\n\r\n${good}`)),
    );
    await fc.assert(
      fc.asyncProperty(broken, async (bytes) => {
        const client = socket.connect();
        client.on("error", () => {
          // The agent ends the connection while it is written to.
        });
        const closed = new Promise((resolve) => client.once("close", resolve));
        client.resume();
        client.end(bytes);
        await closed;
      }),
      { numRuns: runs },
    );
    assert.deepEqual(filesOf(device.home), before);
    assert.equal(await device.inject("w", "well"), "well");
  });

  it(`refuses ${runs} requests that do not fit`, async () => {
    await using device = await startDevice();
    await device.deploy({ id: "w" });
    await using socket = await withSocket(device);
    const before = filesOf(device.home);
    const stream = socket.connect();
    const client = createAgentClient(streamTransports(stream, stream, { largestMessage: largestAnswer }));
    let refusals = 0;
    const misfit = fc
      .tuple(fc.constantFrom(...names), params)
      .filter(([name, value]) => !Check(requests[name].params as TSchema, value ?? {}));
    await fc.assert(
      fc.asyncProperty(misfit, async ([name, value]) => {
        await assert.rejects(client.request(name, value as never), (error: unknown) => {
          assert.ok(error instanceof EddyError);
          // JSON-RPC knows lists and objects only; the client's library makes others into a list of one.
          assert.ok(
            ["EDDY_BAD_REQUEST", "EDDY_UNKNOWN_REQUEST", "EDDY_INTERNAL"].includes(error.code),
            error.code,
          );
          assert.doesNotMatch(error.message, /\n/);
          refusals++;
          return true;
        });
      }),
      { numRuns: runs },
    );
    assert.equal(refusals, runs);
    client.close();
    assert.deepEqual(filesOf(device.home), before);
    assert.equal(await device.inject("w", "well"), "well");
  });

  it(`takes none of ${runs} artifacts that are not what was signed`, async () => {
    await using device = await startDevice();
    await device.deploy({ id: "w", work: "'good'" });
    const before = filesOf(device.home);
    const { bytes, version } = await makeArtifact({ id: "w", work: "'new'" });
    const signed = device.desk.sign(bytes);
    const at = fc.nat(signed.length - 1);
    const change = (changes: readonly (readonly [number, number])[]) => {
      const copy = Uint8Array.from(signed);
      for (const [index, mask] of changes) copy[index] = (copy[index] ?? 0) ^ mask;
      return copy;
    };
    const altered = fc.oneof(
      fc.array(fc.tuple(at, fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 8 }).map(change),
      at.filter((length) => length > 0).map((length) => signed.subarray(0, length)),
      fc.tuple(at, at).map(([from, to]) => Buffer.concat([signed.subarray(0, from), signed.subarray(to)])),
      fc.uint8Array({ minLength: 1, maxLength: 500 }),
      fc.uint8Array({ minLength: 1, maxLength: 50 }).map((more) => Buffer.concat([signed, more])),
    );
    let same = 0;
    await fc.assert(
      fc.asyncProperty(altered, async (artifact) => {
        try {
          await install(device.client, "w", version, artifact);
        } catch (error) {
          assert.ok(error instanceof EddyError && error.code.startsWith("EDDY_ARTIFACT_"), String(error));
          assert.doesNotMatch(error.message, /\n/);
          return;
        }
        // What the archive says beside its files, such as their dates, changes nothing of what was signed.
        same++;
        await device.client.request("workflow/activate", { id: "w", version });
        assert.equal(await device.inject("w"), "new");
        await device.client.request("workflow/remove", { id: "w" });
        await device.deploy({ id: "w", work: "'good'" });
      }),
      { numRuns: runs },
    );
    assert.ok(same < runs / 10, `${same}`);
    if (same === 0) assert.deepEqual(filesOf(device.home), before);
    assert.deepEqual(
      readdirSync(join(device.home, "workflows/w")).filter((name) => name.startsWith(".")),
      [],
    );
    assert.equal(await device.inject("w"), "good");
  });
});
