import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import fc from "fast-check";
import { createNetwork } from "../../../runtime/agent/host/network.ts";
import { createMemoryStorage } from "../../../runtime/agent/host/storage.ts";
import { systemClock } from "../../../runtime/engine/clock.ts";
import { openBroker } from "../../../runtime/protocol/mqtt/broker.ts";

/** `npm run torture` asks for more. */
const runs = Number(process.env.EDDY_FUZZ_RUNS ?? 300);

/** MQTT 5: accepted, without properties. */
const accepted = Buffer.from([0x20, 3, 0, 0, 0]);
const publish = (payload: string) => {
  const body = Buffer.concat([Buffer.from([0, 1, 0x74, 0, 7, 0]), Buffer.from(payload)]);
  return Buffer.concat([Buffer.from([0x32, body.length]), body]);
};
const good = publish("good");

const frames = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 200 }),
  fc
    .tuple(fc.nat(255), fc.uint8Array({ maxLength: 100 }))
    .map(([type, bytes]) => [type, bytes.length, ...bytes]),
  fc.nat(good.length - 1).map((length) => good.subarray(0, length)),
  fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, mask]) => {
    const copy = Buffer.from(good);
    copy[at] = (copy[at] ?? 0) ^ mask;
    return copy;
  }),
);

/** Answers to CONNECT, sends one frame, and ends the connection. */
async function startLiar(next: () => Uint8Array | undefined) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {
      // The client ends what it cannot read.
    });
    socket.once("close", () => sockets.delete(socket));
    socket.once("data", () => {
      const frame = next();
      socket.write(accepted);
      if (frame) socket.end(frame);
      else socket.write(good);
      socket.resume();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `mqtt://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe("a broker that sends what is no MQTT", function () {
  this.timeout(600_000);

  it(`is survived ${runs} times, and a good one is heard afterwards`, async () => {
    const waiting = fc.sample(frames, runs).map((frame) => Uint8Array.from(frame));
    const heard = Promise.withResolvers<void>();
    await using liar = await startLiar(() => waiting.shift());
    // Waits between two connections are as short as they can be.
    const network = createNetwork({ random: () => 0.002, clientPrefix: "fuzz", keepsSessions: true });
    const tenant = { workflow: "w", clock: systemClock(), storage: createMemoryStorage(), log: () => {} };
    const connection = network.mqtt(tenant, "broker", { url: liar.url });
    connection.subscribe("t", 1, (message) => {
      if (waiting.length === 0 && Buffer.from(message.payload).toString() === "good") heard.resolve();
      message.acknowledge();
    });
    await heard.promise;
    assert.equal(waiting.length, 0);
    await network.close();
  });

  it(`does the agent's own connection no harm either, ${runs} times`, async () => {
    const waiting = fc.sample(frames, runs).map((frame) => Uint8Array.from(frame));
    const heard = Promise.withResolvers<void>();
    await using liar = await startLiar(() => waiting.shift());
    const client = await openBroker({ url: liar.url }, { clientId: "fuzz", reconnectPeriod: 1 });
    client.on("error", () => {
      // It tries again.
    });
    client.on("message", (_topic, payload) => {
      if (waiting.length === 0 && payload.toString() === "good") heard.resolve();
    });
    await heard.promise;
    await client.endAsync(true);
  });
});
