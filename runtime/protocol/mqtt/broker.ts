/** The broker at which an agent and its clients meet: how it is said, how it is reached, which topics are theirs. */
import type { IClientOptions, MqttClient } from "mqtt";
import Type, { type Static } from "typebox";
import { EddyError } from "../../../language/problem.ts";

/** A broker, and as whom to go there. */
export const brokerSettings = Type.Object({
  /** `mqtt(s)://HOST[:PORT]` or `ws(s)://HOST[:PORT]/PATH`, without credentials. */
  url: Type.String({ maxLength: 500 }),
  username: Type.Optional(Type.String({ maxLength: 500 })),
  password: Type.Optional(Type.String({ maxLength: 5_000 })),
  /** PEM of the authority that the broker's certificate has to be of. Default: those that the platform knows. */
  ca: Type.Optional(Type.String({ maxLength: 100_000 })),
  /** PEM of a client certificate, and of its key. */
  certificate: Type.Optional(Type.String({ maxLength: 100_000 })),
  key: Type.Optional(Type.String({ maxLength: 100_000 })),
  /** Goes there without TLS, too: whoever is in between reads the password, and who speaks with whom. */
  plaintext: Type.Optional(Type.Boolean()),
});
/** A broker, and as whom to go there. `plaintext`: also without TLS. */
export type BrokerSettings = Static<typeof brokerSettings>;

const ports = { "mqtt:": 1883, "mqtts:": 8883, "ws:": 80, "wss:": 443 } as const;

/** Milliseconds that a broker may take to let us in. */
const connectPatience = 15_000;
/** Seconds after which a connection without a word from the broker is looked at. */
const keepalive = 20;

/** Throws `EDDY_BAD_BROKER` for what is no broker's address, and `EDDY_PLAINTEXT` for one without TLS that nobody agreed to. */
export function readBrokerUrl({ url: text, plaintext }: BrokerSettings): URL {
  const url = URL.parse(text);
  if (!url || !Object.hasOwn(ports, url.protocol) || url.hostname === "")
    throw new EddyError(
      "EDDY_BAD_BROKER",
      `"${text}" is no address of a broker. Write mqtts://HOST[:PORT], mqtt://HOST[:PORT] or wss://HOST/PATH.`,
    );
  if (url.username !== "" || url.password !== "")
    throw new EddyError(
      "EDDY_BAD_BROKER",
      "User and password do not belong into the address of a broker. Give them on their own.",
    );
  const isSecure = url.protocol === "mqtts:" || url.protocol === "wss:";
  const isHere = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  if (!isSecure && !isHere && plaintext !== true)
    throw new EddyError(
      "EDDY_PLAINTEXT",
      `${text} is not encrypted: whoever is in between reads the password. Use mqtts://, or agree to it (--plaintext).`,
    );
  return url;
}

/** A connection to a broker that does not come back by itself. Rejects with a coded error that says what stands in the way. */
export async function connectBroker(
  settings: BrokerSettings,
  options: Pick<IClientOptions, "clientId" | "will">,
  signal?: AbortSignal,
): Promise<MqttClient> {
  const client = await openBroker(settings, { ...options, reconnectPeriod: 0 });
  const outcome = Promise.withResolvers<MqttClient>();
  const abort = () => outcome.reject(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  client.once("connect", () => outcome.resolve(client));
  client.on("error", (error) => outcome.reject(brokerError(settings.url, error)));
  client.once("close", () => outcome.reject(brokerError(settings.url, new Error("it ended the connection"))));
  try {
    return await outcome.promise;
  } catch (error) {
    client.end(true);
    throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

/** A client that connects in the background, anew as its options say. */
export async function openBroker(settings: BrokerSettings, options: IClientOptions): Promise<MqttClient> {
  const url = readBrokerUrl(settings);
  const { username, password, ca, certificate, key } = settings;
  const { connect } = await import("mqtt");
  const client = connect({
    protocol: protocolOf(url),
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? ports[`${protocolOf(url)}:`] : Number(url.port),
    path: url.pathname,
    protocolVersion: 5,
    clean: true,
    properties: { sessionExpiryInterval: 0 },
    connectTimeout: connectPatience,
    keepalive,
    queueQoSZero: false,
    resubscribe: false,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(key === undefined ? {} : { key }),
    ...options,
  });
  endOnBrokenPackets(client);
  return client;
}

/** A packet that is cut short ends the connection: mqtt.js would throw at its answer to it, where nothing catches that. */
export function endOnBrokenPackets(client: MqttClient): void {
  client.on("packetreceive", (packet) => {
    if (packet.messageId !== -1) return;
    packet.messageId = 0;
    client.stream.destroy();
  });
}

function protocolOf(url: URL): "mqtt" | "mqtts" | "ws" | "wss" {
  switch (url.protocol) {
    case "mqtts:":
      return "mqtts";
    case "ws:":
      return "ws";
    case "wss:":
      return "wss";
    default:
      return "mqtt";
  }
}

/** Reason codes of a refused login: MQTT 3.1.1, 3.2.2.3, and MQTT 5, 3.2.2.2. */
const loginRefused = new Set([4, 5, 134, 135]);

/** What keeps us from a broker, for a person. */
export function brokerError(url: string, error: Error): EddyError {
  const code = "code" in error ? error.code : undefined;
  if (typeof code === "number" && loginRefused.has(code))
    return new EddyError(
      "EDDY_BROKER_REFUSED",
      `${url} does not let us in: ${error.message}. Check user, password and certificate.`,
      { cause: error },
    );
  return new EddyError("EDDY_BROKER_AWAY", `${url} cannot be used: ${explainBrokerError(error)}.`, {
    cause: error,
  });
}

/** The end of a sentence about a broker. */
export function explainBrokerError(error: Error): string {
  const code = "code" in error ? error.code : undefined;
  if (code === "ECONNREFUSED") return "no broker listens there";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "its name is not known";
  if (code === "ETIMEDOUT" || code === "EHOSTUNREACH") return "it cannot be reached";
  return error.message || String(code ?? error.name);
}

/** Where an agent and its clients write: all of a device's below one prefix, so that a broker's access list can name it. */
export function topicsOf(device: string) {
  const base = `eddy/${device}`;
  return {
    presence: `${base}/presence`,
    /** To the agent. */
    agent: `${base}/in`,
    client: (client: string) => `${base}/out/${client}`,
  };
}
