/** The agent at a broker: reachable behind any router, since it is the one that calls. */
import type { MqttClient } from "mqtt";
import { Check } from "typebox/value";
import type { EddyError } from "../../../language/problem.ts";
import type { Transport } from "../../protocol/connection.ts";
import type { BrokerStatus } from "../../protocol/contract.ts";
import {
  type BrokerSettings,
  brokerError,
  brokerSettings,
  openBroker,
  readBrokerUrl,
  topicsOf,
} from "../../protocol/mqtt/broker.ts";
import { newToken, signPresence } from "../../protocol/mqtt/handshake.ts";
import type { ServedClient } from "../../protocol/server.ts";
import { backoff } from "../host/backoff.ts";
import { type Identity, readPublishers } from "../identity.ts";
import { type Layout, readIfThere, writeWhole } from "../layout.ts";
import type { Problem } from "../messages.ts";
import { createRemoteClients, type RemoteClients } from "./clients.ts";

export interface RemoteOptions {
  readonly layout: Layout;
  readonly identity: Identity;
  readonly name: string;
  readonly serve: (transport: Transport) => ServedClient;
  readonly random: () => number;
  /** Hears what keeps the agent from its broker, and `undefined` once nothing does. */
  readonly onProblem: (problem: Problem | undefined) => void;
  readonly log: (level: "info" | "warn", message: string) => void;
}

export interface Remote {
  /** Undefined where there is no broker. */
  status(): BrokerStatus | undefined;
  /**
   * Goes to another broker, or to none. The one before is left when the new one has let us in; rejects where it does not
   * (`EDDY_BROKER_AWAY`, `EDDY_BROKER_REFUSED`), and everything stays as it was.
   */
  set(settings: BrokerSettings | undefined): Promise<void>;
  /** Ends clients whose keys are not trusted any more. */
  checkTrust(): void;
  close(): Promise<void>;
}

/** Milliseconds between attempts to reach the broker. */
const reconnect = { first: 1_000, longest: 60_000 };
/** Milliseconds that a new broker has to let us in. */
const patience = 15_000;
const purpose = "broker";

/** Goes to the broker that was set before; where there is none, nothing of MQTT is even loaded. */
export function openRemote(options: RemoteOptions): Remote {
  const { layout, identity, onProblem } = options;
  let station: Station | undefined;
  const stored = readStored();
  if (stored) {
    station = new Station(stored, options);
    station.whenIn.catch(() => {
      // Told by `onProblem`, and tried again.
    });
  }

  function readStored(): BrokerSettings | undefined {
    const sealed = readIfThere(layout.broker);
    if (sealed === undefined || sealed === "") return undefined;
    try {
      const settings: unknown = JSON.parse(identity.unseal(sealed, purpose));
      if (Check(brokerSettings, settings)) return settings;
    } catch {
      // Said below.
    }
    onProblem({
      code: "EDDY_BROKER_UNREADABLE",
      message: `${layout.broker} cannot be read. Set the broker again ("eddy device broker").`,
    });
    return undefined;
  }

  return {
    status: () => station?.status(),
    async set(settings) {
      const before = station;
      if (settings === undefined) {
        writeWhole(layout.broker, "");
        station = undefined;
        onProblem(undefined);
      } else {
        readBrokerUrl(settings);
        const next = new Station(settings, options);
        try {
          await next.isIn(patience);
          writeWhole(layout.broker, identity.seal(JSON.stringify(settings), purpose));
        } catch (error) {
          await next.close();
          throw error;
        }
        station = next;
      }
      // Not awaited: the answer to this may have to go by the way that ends.
      void before?.close();
    },
    checkTrust: () => station?.clients.checkTrust(),
    close: async () => station?.close(),
  };
}

/** One broker, and the agent's stay there. */
class Station {
  readonly clients: RemoteClients;
  readonly whenIn: Promise<void>;
  readonly #settings: BrokerSettings;
  readonly #options: RemoteOptions;
  readonly #session = newToken();
  readonly #opening: Promise<MqttClient>;
  readonly #whenWrong = Promise.withResolvers<never>();
  #problem: EddyError | undefined;
  #isConnected = false;
  #isClosed = false;
  #attempt = 0;

