import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import ts from "typescript";
import { type ParsedWorkflow, type Problem, parseWorkflow } from "../../../language/index.ts";
import { createTypeChecker, type TypeChecker, type TypedWorkflow } from "../../../language/types/index.ts";
import { builtinCatalog } from "../../../runtime/nodes/catalog.ts";

/** A workflow that is in no folder. */
export const path = "/flows/test.flow.yaml";

/** A checker over the files that are given, and those of the disk. */
export function openChecker(files: Readonly<Record<string, string>> = {}): TypeChecker {
  return createTypeChecker({
    typescript: ts,
    files: {
      readFile: (file) => files[file] ?? (existsSync(file) ? readFileSync(file, "utf8") : undefined),
      fileExists: (file) => Object.hasOwn(files, file) || existsSync(file),
      directoryExists: () => true,
    },
  });
}

let shared: TypeChecker | undefined;

/** One checker for all tests: what it keeps of one workflow must not matter to the next. */
export function sharedChecker(): TypeChecker {
  shared ??= openChecker();
  return shared;
}

export interface CheckedText extends TypedWorkflow {
  readonly parsed: ParsedWorkflow;
}

export function checkTypes(text: string, checker = sharedChecker(), file = path): CheckedText {
  const parsed = parseWorkflow(text, file);
  return { parsed, ...checker.check({ parsed, catalog: builtinCatalog, file }) };
}

/** What is wrong, and the text that it is at. */
export function told(text: string, problems: readonly Problem[]): readonly string[] {
  return problems.map(
    ({ code, range, message }) =>
      `${code} at ${JSON.stringify(text.slice(range.start, range.end))}: ${message}`,
  );
}

/** A workflow with the triggers `reading` and `event`, whose payloads are declared. */
export function sensorFlow(nodes: string, head = ""): string {
  return `eddy: 1
script: |
  interface Reading { celsius: number; door: "open" | "closed" }
  type Event = { kind: "temperature"; celsius: number } | { kind: "door"; open: boolean } | { kind: "power"; watts: number };
${head}nodes:
  reading: { type: mqtt-in, topic: a, output: Reading }
  event: { type: http-in, path: /e, output: Event }
${nodes}`;
}

/** The payload of a port of a node. */
export function payload({ ports }: CheckedText, node: string, port = "out"): string | undefined {
  return ports.get(node)?.get(port)?.payload;
}

/** The payload of a port in a workflow of `sensorFlow` with which nothing is wrong. */
export function typed(nodes: string, node = "it", port = "out", head = ""): string | undefined {
  const text = sensorFlow(nodes, head);
  const checked = checkTypes(text);
  assert.deepEqual(told(text, checked.problems), []);
  return payload(checked, node, port);
}
