/** Where workflows are tested: time, storage and connections of its own, and nothing outside of it. */
import * as crypto from "node:crypto";
import * as path from "node:path";
import type { TestMock } from "../../language/model.ts";
import { nextTime } from "../agent/host/schedule.ts";
import { createSecret } from "../agent/host/secrets.ts";
import { createMemoryStorage } from "../agent/host/storage.ts";
import type { VirtualClock } from "../engine/clock.ts";
import type { Builtins, Connections, Host, LogRecord } from "../engine/contract.ts";
import { engineError } from "../engine/errors.ts";
import { nodeType } from "../nodes/implementations.ts";
import type { Artifact } from "../protocol/artifact.ts";
import { createLocator } from "../protocol/locate.ts";
import { createMocks } from "./mocks.ts";
import type { Recorder } from "./recording.ts";

/** A failure that nothing in the workflow took. */
export interface Unhandled {
  readonly node: string;
  /** With the line in the author's file. */
  readonly text: string;
}

export interface TestHostOptions {
  readonly artifact: Artifact;
  readonly clock: VirtualClock;
  readonly mocks: readonly TestMock[];
  readonly record: Recorder;
  readonly onLog: (record: LogRecord) => void;
  readonly onUnhandled: (failure: Unhandled) => void;
  readonly onMissingMock: (node: string) => void;
}

const pure: Partial<Builtins> = { "node:path": path, "node:crypto": crypto };
const nothing = { dispose() {} };
const connections: Connections = {
  mqtt: { publish: async () => {}, subscribe: () => nothing },
  http: { route: () => nothing },
};
const empty = { string: "", number: 0, boolean: false } as const;

/** For one run of one test. */
export function createTestHost(options: TestHostOptions): Host {
  const { artifact, clock, record, mocks, onLog, onUnhandled, onMissingMock } = options;
  const { manifest } = artifact;
  const locate = createLocator(artifact);
  const instead = createMocks({ mocks, clock, record, missing: onMissingMock });
  let located: string | undefined;
  let seed = 1;
  return {
    clock,
    env: Object.fromEntries(
      Object.entries(manifest.env).map(([name, one]) => [name, one.default ?? empty[one.type]]),
    ),
    secrets: Object.fromEntries(manifest.secrets.map((name) => [name, createSecret(name, `secret-${name}`)])),
    storage: createMemoryStorage(),
    random() {
      // The generator of Park and Miller: the same numbers in every run.
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    },
    log(entry) {
      const { level, message, node } = entry;
      onLog(entry);
      if (node === undefined) return;
      // The engine logs a failure with its place where no wire takes it, and only then.
      if (level === "error" && located !== undefined && message.endsWith(`(${located})`))
        onUnhandled({ node, text: message });
      else record({ node, kind: "done", message: { payload: message, level } });
    },
    connect: (_name, type) => connections[type],
    respond: () => false,
    // For what was optimised as it is for devices: only what is compiled for tests asks for each node.
    nodeType: (type) => instead(type, nodeType(type)),
    instead,
    nextTime,
    builtin(name) {
      const found = pure[name];
      if (found) return found;
      throw engineError(
        "EDDY_TEST_OUTSIDE",
        `Tests reach nothing outside of the workflow, so there is no ${name}.`,
      );
    },
    locate(node, error) {
      located = locate(node, error);
      return located;
    },
  };
}
