import type { IClientOptions } from "mqtt";
import { booleanParam, type ConnectionParams, numberParam, pemParam, textParam, wrong } from "./params.ts";

export interface MqttParams {
  /** For people: without credentials. */
  readonly url: string;
  readonly clientId: string | undefined;
  readonly version: 4 | 5;
  readonly connect: IClientOptions;
}

const protocols = { mqtt: 1883, mqtts: 8883, ws: 80, wss: 443 } as const;
type Protocol = keyof typeof protocols;

/** Reads what a workflow says of a broker. Throws `EDDY_CONNECTION_PARAM` for what cannot be meant. */
export function readMqttParams(params: ConnectionParams): MqttParams {
  const text = textParam(params, "url") ?? "mqtt://127.0.0.1:1883";
  const url = URL.parse(text);
  const protocol = url?.protocol.slice(0, -1);
  if (!url || !isProtocol(protocol) || url.hostname === "") {
    throw wrong(
      "url",
      "is not one of a broker: mqtt://HOST, mqtts://HOST, ws://HOST/PATH or wss://HOST/PATH",
    );
  }
  const port = url.port === "" ? protocols[protocol] : Number(url.port);
  // Addresses of IPv6 stand in brackets in a URL, and without them everywhere else.
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const isSecure = protocol === "mqtts" || protocol === "wss";
  const connect: IClientOptions = {
    protocol,
    host,
    port,
    keepalive: seconds(numberParam(params, "keepalive")),
    ...given("username", textParam(params, "username") ?? credential(url.username)),
    ...given("password", textParam(params, "password") ?? credential(url.password)),
    ...(protocol === "ws" || protocol === "wss" ? { path: url.pathname } : {}),
  };
  if (isSecure) {
    Object.assign(connect, {
      rejectUnauthorized: booleanParam(params, "insecure") !== true,
      ...given("ca", pemParam(params, "ca")),
      ...given("cert", pemParam(params, "certificate")),
      ...given("key", pemParam(params, "key")),
    });
  }
  return {
    url: `${protocol}://${url.hostname}:${port}`,
    clientId: textParam(params, "client-id"),
    version: textParam(params, "version")?.startsWith("3") ? 4 : 5,
    connect,
  };
}

function isProtocol(text: string | undefined): text is Protocol {
  return text !== undefined && Object.hasOwn(protocols, text);
}

/** Durations reach us in milliseconds, MQTT counts seconds. */
function seconds(milliseconds: number | undefined): number {
  return milliseconds === undefined ? 60 : Math.max(1, Math.round(milliseconds / 1000));
}

function credential(text: string): string | undefined {
  return text === "" ? undefined : decodeURIComponent(text);
}

function given<Name extends string, Value>(name: Name, value: Value | undefined) {
  return value === undefined ? {} : { [name]: value };
}
