import * as childProcess from "node:child_process";
import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as fsPromises from "node:fs/promises";
import * as path from "node:path";
import { EddyError } from "../../../language/problem.ts";
import { systemClock } from "../../engine/clock.ts";
import type { Builtins, Clock, Connections, Host, LogRecord } from "../../engine/contract.ts";
import { nodeType } from "../../nodes/implementations.ts";
import { createNetwork, type Network } from "./network.ts";
import { nextTime } from "./schedule.ts";
import { createRedaction, createSecret, type Redact } from "./secrets.ts";
import { createMemoryStorage, type WorkflowStorage } from "./storage.ts";

/** What one workflow is given of this machine. */
export interface LocalHostOptions {
  /** The workflow's id: stands in log records and in the client ids that brokers see. */
  readonly workflow: string;
  readonly env?: Host["env"];
  /** Secrets by name, as they are; the workflow gets values that do not show them. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** The system's clock where left out; a virtual one makes time pass as fast as the CPU allows. */
  readonly clock?: Clock;
  readonly random?: () => number;
  /** Kept in memory, and gone with the process, where left out. */
  readonly storage?: WorkflowStorage;
  /** Hears every line, secrets taken out. */
  readonly log?: (record: LogRecord) => void;
  /** Tells where in the author's files something failed. */
  readonly locate?: Host["locate"];
  readonly explain?: Host["explain"];
  /** Sockets and sessions shared with other workflows; its own where left out. */
  readonly network?: Network;
}

/** A `Host` of this machine. Disposing of it closes it. */
export interface LocalHost extends Host, AsyncDisposable {
  /** Takes the workflow's secrets out of a text. */
  readonly redact: Redact;
  /** Ends connections, listeners and open requests. A network that was handed in goes on for the others. */
  close(): Promise<void>;
}

const builtins: Builtins = {
  "node:fs": fs,
  "node:fs/promises": fsPromises,
  "node:path": path,
  "node:child_process": childProcess,
  "node:crypto": crypto,
};

/** All that a compiled workflow gets of this machine, for one workflow in this process. */
export function createLocalHost(options: LocalHostOptions): LocalHost {
  const { workflow } = options;
  const clock = options.clock ?? systemClock();
  const random = options.random ?? Math.random;
  const storage = options.storage ?? createMemoryStorage();
  const redact = createRedaction(Object.values(options.secrets ?? {}));
  const network =
    options.network ??
    createNetwork({
      random,
      // Nobody comes back to this session, and two runs at once must not take it from each other.
      clientPrefix: `eddy-${crypto.randomUUID().slice(0, 8)}`,
      keepsSessions: false,
    });
  const log = (record: LogRecord) => options.log?.({ ...record, message: redact(record.message) });
  const tenant = {
    workflow,
    clock,
    storage,
    log: (level: LogRecord["level"], message: string) => log({ time: clock.now(), level, workflow, message }),
  };
  const secrets = Object.fromEntries(
    Object.entries(options.secrets ?? {}).map(([name, value]) => [name, createSecret(name, value)]),
  );

  const host: LocalHost = {
    clock,
    random,
    env: Object.freeze({ ...options.env }),
    secrets: Object.freeze(secrets),
    storage,
    log,
    redact,
    connect<Type extends keyof Connections>(
      name: string,
      type: Type,
      params: Readonly<Record<string, unknown>>,
    ) {
      const open: { [Kind in keyof Connections]: () => Connections[Kind] } = {
        mqtt: () => network.mqtt(tenant, name, params),
        http: () => network.http(tenant, name, params),
      };
      if (!Object.hasOwn(open, type)) {
        throw new EddyError(
          "EDDY_CONNECTION_TYPE",
          `This agent knows no connections of type "${type}". Update the agent.`,
        );
      }
      return open[type]();
    },
    respond: (requestId, response) => network.respond(requestId, response),
    nodeType,
    nextTime,
    ...(options.locate === undefined ? {} : { locate: options.locate }),
    ...(options.explain === undefined ? {} : { explain: options.explain }),
    builtin(name) {
      const found = builtins[name];
      if (found) return found;
      throw new EddyError("EDDY_NO_BUILTIN", `This platform has no ${name}.`);
    },
    async close() {
      await (options.network ? network.leave(workflow) : network.close());
    },
    [Symbol.asyncDispose]: () => host.close(),
  };
  return host;
}
