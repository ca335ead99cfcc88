import assert from "node:assert/strict";
import { connectAsync } from "mqtt";
import { createSizeWatch, largestIncoming } from "../../../runtime/agent/host/mqtt-packets.ts";
import { createNetwork } from "../../../runtime/agent/host/network.ts";
import { createMemoryStorage } from "../../../runtime/agent/host/storage.ts";
import { systemClock } from "../../../runtime/engine/clock.ts";
import { startMosquitto } from "../../testbed/mosquitto.ts";
import { eventually } from "../../testbed/resources.ts";

const megabyte = 2 ** 20;

describe("how large what a broker sends may be", function () {
  this.timeout(60_000);

  it("is 16 MB, and less where there is little memory", () => {
    assert.equal(largestIncoming(8 * 1024 * megabyte), 16 * megabyte);
    assert.equal(largestIncoming(512 * megabyte), 16 * megabyte);
    assert.equal(largestIncoming(128 * megabyte), 4 * megabyte);
  });

  it("is known from the first bytes of a packet, in whatever pieces it comes", () => {
    const packetOf = (size: number) => {
      const head = [0x30];
      for (let rest = size; ; rest = Math.floor(rest / 128)) {
        head.push((rest % 128) + (rest >= 128 ? 128 : 0));
        if (rest < 128) break;
      }
      return Buffer.concat([Buffer.from(head), Buffer.alloc(size, 0xff)]);
    };
    const sizes = [0, 1, 127, 128, 16_383, 16_384, 20_000, 0, 5];
    const bytes = Buffer.concat(sizes.map(packetOf));
    for (const piece of [1, 2, 3, 7, 1_000, bytes.length]) {
      const found: number[] = [];
      const watch = createSizeWatch(16_383, (size) => found.push(size));
      for (let at = 0; at < bytes.length; at += piece) watch(bytes.subarray(at, at + piece));
      assert.deepEqual(found, [16_384, 20_000], `in pieces of ${piece}`);
    }
    const found: number[] = [];
    createSizeWatch(megabyte, (size) => found.push(size))(Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]));
    assert.deepEqual(found, [2 ** 28 - 1]);
  });

  async function open(url: string, version: "3.1.1" | "5") {
    const problems: (string | undefined)[] = [];
    const log: string[] = [];
    const heard: number[] = [];
    const network = createNetwork({
      // Pauses are a twentieth of their bound.
      random: () => 0.05,
      clientPrefix: "sizes",
      keepsSessions: true,
      onProblem: (_workflow, _connection, problem) => problems.push(problem?.code),
    });
    const connection = network.mqtt(
      {
        workflow: "w",
        clock: systemClock(),
        storage: createMemoryStorage(),
        log: (_level, message) => log.push(message),
      },
      "broker",
      { url, version },
    );
    connection.subscribe("sizes/#", 1, (message) => {
      heard.push(message.payload.length);
      message.acknowledge();
    });
    return { problems, log, heard, [Symbol.asyncDispose]: () => network.close() };
  }

  it("is told to a broker of MQTT 5, which leaves out what is larger, and goes on", async () => {
    await using broker = await startMosquitto();
    await using sender = await connectAsync(broker.url, { protocolVersion: 5 }).then((client) =>
      Object.assign(client, { [Symbol.asyncDispose]: () => client.endAsync(true) }),
    );
    await using device = await open(broker.url, "5");
    await eventually("it is subscribed", async () => {
      await sender.publishAsync("sizes/1", "x", { qos: 1 });
      return device.heard.length > 0;
    });
    for (const size of [largestIncoming() + 1, largestIncoming() - 100, 2])
      for (const qos of [0, 1] as const) await sender.publishAsync("sizes/1", Buffer.alloc(size), { qos });
    await eventually("the last is here", () => device.heard.filter((size) => size === 2).length === 2);
    const large = device.heard.filter((size) => size > 2);
    assert.deepEqual(large, [largestIncoming() - 100, largestIncoming() - 100]);
    assert.deepEqual(device.problems, [undefined]);
  });

  it("ends a connection of MQTT 3.1.1 at what is larger, says why, and goes on when that is gone", async () => {
    await using broker = await startMosquitto();
    await using sender = await connectAsync(broker.url, { protocolVersion: 5 }).then((client) =>
      Object.assign(client, { [Symbol.asyncDispose]: () => client.endAsync(true) }),
    );
    await using device = await open(broker.url, "3.1.1");
    await eventually("it is subscribed", async () => {
      await sender.publishAsync("sizes/1", "x", { qos: 1 });
      return device.heard.length > 0;
    });
    const huge = Buffer.alloc(largestIncoming() + 1);
    await sender.publishAsync("sizes/kept", huge, { qos: 1, retain: true });
    await eventually("it is told", () => device.problems.includes("EDDY_PACKET_TOO_LARGE"));
    const told = device.log.find((message) => message.includes("sends a message of 16.0 MB"));
    assert.match(told ?? "", /takes 16\.0 MB at most.*session sizes-w-broker/);
    const complaints = () => device.problems.filter((code) => code === "EDDY_PACKET_TOO_LARGE").length;
    await eventually("the broker offers it again", () => complaints() > 1);
    // As a person clears it: what is retained, and what the session has waiting.
    await sender.publishAsync("sizes/kept", "", { qos: 1, retain: true });
    const same = { clientId: "sizes-w-broker", clean: true, reconnectPeriod: 0 };
    await (await connectAsync(broker.url, same)).endAsync(true);
    await eventually("it goes on", async () => {
      await sender.publishAsync("sizes/1", "xyz", { qos: 1 });
      return device.heard.includes(3);
    });
    assert.equal(device.heard.includes(huge.length), false);
    assert.equal(device.problems.at(-1), undefined);
  });
});
