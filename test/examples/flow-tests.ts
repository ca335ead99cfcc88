import assert from "node:assert/strict";
import type { Json, Workflow, WorkflowTest } from "../../language/model.ts";
import type { Connections, Host, InjectedMessage } from "../../runtime/engine/contract.ts";
import { unpackArtifact } from "../../runtime/protocol/artifact.ts";
import { evaluate } from "../compiler/workflows.ts";
import { createMemoryHost } from "../runtime/memory-host.ts";

/** Something that a node sent by `out`; for the end of a path, what it published, answered or logged. */
export interface Happening {
  /** Milliseconds since the start. */
  readonly at: number;
  readonly node: string | undefined;
  readonly by: "value" | "mqtt-out" | "http-response" | "log";
  readonly topic?: string | undefined;
  readonly payload: unknown;
}

export interface FlowRun {
  readonly env?: Host["env"];
  readonly secrets?: Readonly<Record<string, string>>;
  readonly given: WorkflowTest["given"];
  /** How long it runs, milliseconds. */
  readonly until: number;
}

/** Runs an artifact on virtual time, with all that it reaches in memory. */
export async function runFlow(
  artifact: Uint8Array,
  { given, until, ...options }: FlowRun,
): Promise<readonly Happening[]> {
  const { code, manifest } = unpackArtifact(artifact);
  const defaults = Object.entries(manifest.env).map(([name, one]) => [name, one.default ?? ""] as const);
  const memory = createMemoryHost({ ...options, env: { ...Object.fromEntries(defaults), ...options.env } });
  const { clock } = memory;
  const begun = clock.now();
  const happenings: Happening[] = [];
  const happen = (one: Omit<Happening, "at">) => happenings.push({ at: clock.now() - begun, ...one });
  const workflow = evaluate(code)({
    ...memory,
    connect<Type extends keyof Connections>(
      name: string,
      type: Type,
      params: Readonly<Record<string, unknown>>,
    ): Connections[Type] {
      const broker = memory.connect(name, "mqtt", params);
      const made: Connections = {
        mqtt: {
          subscribe: (topic, qos, receive) => broker.subscribe(topic, qos, receive),
          publish(topic, payload, how) {
            happen({ node: undefined, by: "mqtt-out", topic, payload: jsonOrText(payload) });
            return broker.publish(topic, payload, how);
          },
        },
        http: memory.connect(name, "http", params),
      };
      return made[type];
    },
    respond(_request, { body }) {
      happen({ node: undefined, by: "http-response", payload: jsonOrText(body) });
      return true;
    },
    log: ({ node, message }) => void happen({ node, by: "log", payload: message }),
  });
  workflow.observe({
    value: (node, port, { topic, payload }) => {
      if (port === "out") happen({ node, by: "value", topic, payload });
    },
  });
  await workflow.start();
  for (const { at, node, message } of given) {
    await clock.advance(begun + at - clock.now());
    await workflow.inject(node, injected(message));
  }
  await clock.advance(begun + until - clock.now());
  await workflow.stop(0);
  return happenings;
}

/** Asserts what a test of a workflow expects, and that nothing more comes of the nodes that it names. */
export function assertExpected(
  { nodes }: Workflow,
  { expect }: WorkflowTest,
  happenings: readonly Happening[],
): void {
  const typeOf = (node: string) => nodes.get(node)?.type.value;
  const ends = new Set(["mqtt-out", "http-response", "log"]);
  const of = (node: string) =>
    happenings.filter(({ by, node: own }) => {
      const type = typeOf(node) ?? "";
      return ends.has(type) ? by === type && (own ?? node) === node : by === "value" && own === node;
    });
  if (expect.length === 0) {
    assert.deepEqual(
      happenings.filter(({ by }) => by !== "value"),
      [],
    );
  }
  for (const node of new Set(expect.map((one) => one.node))) {
    const expected = expect.filter((one) => one.node === node);
    const actual = of(node);
    const seen = actual.map(({ at, topic, payload }, index) => {
      const wanted = expected[index];
      return {
        ...(wanted?.at === undefined ? {} : { at }),
        ...(wanted && "payload" in wanted ? { payload } : {}),
        ...(wanted && "message" in wanted ? { message: { topic, payload } } : {}),
      };
    });
    assert.deepEqual(
      plain(seen),
      plain(expected.map(({ node: _, ...one }) => one)),
      `What comes of "${node}"`,
    );
  }
}

/** Until when a test has to run, milliseconds. */
export function durationOf({ given, expect }: WorkflowTest): number {
  return Math.max(0, ...given.map(({ at }) => at), ...expect.map(({ at = 0 }) => at));
}

function injected(message: Json): InjectedMessage {
  assert.ok(typeof message === "object" && message !== null && "payload" in message);
  const { payload, topic, source } = message;
  return {
    payload,
    ...(typeof topic === "string" ? { topic } : {}),
    ...(typeof source === "object" && source !== null ? { source: { ...source } } : {}),
  };
}

function jsonOrText(body: string | Uint8Array): unknown {
  const text = typeof body === "string" ? body : new TextDecoder().decode(body);
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
