/**
 * One MQTT session of one workflow: connects in the background, comes back by itself, and acknowledges each message
 * when the workflow is done with it, in whatever order that happens.
 */
import type { IPublishPacket, MqttClient } from "mqtt";
import { EddyError, type ProblemCode } from "../../../language/problem.ts";
import type { Clock, Disposable, LogLevel, MqttMessage } from "../../engine/contract.ts";
import { endOnBrokenPackets, explainBrokerError } from "../../protocol/mqtt/broker.ts";
import { backoff } from "./backoff.ts";
import { endOnHugePackets, largestIncoming, messageOf } from "./mqtt-packets.ts";
import type { MqttParams } from "./mqtt-params.ts";
import { assertFilter, topicMatches } from "./topics.ts";

export interface MqttSessionOptions {
  readonly params: MqttParams;
  readonly clientId: string;
  /** Whether the broker keeps the session, with what arrives meanwhile, while the workflow is away. */
  readonly isKept: boolean;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: (level: LogLevel, message: string) => void;
  /** Topics that an earlier run subscribed to and the broker may still send; what is kept of them for the next run. */
  readonly remembered?: { load(): readonly string[]; save(filters: readonly string[]): void };
  readonly onProblem?: (problem: { code: string; message: string } | undefined) => void;
}

type Receive = (message: MqttMessage) => void;

export interface MqttSession {
  readonly isConnected: boolean;
  /** How many messages may be on their way to the broker unconfirmed. */
  readonly sendWindow: number;
  /** Calls back once the broker has the message (QoS 0: once it is on its way). It survives reconnects. */
  send(message: OutgoingMessage, done: (error?: EddyError) => void): { cancel(): void };
  subscribe(filter: string, qos: 0 | 1 | 2, receive: Receive): Disposable;
  /** Hears each change of `isConnected`. */
  onConnection(listener: (isConnected: boolean) => void): void;
  /** While held, topics that are given up stay subscribed and what comes in waits, as in a change of versions. */
  hold(): void;
  release(): void;
  close(): Promise<void>;
}

export interface OutgoingMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
}

/** Milliseconds. */
const reconnect = { first: 500, longest: 30_000 };
/** Attempts after which it is not longer any more. */
const longestPause = 10;
/** Messages that a broker may have under way to us at a time (MQTT 5, 3.1.2.11.3). */
const receiveMaximum = 100;
/** Seconds for which a broker keeps the session of a device that is away. */
const sessionExpiry = 7 * 24 * 3600;
/** What a broker without limits of its own is asked to hold unconfirmed. */
const defaultSendWindow = 100;
/** Messages of QoS 0 that wait while the session is held. */
const mostParked = 1_000;
/** Return code of CONNACK: MQTT 3.1.1, 3.2.2.3 and MQTT 5, 3.2.2.2. */
const versionRefused = new Set([1, 132]);

/** Makes mqtt.js go on to the next packet without acknowledging this one: see `takeOver`. */
const withheld = new Error("The acknowledgement follows when the workflow is done with the message.");

interface Subscription {
  qos: 0 | 1 | 2;
  readonly receivers: Set<Receive>;
}

interface Incoming {
  readonly packet: IPublishPacket;
  /** In the order of arrival. */
  readonly place: number;
  /** Which connection it came in by last. */
  connection: number;
  /** Who works on it. */
  receivers: readonly Receive[];
  isDone: boolean;
}

