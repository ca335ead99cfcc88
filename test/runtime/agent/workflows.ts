/** Workflows written by hand on the real engine, as the compiler would make them, and the desk that signs them. */
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { type ManifestContent, packArtifact, signArtifact } from "../../../runtime/protocol/artifact.ts";
import type { AgentClient } from "../../../runtime/protocol/client.ts";

const root = new URL("../../../", import.meta.url).pathname;

/** JavaScript of an expression over `message`, `host`, `context` and whatever `setup` declares. */
export interface WorkflowText {
  readonly id: string;
  /** Runs when the workflow is made. */
  readonly setup?: string;
  /** Runs for each message; its value is the payload that goes on. */
  readonly work?: string;
  /** The body of the trigger's `open`, with `emit(payload, acknowledge?)` in scope. */
  readonly open?: string;
  readonly close?: string;
  readonly manifest?: Partial<ManifestContent>;
}

/**
 * Three nodes: the trigger `in`, the asynchronous node `work`, and `last`, an immediate one that ends it.
 * `context.state` of `work` is durable.
 */
export async function makeArtifact(text: WorkflowText): Promise<{ bytes: Uint8Array; version: string }> {
  const code = await bundle(sourceOf(text));
  const { bytes, manifest } = packArtifact({ code }, {
    format: 1,
    id: text.id,
    name: `Test of ${text.id}`,
    file: `${text.id}.flow.yaml`,
    abi: 1,
    compiler: "test",
    target: "node",
    optimize: "none",
    isolation: "shared",
    restart: "always",
    capabilities: [],
    env: {},
    secrets: [],
    nodes: [
      { id: "in", type: "inject", line: 1 },
      { id: "work", type: "function", line: 2 },
      { id: "last", type: "log", line: 3 },
    ],
    ...text.manifest,
  } as ManifestContent);
  return { bytes, version: manifest.version };
}

function sourceOf({ id, setup = "", work = "message.payload", open = "", close = "" }: WorkflowText): string {
  return `
import { asynchronous } from "./runtime/engine/asynchronous.ts";
import { createEngine } from "./runtime/engine/engine.ts";
import { immediate, trigger } from "./runtime/engine/nodes.ts";
export default (host) => {
  const $ = createEngine(host, {
    id: ${JSON.stringify(id)}, timezone: "UTC",
    queue: { limit: 1000, overflow: "block" },
    nodes: [{ id: "in" }, { id: "work" }, { id: "last" }],
    ports: [{ node: 0, name: "out", to: [1] }, { node: 1, name: "out", to: [2] }, { node: 2, name: "out" }],
  });
  ${setup}
  const last = immediate($, 2, { timing: "immediate", create: (context, params, outputs) => (message) => outputs.out(message) }, {}, {
    out: (message) => { $.counts[2]++; if ($.watching) $.emitted(2, message); },
  });
  const work = asynchronous($, 1, {
    timing: "asynchronous",
    create: (context) => ({
      async receive(message, outputs) {
        const payload = await (${work});
        outputs.out({ ...message, payload });
      },
    }),
  }, {}, {
    out: (message) => { $.counts[1]++; if ($.watching) $.emitted(1, message); last(message); },
  });
  const first = (message) => { $.counts[0]++; if ($.watching) $.emitted(0, message); work(message); };
  trigger($, 0, {
    timing: "trigger",
    create(context, params, outputs) {
      const emit = (payload, acknowledge) =>
        outputs.out({ id: context.newId(), time: context.clock.now(), payload }, acknowledge);
      return { async open() { ${open} }, async close() { ${close} } };
    },
  }, {}, { out: first });
  return $.workflow({ inputs: [first, work, last], errors: {} });
};`;
}

const bundles = new Map<string, Promise<string>>();

function bundle(source: string): Promise<string> {
  const known = bundles.get(source);
  if (known) return known;
  const made = build({
    stdin: { contents: source, resolveDir: root, loader: "ts" },
    bundle: true,
    write: false,
    format: "iife",
    globalName: "made",
    target: "node22",
    logLevel: "error",
  }).then(({ outputFiles }) => `${outputFiles[0]?.text}\nreturn made.default(host);`);
  bundles.set(source, made);
  return made;
}

/** Whose artifacts a device takes once it trusts it. */
export interface Desk {
  readonly keyId: string;
  readonly key: KeyObject;
  trust(home: string): Promise<void>;
  sign(bytes: Uint8Array, change?: { sequence?: number; expires?: number }): Uint8Array;
}

export function createDesk(): Desk {
  const { privateKey } = generateKeyPairSync("ed25519");
  const publicKey = createPublicKey(privateKey);
  const keyId = createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("hex");
  let sequence = 0;
  return {
    keyId,
    key: privateKey,
    async trust(home) {
      await mkdir(join(home, "publishers"), { recursive: true });
      const pem = publicKey.export({ type: "spki", format: "pem" });
      await writeFile(join(home, "publishers", `${keyId}.pub`), pem);
    },
    sign(bytes, change = {}) {
      const issued = Date.now();
      return signArtifact(bytes, privateKey, {
        sequence: change.sequence ?? ++sequence,
        issued,
        expires: change.expires ?? issued + 3_600_000,
      });
    },
  };
}

/** Sends an artifact in pieces, as a desk does. */
export async function install(
  client: AgentClient,
  id: string,
  version: string,
  bytes: Uint8Array,
  pieceSize = 1_000_000,
): Promise<void> {
  for (let offset = 0; offset < bytes.length; offset += pieceSize) {
    await client.request("workflow/install", {
      id,
      version,
      size: bytes.length,
      offset,
      data: Buffer.from(bytes.subarray(offset, offset + pieceSize)).toString("base64"),
    });
  }
}

export async function deploy(client: AgentClient, desk: Desk, text: WorkflowText): Promise<string> {
  const { bytes, version } = await makeArtifact(text);
  await install(client, text.id, version, desk.sign(bytes));
  await client.request("workflow/activate", { id: text.id, version });
  return version;
}
