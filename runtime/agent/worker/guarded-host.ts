/** A host that marks whose code is running whenever something from outside calls into a workflow. */
import type { Host, HttpConnection, Message, MqttConnection } from "../../engine/contract.ts";
import { fingerprint, type Pulse, textOf } from "../pulse.ts";

export interface GuardOptions {
  readonly pulse: Pulse;
  readonly slot: number;
  /** Fingerprints of messages that the version has ended a worker over. */
  readonly kept: readonly string[];
  readonly onLeftOut: () => void;
}

export function guardHost(host: Host, { pulse, slot, kept, onLeftOut }: GuardOptions): Host {
  const within = (run: () => void) => pulse.within(slot, run);
  const mqtt = (connection: MqttConnection): MqttConnection => ({
    publish: connection.publish,
    subscribe: (topic, qos, receive) =>
      connection.subscribe(topic, qos, (message) => within(() => receive(message))),
  });
  const http = (connection: HttpConnection): HttpConnection => ({
    ...connection,
    route: (method, path, timeout, receive) =>
      connection.route(method, path, timeout, (request) => within(() => receive(request))),
  });
  const witness = pulse.witness(slot, leaveOut(kept, onLeftOut));
  return {
    ...host,
    ...(witness ? { witness } : {}),
    clock: {
      ...host.clock,
      after: (milliseconds, run) => host.clock.after(milliseconds, () => within(run)),
    },
    connect(name, type, params) {
      const connection = host.connect(name, type, params);
      const guarded =
        type === "mqtt" ? mqtt(connection as MqttConnection) : http(connection as HttpConnection);
      return guarded as typeof connection;
    },
  };
}

/** Each of them once: its source sends it again, and then it is done with. */
function leaveOut(kept: readonly string[], onLeftOut: () => void): (message: Message) => boolean {
  const left = new Set(kept);
  return (message) => {
    if (left.size === 0) return false;
    const text = textOf(message);
    const isKept = text !== undefined && left.delete(fingerprint(text));
    if (isKept) onLeftOut();
    return isKept;
  };
}
