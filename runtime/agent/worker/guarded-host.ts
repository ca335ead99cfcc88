/** A host that marks whose code is running whenever something from outside calls into a workflow. */
import type { Host, HttpConnection, MqttConnection } from "../../engine/contract.ts";
import type { Pulse } from "../pulse.ts";

export function guardHost(host: Host, pulse: Pulse, slot: number): Host {
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
  return {
    ...host,
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
