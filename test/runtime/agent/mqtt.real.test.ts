import assert from "node:assert/strict";
import { createServer } from "node:net";
import { connectAsync, type MqttClient } from "mqtt";
import { EddyError } from "../../../language/problem.ts";
import { createNetwork, type Network } from "../../../runtime/agent/host/network.ts";
import {
  createMemoryStorage,
  createStorage,
  type OutboxEntry,
  type WorkflowStorage,
} from "../../../runtime/agent/host/storage.ts";
import { systemClock } from "../../../runtime/engine/clock.ts";
import type { MqttConnection, MqttMessage } from "../../../runtime/engine/contract.ts";
import { startCable } from "../../testbed/cable.ts";
import { type Mosquitto, startMosquitto } from "../../testbed/mosquitto.ts";
import { eventually, freePort } from "../../testbed/resources.ts";

interface Desk extends AsyncDisposable {
  readonly network: Network;
  readonly log: string[];
  readonly connection: MqttConnection;
  readonly storage: WorkflowStorage;
  reopen(): MqttConnection;
  close(): Promise<void>;
}

let desks = 0;

function open(
  url: string,
  options: { prefix?: string; storage?: WorkflowStorage; params?: Record<string, unknown> } = {},
): Desk {
  const log: string[] = [];
  const network = createNetwork({
    // Waits are short: half of their bound.
    random: () => 0.5,
    clientPrefix: options.prefix ?? `test${++desks}`,
    keepsSessions: true,
  });
  const storage = options.storage ?? createMemoryStorage();
  const tenant = {
    workflow: "w",
    clock: systemClock(),
    storage,
    log: (level: string, message: string) => log.push(`${level}: ${message}`),
  };
  const reopen = () => network.mqtt(tenant, "broker", { url, ...options.params });
  return {
    network,
    log,
    storage,
    connection: reopen(),
    reopen,
    close: () => network.close(),
    [Symbol.asyncDispose]: () => network.close(),
  };
}

const text = (message: MqttMessage) => Buffer.from(message.payload).toString();

async function client(broker: Mosquitto): Promise<MqttClient & AsyncDisposable> {
  const connected = await connectAsync(broker.url, { protocolVersion: 5 });
  return Object.assign(connected, { [Symbol.asyncDispose]: () => connected.endAsync(true) });
}

