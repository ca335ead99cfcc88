// The workflow whose types are checked, and the checker.
import { readFileSync, statSync } from "node:fs";
import ts from "typescript";
import { parseWorkflow } from "../../language/index.ts";
import { createTypeChecker, type TypeChecker } from "../../language/types/index.ts";
import { builtinCatalog } from "../../runtime/nodes/catalog.ts";

export const file = "/bench/bench.flow.yaml";

/** What a person types who wants `celsius * 1.8 + …`: names that are not whole yet, and numbers that grow. */
export function typed(round: number): string {
  return ["c", "cel", "celsi", "celsius", "celsius + 1"][round % 5] ?? "celsius";
}

export function openChecker(): TypeChecker {
  return createTypeChecker({
    typescript: ts,
    files: {
      readFile: (path) => readFileSync(path, "utf8"),
      fileExists: (path) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false,
    },
  });
}

export function check(checker: TypeChecker, text: string): void {
  const parsed = parseWorkflow(text, file);
  checker.check({ parsed, catalog: builtinCatalog, file });
}

/** What a person changes. */
export interface Changes {
  readonly limit?: string;
  readonly reading?: string;
  readonly script?: string;
}

/** Pipelines of ten nodes beside each other; changes are made in the one in the middle. */
export function workflow(nodes: number, changes: Changes): string {
  const middle = Math.floor(nodes / 20);
  const pipelines = Array.from({ length: nodes / 10 }, (_, n) => pipeline(n, n === middle ? changes : {}));
  return `eddy: 1
name: Cold chain
script: |
  interface Reading { celsius: number; door: "open" | "closed" }
  const site = (topic: string) => topic.split("/")[1];
${changes.script ?? ""}connections:
  plant: { type: mqtt, url: "mqtts://broker.local:8883" }
nodes:
${pipelines.join("\n")}`;
}

function pipeline(n: number, { limit = "msg.payload.celsius", reading = "" }: Changes): string {
  const id = (name: string) => `${name}_${n}`;
  return `  ${id("fridge")}:
    type: mqtt-in
    connection: plant
    topic: site/${n}/fridge
    output: Reading

  ${id("changed")}: { type: on-change, from: ${id("fridge")}, value: msg.payload.celsius, dead-band: 0.5, by: msg.topic }

  ${id("reading")}:
    type: map
    from: ${id("changed")}
    payload: |-
      { ...msg.payload, fahrenheit: msg.payload.celsius * 1.8 + 32${reading} }

  ${id("kind")}:
    type: switch
    from: ${id("reading")}
    cases:
      open: msg.payload.door === "open"
      warm: msg.payload.celsius > 8

  ${id("warm")}:
    type: map
    from: ${id("kind")}.warm
    payload:
      celsius: ${limit}
      door: msg.payload.door

  ${id("calm")}: { type: debounce, from: ${id("kind")}.open, for: 1s }

  ${id("text")}:
    type: template
    from: [${id("warm")}, ${id("calm")}]
    text: "Site \${site(msg.topic)}: \${msg.payload.celsius} °C"

  ${id("alert")}:
    type: mqtt-out
    connection: plant
    from: ${id("text")}
    topic: alerts/${n}

  ${id("size")}:
    type: function
    from: ${id("kind")}.else
    code: |
      return { ...msg, payload: Object.keys(msg.payload).length };

  ${id("log")}:
    type: log
    from: [${id("size")}, ${id("calm")}]
    text: A message of \${typeof msg.payload}
`;
}
