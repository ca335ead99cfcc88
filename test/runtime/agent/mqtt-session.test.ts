import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { readMqttParams } from "../../../runtime/agent/host/mqtt-params.ts";
import { createMqttSession } from "../../../runtime/agent/host/mqtt-session.ts";
import { systemClock } from "../../../runtime/engine/clock.ts";
import { eventually, freePort } from "../../testbed/resources.ts";

describe("an MQTT session", () => {
  it("hands over what is not done in the order in which it came, also where packet ids begin anew", async () => {
    const ids = [65_534, 65_535, 1, 2];
    const acknowledged: number[] = [];
    await using broker = await startBroker({
      subscribed: (socket) => {
        for (const id of ids) socket.write(publish(id));
      },
      acknowledged: (id) => acknowledged.push(id),
    });
    const session = createMqttSession({
      params: readMqttParams({ url: broker.url }),
      clientId: "order",
      isKept: true,
      clock: systemClock(),
      random: Math.random,
      log() {},
    });
    try {
      let taken = 0;
      const first = session.subscribe("a", 1, () => taken++);
      await eventually("all are taken", () => taken === ids.length);
      session.hold();
      first.dispose();
      const heard: string[] = [];
      session.subscribe("a", 1, (message) => {
        heard.push(Buffer.from(message.payload).toString());
        message.acknowledge();
      });
      session.release();
      assert.deepEqual(heard, ids.map(String));
      await eventually("the broker knows", () => acknowledged.length === ids.length);
      assert.deepEqual(acknowledged, ids);
    } finally {
      await session.close();
    }
  });
});

interface Heard {
  subscribed(socket: Socket): void;
  acknowledged(id: number): void;
}

/** As much of a broker as is needed to choose the ids of packets. All that it is sent is shorter than 128 bytes. */
async function startBroker(heard: Heard): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    let rest: Buffer = Buffer.alloc(0);
    socket.on("data", (bytes) => {
      rest = Buffer.concat([rest, bytes]);
      for (let end = 2 + (rest[1] ?? 0); rest.length >= Math.max(2, end); end = 2 + (rest[1] ?? 0)) {
        answer(socket, rest.subarray(0, end), heard);
        rest = rest.subarray(end);
      }
    });
  });
  const port = await freePort();
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `mqtt://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(socket: Socket, packet: Buffer, heard: Heard): void {
  const kind = packet.readUInt8(0) >> 4;
  // CONNECT and its CONNACK, without properties.
  if (kind === 1) socket.write(Buffer.from([0x20, 3, 0, 0, 0]));
  else if (kind === 4) heard.acknowledged(packet.readUInt16BE(2));
  else if (kind === 8) {
    // SUBSCRIBE and its SUBACK: its id, no properties, QoS 1 granted.
    socket.write(Buffer.from([0x90, 4, ...packet.subarray(2, 4), 0, 1]));
    heard.subscribed(socket);
  }
}

/** PUBLISH of QoS 1 to `a`, with its id as text. */
function publish(id: number): Buffer {
  const payload = Buffer.from(String(id));
  return Buffer.concat([Buffer.from([0x32, 6 + payload.length, 0, 1, 0x61, id >> 8, id & 0xff, 0]), payload]);
}
