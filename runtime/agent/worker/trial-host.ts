/** A host on which a version is tried before it is accepted: everything is there, and nothing reaches the world. */
import type { Clock, Host, HttpConnection, MqttConnection } from "../../engine/contract.ts";
import type { Binding } from "../configuration.ts";
import { createLocalHost } from "../host/local-host.ts";
import { createMemoryStorage } from "../host/storage.ts";
import type { Program } from "../messages.ts";

const nothing = { dispose() {} };
const mqtt: MqttConnection = { publish: async () => {}, subscribe: () => nothing };
const http: HttpConnection = { route: () => nothing };
/** Timers are taken and never fire. */
const clock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: () => ({ cancel() {} }),
};

export function createTrialHost(program: Program, binding: Binding): Host {
  const host = createLocalHost({ workflow: program.id, ...binding, clock, storage: createMemoryStorage() });
  return {
    ...host,
    connect: ((_name: string, type: string) => (type === "mqtt" ? mqtt : http)) as Host["connect"],
    respond: () => false,
  };
}