export function createMqttSession(options: MqttSessionOptions): MqttSession {
  const { params, log } = options;
  const subscriptions = new Map<string, Subscription>();
  const listeners = new Set<(isConnected: boolean) => void>();
  /**
   * Messages of QoS 1 and 2 that the broker waits for, by packet id. No `Map`: one that is filled and emptied all the time
   * keeps much of what it has held until V8 collects everything.
   */
  let incoming: Record<number, Incoming> = {};
  let arrivals = 0;
  let parked: MqttMessage[] = [];
  let holds = 0;
  let client: MqttClient | undefined;
  let isConnected = false;
  /** From the broker's CONNACK on; `isConnected` follows when what was under way to it has been sent again. */
  let isOpen = false;
  let isClosed = false;
  /** Counts connections, so that nothing is acknowledged on another one than it came in by. */
  let connection = 0;
  let attempt = 0;
  let sendWindow = defaultSendWindow;
  let largestPacket = Number.POSITIVE_INFINITY;
  let lastComplaint = "";
  let granted = new Set<string>();
  let acknowledgements: Buffer[] = [];
  /** Keeps what it writes back until the end of the turn. */
  let corked: MqttClient["stream"] | undefined;

  const loading = import("mqtt").then(({ connect }) => {
    if (isClosed) return;
    client = connect({
      ...params.connect,
      clientId: options.clientId,
      clean: !options.isKept,
      protocolVersion: params.version,
      properties: {
        receiveMaximum,
        maximumPacketSize: largestIncoming(),
        sessionExpiryInterval: options.isKept ? sessionExpiry : 0,
      },
      // Subscriptions are this module's, and so is what waits to be sent.
      resubscribe: false,
      queueQoSZero: false,
      reconnectOnConnackError: true,
      reconnectPeriod: reconnect.first,
      connectTimeout: 15_000,
    });
    takeOver(client);
    listen(client);
  });
  loading.catch((error: unknown) =>
    complain("error", `The MQTT client could not be started: ${String(error)}`),
  );

  /**
   * mqtt.js reads one packet at a time and acknowledges it before it reads on. It asks `customHandleAcks` first, and
   * after an error of that it reads on without having acknowledged; the acknowledgement is then ours to send. It takes
   * the option for MQTT 5 only, but looks it up for each packet, so it is set here for both versions.
   */
  function takeOver(mqtt: MqttClient): void {
    endOnBrokenPackets(mqtt);
    endOnHugePackets(mqtt, largestIncoming(), sentTooMuch);
    mqtt.options.customHandleAcks = (_topic, _message, packet, done) => {
      // First, for `done` may have handled the next packet when it returns: where Deno reads two pieces in a row.
      arrived(packet as IPublishPacket);
      done(withheld, 0);
    };
    mqtt.on("message", (_topic, _payload, packet) => {
      if (packet.qos === 0) deliverAtOnce(messageOf(packet, () => {}));
    });
    mqtt.on("packetreceive", (packet) => {
      writeTogether(mqtt.stream);
      // The broker knows now that we have it; mqtt.js answers the PUBREL.
      if (packet.cmd === "pubrel" && packet.messageId !== undefined) delete incoming[packet.messageId];
      if (packet.cmd === "connack" && (packet.reasonCode ?? packet.returnCode ?? 0) === 0) {
        opened(mqtt, packet.sessionPresent);
      }
    });
  }

  /** Packets come by the hundred, and what they lead to leaves in one piece: a system call each is a third of the work. */
  function writeTogether(stream: MqttClient["stream"]): void {
    if (corked) return;
    corked = stream;
    stream.cork();
    setImmediate(writeNow);
  }

  function writeNow(): void {
    corked?.uncork();
    corked = undefined;
  }

  /** mqtt.js tells of a connection when the broker has confirmed what it sent again. What comes in does not wait for that. */
  function opened(mqtt: MqttClient, isSessionPresent: boolean): void {
    sendAtOnce(mqtt.stream);
    connection++;
    isOpen = true;
    if (isSessionPresent) return;
    granted = new Set();
    incoming = {};
  }

  function listen(mqtt: MqttClient): void {
    mqtt.on("connect", (packet) => {
      attempt = 0;
      lastComplaint = "";
      isConnected = true;
      sendWindow = Math.min(defaultSendWindow, packet.properties?.receiveMaximum ?? defaultSendWindow);
      largestPacket = packet.properties?.maximumPacketSize ?? Number.POSITIVE_INFINITY;
      log("info", `Connected to ${params.url}`);
      options.onProblem?.(undefined);
      subscribeAll(mqtt, packet.sessionPresent);
      for (const hear of listeners) hear(true);
    });
    // Before mqtt.js plans its next attempt, which it does in its own listener.
    mqtt.prependListener("close", () => {
      mqtt.options.reconnectPeriod = backoff(attempt++, reconnect, options.random);
      acknowledgements = [];
      isOpen = false;
      if (!isConnected) return;
      isConnected = false;
      if (!isClosed)
        log("warn", `The connection to ${params.url} ended. It is tried again in the background.`);
      for (const hear of listeners) hear(false);
    });
    mqtt.on("error", (error) => {
      if (error === withheld) return;
      const code = "code" in error ? error.code : undefined;
      if (typeof code === "number" && versionRefused.has(code) && mqtt.options.protocolVersion === 5) {
        mqtt.options.protocolVersion = 4;
        log("info", `${params.url} does not speak MQTT 5; MQTT 3.1.1 is used.`);
        return;
      }
      complain(
        "warn",
        `${params.url} cannot be used: ${explainBrokerError(error)}. It is tried again in the background.`,
      );
    });
    mqtt.on("disconnect", (packet) => {
      complain("warn", `${params.url} ended the connection with reason code ${packet.reasonCode ?? 0}.`);
    });
  }

  /** A broker of MQTT 5 leaves out what is too large for us; of 3.1.1 it does not know, and may send it at once again. */
  function sentTooMuch(size: number): void {
    attempt = longestPause;
    const [is, most] = [size, largestIncoming()].map((bytes) => `${(bytes / 2 ** 20).toFixed(1)} MB`);
    complain(
      "warn",
      `${params.url} sends a message of ${is}, and this device takes ${most} at most: the connection was ended. Send less at a time; what the broker keeps of it (retained, or in the session ${options.clientId}) has to be cleared there.`,
      "EDDY_PACKET_TOO_LARGE",
    );
  }

  /** The same thing is said once until it changes, however often it is tried. */
  function complain(level: LogLevel, message: string, code: ProblemCode = "EDDY_BROKER_AWAY"): void {
    if (isClosed || message === lastComplaint) return;
    lastComplaint = message;
    log(level, message);
    options.onProblem?.({ code, message });
  }

  // -------------------------------------------------------------- incoming

  function arrived(packet: IPublishPacket): void {
    const id = packet.messageId;
    if (id === undefined) return;
    const known = packet.dup ? incoming[id] : undefined;
    if (known) {
      // Sent again since the acknowledgement got lost with the connection: it is not run again.
      known.connection = connection;
      if (known.isDone) acknowledge(id, known);
      return;
    }
    const entry: Incoming = { packet, place: arrivals++, connection, receivers: [], isDone: false };
    incoming[id] = entry;
    handOut(id, entry);
  }

  function handOut(id: number, entry: Incoming): void {
    const receivers = receiversOf(entry.packet.topic);
    entry.receivers = receivers;
    const message = messageOf(entry.packet, () => {
      // A version that gave it up has no say in it any more.
      if (entry.isDone || entry.receivers !== receivers) return;
      entry.isDone = true;
      if (incoming[id] === entry) acknowledge(id, entry);
    });
    if (receivers.length === 0 && holds > 0) return;
    deliver(message, receivers);
  }

  /** What came while nobody was there, and what the version before has not come to the end of. */
  function handOutAgain(): void {
    const entries = Object.entries(incoming).sort(([, one], [, other]) => one.place - other.place);
    for (const [id, entry] of entries) {
      if (!entry.isDone && !entry.receivers.some(isSubscribed)) handOut(Number(id), entry);
    }
  }

  function acknowledge(id: number, entry: Incoming): void {
    if (!isOpen || entry.connection !== connection) return;
    // A PUBREC is followed by the broker's PUBREL; until then the message may be sent again.
    if (entry.packet.qos === 1) delete incoming[id];
    // PUBACK and PUBREC without reason code, which means success (MQTT 5, 3.4.2.1 and 3.5.2.1; the same in 3.1.1).
    acknowledgements.push(Buffer.from([entry.packet.qos === 1 ? 0x40 : 0x50, 2, id >> 8, id & 0xff]));
    if (acknowledgements.length === 1) process.nextTick(flushAcknowledgements);
  }

  function flushAcknowledgements(): void {
    const bytes = Buffer.concat(acknowledgements.splice(0));
    if (isOpen && bytes.length > 0) client?.stream.write(bytes);
  }

  function receiversOf(topic: string): readonly Receive[] {
    const receivers: Receive[] = [];
    for (const [filter, subscription] of subscriptions) {
      if (topicMatches(filter, topic)) receivers.push(...subscription.receivers);
    }
    return receivers;
  }

  function isSubscribed(receive: Receive): boolean {
    return [...subscriptions.values()].some(({ receivers }) => receivers.has(receive));
  }

  /** Of QoS 0. */
  function deliverAtOnce(message: MqttMessage): void {
    const receivers = receiversOf(message.topic);
    if (receivers.length > 0) deliver(message, receivers);
    else if (holds > 0 && parked.length < mostParked) parked.push(message);
  }

  function deliver(message: MqttMessage, receivers: readonly Receive[]): void {
    const [only] = receivers;
    if (!only) {
      message.acknowledge();
      return;
    }
    if (receivers.length === 1) {
      only(message);
      return;
    }
    let left = receivers.length;
    for (const receive of receivers) {
      let isOpen = true;
      const acknowledge = () => {
        if (isOpen && --left === 0) message.acknowledge();
        isOpen = false;
      };
      receive({ ...message, acknowledge });
    }
  }

  // -------------------------------------------------------------- subscriptions

  function subscribeAll(mqtt: MqttClient, isSessionPresent: boolean): void {
    if (isSessionPresent) {
      const forgotten = (options.remembered?.load() ?? []).filter((filter) => !subscriptions.has(filter));
      if (forgotten.length > 0) mqtt.unsubscribe(forgotten);
    }
    for (const [filter, { qos }] of subscriptions) if (!granted.has(filter)) ask(mqtt, filter, qos);
    remember();
  }

  function ask(mqtt: MqttClient, filter: string, qos: 0 | 1 | 2): void {
    mqtt.subscribe(filter, { qos }, (error) => {
      if (!error) granted.add(filter);
      // A connection that ended meanwhile is said already, and everything is asked for again on the next one.
      else if (isConnected)
        complain("error", `${params.url} refused the subscription to ${filter}: ${error.message}`);
    });
  }

  function remember(): void {
    options.remembered?.save([...subscriptions.keys()].sort());
  }

  function dropUnused(): void {
    for (const [filter, { receivers }] of subscriptions) {
      if (receivers.size > 0) continue;
      subscriptions.delete(filter);
      granted.delete(filter);
      if (isConnected) client?.unsubscribe(filter);
    }
    remember();
  }

  return {
    get isConnected() {
      return isConnected;
    },
    get sendWindow() {
      return sendWindow;
    },
    onConnection: (listener) => void listeners.add(listener),
    send({ topic, payload, qos, retain }, done) {
      // Fixed header and packet id beside topic and payload; a broker ends the connection on what is too large for it.
      const size = Buffer.byteLength(topic) + payload.length + 16;
      if (size > largestPacket) {
        done(refusal(`A message of ${payload.length} bytes is larger than ${params.url} takes.`));
        return { cancel() {} };
      }
      const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
      const sender = client;
      sender?.publish(topic, bytes, { qos, retain }, (error) => {
        if (error) done(refusal(`${params.url} refused a message to ${topic}: ${error.message}.`));
        else done();
      });
      const id = qos === 0 ? undefined : sender?.getLastMessageId();
      return { cancel: () => void (id !== undefined && sender?.removeOutgoingMessage(id)) };
    },
    subscribe(filter, qos, receive) {
      assertFilter(filter);
      const subscription = subscriptions.get(filter) ?? { qos, receivers: new Set<Receive>() };
      const isNew = !subscriptions.has(filter) || qos > subscription.qos;
      if (isNew) subscription.qos = qos;
      // The same function twice is two receivers.
      const own: Receive = (message) => receive(message);
      subscription.receivers.add(own);
      subscriptions.set(filter, subscription);
      if (isNew && isConnected && client) {
        ask(client, filter, subscription.qos);
        remember();
      }
      return {
        dispose() {
          subscription.receivers.delete(own);
          if (holds === 0) dropUnused();
        },
      };
    },
    hold() {
      holds++;
    },
    release() {
      if (holds === 0 || --holds > 0) return;
      dropUnused();
      handOutAgain();
      for (const message of parked.splice(0)) deliverAtOnce(message);
    },
    async close() {
      flushAcknowledgements();
      writeNow();
      isClosed = true;
      await loading.catch(() => {});
      const isWaiting = client !== undefined && Object.keys(client.outgoing).length > 0;
      // Without force it would wait for what the broker may never confirm; who sent that has kept it.
      await client?.endAsync(!isConnected || isWaiting).catch(() => {});
      parked = [];
    },
  };
}

/** Packets are small and each is waited for: the kernel must not keep one back until the one before is confirmed. */
function sendAtOnce(stream: MqttClient["stream"]): void {
  if ("setNoDelay" in stream && typeof stream.setNoDelay === "function") stream.setNoDelay(true);
}

function refusal(message: string): EddyError {
  return new EddyError("EDDY_PUBLISH_REFUSED", message);
}
