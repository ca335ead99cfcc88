import type { MqttClient } from "mqtt";
import { EddyError } from "../../language/problem.ts";
import { createAgentClient } from "../../runtime/protocol/client.ts";
import { largestAnswer } from "../../runtime/protocol/connection.ts";
import { type BrokerSettings, connectBroker, topicsOf } from "../../runtime/protocol/mqtt/broker.ts";
import { type Channel, channelOf, openChannel } from "../../runtime/protocol/mqtt/channel.ts";
import {
  type ChannelKeys,
  newToken,
  offerChannel,
  type Presence,
  readPresence,
} from "../../runtime/protocol/mqtt/handshake.ts";
import type { DeviceShell } from "../contract.ts";
import type { Publisher } from "../publisher.ts";
import { type DeviceTransport, greet, type OpenAgent, type OpenOptions } from "./transport.ts";

export interface MqttTransportOptions {
  /** The device's id, which its key has to fit. */
  readonly device: string;
  readonly broker: () => Promise<BrokerSettings>;
  readonly publisher: () => Promise<Publisher>;
}

/** Milliseconds that a broker may take to say whether the device is there, and the device to answer. */
const presencePatience = 5_000;
const welcomePatience = 15_000;

/** An agent that is reached at a broker, wherever it is. What is said there, only the two ends can read. */
export class MqttTransport implements DeviceTransport {
  readonly #options: MqttTransportOptions;

  constructor(options: MqttTransportOptions) {
    this.#options = options;
  }

  async open({ signal }: OpenOptions): Promise<OpenAgent> {
    const settings = await this.#options.broker();
    const publisher = await this.#options.publisher();
    const client = newToken();
    const mqtt = await connectBroker(settings, { clientId: `eddy-desk-${client.slice(0, 16)}` }, signal);
    const meeting = new Meeting(mqtt, this.#options.device, client, signal);
    try {
      const presence = await meeting.presence(settings.url);
      const keys = await meeting.welcome(presence, publisher);
      const { transport } = meeting.open(keys, presence);
      const agent = createAgentClient(transport);
      return await greet(agent, signal);
    } catch (error) {
      meeting.leave();
      throw error;
    }
  }

  async shell(): Promise<DeviceShell> {
    throw new EddyError(
      "EDDY_NO_SHELL",
      "This device is known by its broker only, which carries no terminal. Use ssh where the device can be reached by it.",
    );
  }

  close(): void {}
}

/** Two ends at one broker: first they find each other, then they have a channel. */
class Meeting {
  readonly #mqtt: MqttClient;
  readonly #client: string;
  readonly #signal: AbortSignal | undefined;
  readonly #topics: ReturnType<typeof topicsOf>;
  #onPresence: (presence: Presence) => void = () => {};
  #onAnswer: (bytes: Uint8Array) => void = () => {};
  #channel: Channel | undefined;

  constructor(mqtt: MqttClient, device: string, client: string, signal: AbortSignal | undefined) {
    this.#mqtt = mqtt;
    this.#client = client;
    this.#signal = signal;
    this.#topics = topicsOf(device);
    mqtt.on("message", (topic, payload) => {
      if (topic === this.#topics.presence) {
        const presence = readPresence(payload, device);
        if (presence) this.#onPresence(presence);
      } else if (channelOf(payload) === undefined) this.#onAnswer(payload);
      else this.#channel?.receive(payload);
    });
    mqtt.once("close", () => this.#channel?.end());
  }

  /** Subscribes, and waits for the agent's word that it is there. */
  async presence(broker: string): Promise<Presence> {
    let isAway = false;
    const found = this.#within<Presence>(presencePatience, () =>
      unreachable(
        isAway
          ? `The device is not connected to ${broker} now.`
          : `The device has never been at ${broker}, or this user may not see it there.`,
      ),
    );
    this.#onPresence = (presence) => {
      if (presence.state === "online") found.resolve(presence);
      else isAway = true;
    };
    const topics = [this.#topics.presence, this.#topics.client(this.#client)];
    this.#mqtt.subscribeAsync(topics, { qos: 1 }).catch((error: Error) => {
      found.reject(unreachable(`${broker} refused what a desk has to hear: ${error.message}.`));
    });
    return found.promise;
  }

  async welcome(presence: Presence, publisher: Publisher): Promise<ChannelKeys> {
    const offer = offerChannel({ presence, client: this.#client, publisher });
    const welcomed = this.#within<ChannelKeys>(welcomePatience, () =>
      unreachable("The device is at its broker, and does not answer."),
    );
    this.#onAnswer = (answer) => {
      try {
        const keys = offer.accept(answer);
        if (keys) welcomed.resolve(keys);
      } catch (error) {
        welcomed.reject(error);
      }
    };
    await this.#publish(offer.hello);
    return welcomed.promise;
  }

  open(keys: ChannelKeys, { session }: Presence): Channel {
    const channel = openChannel({
      keys,
      publish: (frame) => this.#publish(frame),
      largestMessage: largestAnswer,
    });
    this.#channel = channel;
    this.#onPresence = (presence) => {
      if (presence.state === "offline" ? presence.session === session : presence.session !== session)
        channel.end();
    };
    void channel.closed.then(() => this.leave());
    return channel;
  }

  /** What is on its way still goes: the other end hears that this one has ended. */
  leave(): void {
    this.#mqtt.end();
  }

  async #publish(bytes: Uint8Array): Promise<void> {
    // What the device does not get at once it is not to get at all.
    const properties = { messageExpiryInterval: 30 };
    await this.#mqtt.publishAsync(this.#topics.agent, Buffer.from(bytes), { qos: 1, properties });
  }

  /** A promise that is rejected when it takes too long, is given up, or the broker goes. */
  #within<Value>(milliseconds: number, late: () => Error): PromiseWithResolvers<Value> {
    const outcome = Promise.withResolvers<Value>();
    const timer = setTimeout(() => outcome.reject(late()), milliseconds);
    const onAbort = () => outcome.reject(this.#signal?.reason);
    const onClose = () => outcome.reject(unreachable("The broker ended the connection."));
    this.#signal?.addEventListener("abort", onAbort, { once: true });
    this.#mqtt.once("close", onClose);
    const settle = () => {
      clearTimeout(timer);
      this.#signal?.removeEventListener("abort", onAbort);
      this.#mqtt.off("close", onClose);
    };
    outcome.promise.then(settle, settle);
    return outcome;
  }
}

function unreachable(message: string): EddyError {
  return new EddyError("EDDY_UNREACHABLE", message);
}