describe("MQTT with mosquitto", () => {
  let broker: Mosquitto;

  before(async () => {
    // Persistent sessions keep what arrives while their client is away.
    broker = await startMosquitto({ config: ["max_queued_messages 100000"] });
  });
  after(() => broker[Symbol.asyncDispose]());

  it("does not mind that the broker is away, says so once, and is there when it is", async () => {
    await using away = await startMosquitto();
    await away.stop();
    await using desk = open(away.url);
    const heard: string[] = [];
    desk.connection.subscribe("a/+", 1, (message) => {
      heard.push(text(message));
      message.acknowledge();
    });
    await desk.connection.publish("a/1", "kept", { qos: 1, retain: false, buffer: "memory" });
    await assert.rejects(
      desk.connection.publish("a/1", "now", { qos: 1, retain: false, buffer: "none" }),
      (error: unknown) => error instanceof EddyError && error.code === "EDDY_BROKER_AWAY",
    );
    await eventually("it says that the broker is away", () => desk.log.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    assert.equal(desk.log.filter((line) => line.startsWith("warn")).length, 1, desk.log.join("\n"));
    await away.start();
    await eventually("the message is back", () => heard.length === 1);
    assert.deepEqual(heard, ["kept"]);
    await desk.close();
  });

  for (const qos of [1, 2] as const) {
    it(`acknowledges QoS ${qos} when the workflow is done, in any order, while more comes in`, async () => {
      await using desk = open(broker.url, { prefix: `order${qos}` });
      const messages: MqttMessage[] = [];
      desk.connection.subscribe(`order${qos}`, qos, (message) => messages.push(message));
      await using sender = await client(broker);
      await eventually("connected", () => desk.log.some((line) => line.includes("Connected")));
      for (let number = 0; number < 15; number++)
        await sender.publishAsync(`order${qos}`, `${number}`, { qos });
      await eventually("all are here", () => messages.length === 15);
      for (const number of [14, 3, 7, 0]) messages[number]?.acknowledge();
      // The process dies: nothing of it is left but what the broker knows.
      await eventually("the broker has heard of it", async () => {
        await sender.publishAsync(`order${qos}`, "probe", { qos });
        return messages.length > 15;
      });
      await desk.close();

      await using second = open(broker.url, { prefix: `order${qos}` });
      const again: string[] = [];
      second.connection.subscribe(`order${qos}`, qos, (message) => {
        again.push(text(message));
        message.acknowledge();
      });
      await eventually("the rest comes again", () => again.includes("13") && again.includes("probe"));
      const numbers = again.filter((one) => one !== "probe");
      assert.deepEqual(numbers, ["1", "2", "4", "5", "6", "8", "9", "10", "11", "12", "13"]);
    });

    it(`runs nothing of QoS ${qos} twice when only the connection is lost`, async () => {
      await using cable = await startCable(broker.port);
      await using desk = open(cable.url, { prefix: `cable${qos}` });
      const heard = new Map<string, number>();
      const waiting: MqttMessage[] = [];
      desk.connection.subscribe(`cable${qos}`, qos, (message) => {
        heard.set(text(message), (heard.get(text(message)) ?? 0) + 1);
        waiting.push(message);
      });
      await eventually("connected", () => desk.log.some((line) => line.includes("Connected")));
      await using sender = await client(broker);
      const roundTrip = () =>
        desk.connection.publish(`other${qos}`, "", { qos: 1, retain: false, buffer: "none" });
      const lost = () => desk.log.filter((line) => line.includes("ended")).length;
      const total = 300;
      for (let number = 0; number < total; number++) {
        await sender.publishAsync(`cable${qos}`, `${number}`, { qos });
        if (number % 60 !== 30) continue;
        // Out of order, and what the broker has heard of: it answers in the order in which it hears.
        for (const message of waiting.splice(1, 3)) message.acknowledge();
        for (let round = 0; round < 2; round++) await roundTrip();
        const ends = lost();
        cable.cut();
        // An acknowledgement that gets lost with the connection has the broker send the message again, which is QoS 1.
        await eventually("it is known", () => lost() > ends);
        // Of these the broker hears only when it has sent them again.
        for (const message of waiting.splice(1, 3)) message.acknowledge();
        await eventually("it is connected again", () => roundTrip().then(() => true));
      }
      await eventually("all have come", () => {
        for (const message of waiting.splice(0)) message.acknowledge();
        return heard.size === total;
      });
      assert.deepEqual(
        [...heard.values()].filter((count) => count > 1),
        [],
      );
    });
  }

  it("acknowledges what comes in while it still sends again what was under way to the broker", async () => {
    await using cable = await startCable(broker.port);
    await using desk = open(cable.url, { prefix: "both" });
    const heard = new Set<string>();
    const waiting: MqttMessage[] = [];
    desk.connection.subscribe("both/in", 1, (message) => {
      heard.add(text(message));
      waiting.push(message);
    });
    const connections = () => desk.log.filter((line) => line.includes("Connected")).length;
    await eventually("connected", () => connections() === 1);
    await using sender = await client(broker);
    // More than a broker sends before it hears of the first ones.
    const total = 150;
    for (let number = 0; number < total; number++)
      await sender.publishAsync("both/in", `${number}`, { qos: 1 });
    await eventually("a window full has come", () => heard.size === 100);
    cable.freeze();
    const published = desk.connection.publish("both/out", "", { qos: 1, retain: false, buffer: "outbox" });
    cable.cut();
    cable.thaw();
    await eventually("it is connected again", () => connections() === 2);
    await eventually("all have come", () => {
      for (const message of waiting.splice(0)) message.acknowledge();
      return heard.size === total;
    });
    await published;
  });

  it("keeps the outbox through a broker restart, in order, nothing lost", async () => {
    await using own = await startMosquitto();
    const received: string[] = [];
    await using desk = open(own.url, { prefix: "box" });
    const listen = async () => {
      const receiver = await client(own);
      receiver.on("message", (_, payload) => received.push(payload.toString()));
      await receiver.subscribeAsync("box", { qos: 1 });
      return receiver;
    };
    let receiver = await listen();
    await eventually("connected", () => desk.log.some((line) => line.includes("Connected")));
    const publish = (number: number) =>
      desk.connection.publish("box", `${number}`, { qos: 1, retain: false, buffer: "outbox" });
    for (let number = 0; number < 100; number++) await publish(number);
    await eventually("the first hundred are there", () => received.length === 100);
    await own.stop();
    await receiver.endAsync(true);
    for (let number = 100; number < 2_000; number++) await publish(number);
    await own.start();
    receiver = await listen();
    await eventually("the others follow", () => received.length >= 2_000, { timeout: 20_000 });
    const unique = received.filter((value, index) => received.indexOf(value) === index);
    assert.deepEqual(
      unique,
      Array.from({ length: 2_000 }, (_, number) => `${number}`),
    );
    await receiver.endAsync(true);
    await desk.close();
  });

  it("sends after a restart of the process what its outbox still owes", async () => {
    await using own = await startMosquitto();
    await own.stop();
    const durable = new Map<number, OutboxEntry>();
    const storageOf = () =>
      createStorage({
        snapshot: {
          values: [],
          outbox: [
            {
              connection: "broker",
              entries: durable.size,
              lastSequence: Math.max(0, ...durable.keys()),
            },
          ],
        },
        backend: {
          async commit(operations) {
            for (const one of operations) {
              if (one.kind === "append") durable.set(one.entry.sequence, one.entry);
              if (one.kind === "remove") for (const sequence of one.sequences) durable.delete(sequence);
            }
            return { dropped: 0 };
          },
          readOutbox: async (_, after, limit) =>
            [...durable.values()].filter(({ sequence }) => sequence > after).slice(0, limit),
        },
      });
    await using first = open(own.url, { prefix: "dies", storage: storageOf() });
    for (let number = 0; number < 700; number++) {
      await first.connection.publish("dies", `${number}`, { qos: 1, retain: false, buffer: "outbox" });
    }
    await first.close();
    assert.equal(durable.size, 700);

    await own.start();
    await using receiver = await client(own);
    const received: string[] = [];
    receiver.on("message", (_, payload) => received.push(payload.toString()));
    await receiver.subscribeAsync("dies", { qos: 1 });
    await using second = open(own.url, { prefix: "dies", storage: storageOf() });
    await second.connection.publish("dies", "700", { qos: 1, retain: false, buffer: "outbox" });
    await eventually("everything is there", () => received.length === 701);
    assert.deepEqual(
      received,
      Array.from({ length: 701 }, (_, number) => `${number}`),
    );
    await eventually("the outbox is empty", () => durable.size === 0);
    await second.close();
  });

  it("notices a connection that is dead and does not say so, while it goes on sending", async () => {
    await using cable = await startCable(broker.port);
    await using desk = open(cable.url, { params: { keepalive: 1_000 } });
    await eventually("it is connected", () => desk.log.some((line) => line.startsWith("info: Connected")));
    cable.freeze();
    const sending = setInterval(
      () => desk.connection.publish("t", "x", { qos: 0, retain: false, buffer: "none" }),
      50,
    );
    try {
      await eventually("the end is noticed", () => desk.log.some((line) => /^warn: .*ended/.test(line)));
      cable.thaw();
      await eventually(
        "it is there again",
        () => desk.log.filter((line) => line.startsWith("info: Connected")).length > 1,
      );
    } finally {
      clearInterval(sending);
    }
  });

  it("spares the disk while the broker confirms at once", async () => {
    let commits = 0;
    const storage = createStorage({
      snapshot: { values: [], outbox: [] },
      backend: {
        async commit() {
          commits++;
          return { dropped: 0 };
        },
        readOutbox: async () => [],
      },
    });
    await using desk = open(broker.url, { prefix: "spare", storage });
    await eventually("connected", () => desk.log.some((line) => line.includes("Connected")));
    await storage.flush();
    const before = commits;
    for (let number = 0; number < 100; number++) {
      await desk.connection.publish("spare", "x", { qos: 1, retain: false, buffer: "outbox" });
    }
    assert.ok(commits - before < 20, `${commits - before} commits`);
    await desk.close();
  });

  it("loses and doubles nothing while versions change under load", async () => {
    await using desk = open(broker.url, { prefix: "swap" });
    const heard: number[] = [];
    const hear = (message: MqttMessage) => {
      heard.push(Number(text(message)));
      setImmediate(() => message.acknowledge());
    };
    let subscription = desk.connection.subscribe("swap/#", 1, hear);
    await eventually("connected", () => desk.log.some((line) => line.includes("Connected")));
    await using sender = await client(broker);
    let isSending = true;
    let sent = 0;
    const sending = (async () => {
      while (isSending) await sender.publishAsync("swap/x", `${sent++}`, { qos: 1 });
    })();
    for (let swap = 0; swap < 30; swap++) {
      const before = heard.length;
      desk.network.hold("w");
      subscription.dispose();
      await new Promise(setImmediate);
      subscription = desk.reopen().subscribe("swap/#", 1, hear);
      await desk.network.release("w");
      await eventually("messages come", () => heard.length > before);
    }
    isSending = false;
    await sending;
    await eventually("all have come", () => heard.length >= sent);
    assert.deepEqual(
      heard.toSorted((a, b) => a - b),
      Array.from({ length: sent }, (_, number) => number),
    );
    assert.equal(desk.log.filter((line) => line.includes("Connected")).length, 1);
    await desk.close();
  });

  it("takes topics off a kept session that a new version no longer wants", async () => {
    const storage = createMemoryStorage();
    await using first = open(broker.url, { prefix: "old", storage });
    first.connection.subscribe("old/topic", 1, (message) => message.acknowledge());
    await eventually("connected", () => first.log.some((line) => line.includes("Connected")));
    await using sender = await client(broker);
    let reason: number | undefined;
    sender.on("packetreceive", (packet) => {
      if (packet.cmd === "puback") reason = packet.reasonCode ?? 0;
    });
    /** The broker says so when nobody is subscribed (reason code 16). */
    const isWanted = async () => {
      await sender.publishAsync("old/topic", "x", { qos: 1 });
      return reason !== 16;
    };
    await eventually("subscribed", isWanted);
    await first.close();
    await using second = open(broker.url, { prefix: "old", storage });
    second.connection.subscribe("new/topic", 1, (message) => message.acknowledge());
    await eventually("nobody has the old topic", async () => !(await isWanted()));
    await second.close();
  });

  it("says once that the broker does not know the user, and goes on trying", async () => {
    await using closed = await startMosquitto({ users: { me: "right" } });
    await using wrong = open(closed.url, { params: { username: "me", password: "wrong" } });
    await eventually("it is said", () => wrong.log.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    assert.deepEqual(
      wrong.log.map((line) => line.replace(/127\.0\.0\.1:\d+/, "BROKER")),
      [
        "warn: mqtt://BROKER cannot be used: Connection refused: Not authorized. It is tried again in the background.",
      ],
    );
    await wrong.close();
    await using right = open(closed.url, { params: { username: "me", password: "right" } });
    await eventually("connected", () => right.log.some((line) => line.includes("Connected")));
    await right.close();
  });

  it("never sends what the broker would end the connection for", async () => {
    await using small = await startMosquitto({ config: ["max_packet_size 2000"] });
    await using desk = open(small.url);
    await eventually("connected", () => desk.log.some((line) => line.includes("Connected")));
    const refused = (code: string) => (error: unknown) => error instanceof EddyError && error.code === code;
    for (const buffer of ["outbox", "none"] as const) {
      await assert.rejects(
        desk.connection.publish("big", "x".repeat(3_000), { qos: 1, retain: false, buffer }),
        refused("EDDY_PUBLISH_REFUSED"),
      );
      await assert.rejects(
        desk.connection.publish("a/#", "x", { qos: 1, retain: false, buffer }),
        refused("EDDY_TOPIC"),
      );
    }
    await desk.connection.publish("small", "x", { qos: 1, retain: false, buffer: "none" });
    assert.equal(desk.log.length, 1);
    await desk.close();
  });

  it("falls back to MQTT 3.1.1 where the broker speaks no 5", async () => {
    const versions: number[] = [];
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.on("data", (bytes) => {
        // CONNECT: the protocol level stands after the header, the length and "MQTT".
        const level = bytes[0] === 0x10 ? bytes[8] : undefined;
        if (level === undefined) return;
        versions.push(level);
        // CONNACK of 3.1.1: unacceptable protocol version, or welcome.
        if (level === 5) socket.end(Buffer.from([0x20, 2, 0, 1]));
        else socket.write(Buffer.from([0x20, 2, 0, 0]));
      });
    });
    const port = await freePort();
    server.listen(port, "127.0.0.1");
    await using desk = open(`mqtt://127.0.0.1:${port}`);
    await eventually("connected", () => desk.log.some((line) => line.includes("Connected")));
    assert.deepEqual(versions, [5, 4]);
    await desk.close();
    await new Promise((resolve) => server.close(resolve));
  });
});