  constructor(settings: BrokerSettings, options: RemoteOptions) {
    const { identity, layout, serve } = options;
    this.#settings = settings;
    this.#options = options;
    this.clients = createRemoteClients({
      device: identity.id,
      session: this.#session,
      sign: identity.sign,
      publishers: () => new Map(readPublishers(layout).map(({ id, key }) => [id, key])),
      serve,
      now: () => performance.now(),
    });
    const entered = Promise.withResolvers<void>();
    this.whenIn = entered.promise;
    this.#opening = openBroker(settings, {
      clientId: `eddy-${identity.id}-agent`,
      reconnectPeriod: reconnect.first,
      reconnectOnConnackError: true,
      will: { topic: this.#topics.presence, payload: this.#presence("offline"), qos: 1, retain: true },
    }).then((client) => {
      this.#listen(client, entered.resolve);
      return client;
    });
    this.#opening.catch(entered.reject);
    // Who does not wait for it is told by `onProblem`.
    this.#whenWrong.promise.catch(() => {});
  }

  /** Rejects with the first thing that stands in the way: whoever set this broker waits for the answer. */
  async isIn(patience: number): Promise<void> {
    const timer = setTimeout(() => this.#complain(new Error("it does not answer")), patience);
    try {
      await Promise.race([this.whenIn, this.#whenWrong.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  status(): BrokerStatus {
    const { url, username } = this.#settings;
    return {
      url,
      ...(username === undefined ? {} : { username }),
      connected: this.#isConnected,
      ...(this.#problem ? { problem: { code: this.#problem.code, message: this.#problem.message } } : {}),
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.clients.close();
    const client = await this.#opening.catch(() => undefined);
    if (!client) return;
    if (this.#isConnected)
      await this.#publish(client, this.#topics.presence, this.#presence("offline"), true);
    await client.endAsync(!this.#isConnected).catch(() => {});
  }

  #listen(client: MqttClient, entered: () => void): void {
    const { url } = this.#settings;
    const { log, onProblem, random } = this.#options;
    client.on("connect", () => {
      this.#attempt = 0;
      client.subscribe(this.#topics.agent, { qos: 1 }, (error) => {
        if (error || this.#isClosed) {
          if (error) this.#complain(error);
          return;
        }
        this.#isConnected = true;
        this.#problem = undefined;
        onProblem(undefined);
        log("info", `Reachable at ${url}`);
        this.#publish(client, this.#topics.presence, this.#presence("online"), true).then(entered, () => {});
      });
    });
    client.on("message", (_topic, payload, packet) => {
      // A request that somebody had kept at the broker is not one of now.
      if (packet.retain) return;
      this.clients.receive(payload, (to, bytes) =>
        this.#publish(client, this.#topics.client(to), bytes, false),
      );
    });
    // Before mqtt.js plans its next attempt, which it does in its own listener.
    client.prependListener("close", () => {
      client.options.reconnectPeriod = backoff(this.#attempt++, reconnect, random);
      this.#isConnected = false;
      this.clients.drop();
    });
    client.on("error", (error) => this.#complain(error));
    client.on("close", () => {
      if (!this.#isClosed && !this.#problem) this.#complain(new Error("the connection ended"));
    });
  }

  /** The same thing is said once until it changes. */
  #complain(error: Error): void {
    const problem = brokerError(this.#settings.url, error);
    if (this.#isClosed || problem.message === this.#problem?.message) return;
    this.#problem = problem;
    this.#whenWrong.reject(problem);
    const message = `${problem.message} Nobody reaches this device there; it is tried again in the background.`;
    this.#options.log("warn", message);
    this.#options.onProblem({ code: problem.code, message });
  }

  async #publish(client: MqttClient, topic: string, bytes: Uint8Array, retain: boolean): Promise<void> {
    await client.publishAsync(topic, Buffer.from(bytes), { qos: 1, retain });
  }

  get #topics() {
    return topicsOf(this.#options.identity.id);
  }

  #presence(state: "online" | "offline"): Buffer {
    const { identity, name } = this.#options;
    const { id: device, publicKey } = identity;
    return Buffer.from(
      signPresence({ device, session: this.#session, state, name, publicKey }, identity.sign),
    );
  }
}
