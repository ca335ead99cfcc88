import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Catalog, ConnectionDescriptor, NodeDescriptor } from "../../language/catalog.ts";
import type { InlineTemplate } from "../../runtime/engine/contract.ts";
import * as code from "./nodes/code.ts";
import * as count from "./nodes/count.ts";
import * as filter from "./nodes/filter.ts";
import * as keep from "./nodes/keep.ts";
import * as map from "./nodes/map.ts";
import * as sink from "./nodes/sink.ts";
import * as source from "./nodes/source.ts";
import * as split from "./nodes/split.ts";
import * as wait from "./nodes/wait.ts";

const modules: readonly { readonly descriptor: NodeDescriptor; readonly inline?: InlineTemplate }[] = [
  code,
  count,
  filter,
  keep,
  map,
  sink,
  source,
  split,
  wait,
];

const mqtt: ConnectionDescriptor = {
  type: "mqtt",
  title: "MQTT broker",
  doc: "",
  params: {
    url: { kind: "template", doc: "", required: true, secrets: true },
    password: { kind: "template", doc: "", secrets: true },
  },
  default: { url: "mqtt://127.0.0.1:1883" },
};

/** Node types with every timing, small enough to see through. */
export const testNodes: Catalog = {
  nodes: new Map(modules.map(({ descriptor }) => [descriptor.type, descriptor])),
  connections: new Map([["mqtt", mqtt]]),
};

export function testTemplate(type: string): InlineTemplate | undefined {
  return modules.find(({ descriptor }) => descriptor.type === type)?.inline;
}

/** A runtime folder with the real engine and these nodes. */
export function createTestRuntime(): { readonly directory: string; dispose(): void } {
  const directory = mkdtempSync(join(tmpdir(), "eddy-runtime-"));
  const link = (name: string, target: string) =>
    symlinkSync(fileURLToPath(new URL(target, import.meta.url)), join(directory, name), "junction");
  link("engine", "../../runtime/engine");
  link("nodes", "./nodes");
  return { directory, dispose: () => rmSync(directory, { recursive: true }) };
}
