import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { prelude } from "../../../language/types/prelude.ts";
import { builtinNodes } from "../../../runtime/nodes/catalog.ts";

/** Workflows as the checker will write them, and what is known of what comes out. Each line is right, or says why not. */
const uses = `
declare function $case<const K extends string, P>(k: K, p: P): Case<K, P>;
declare function of<T>(): T;
declare namespace $eddy { interface ErrorPayload { readonly code: string } }
type Reading = { kind: "warm"; celsius: number } | { kind: "door"; open: boolean };
const reading = mqttIn({ output: of<Reading>() }).out;
const topic: string = reading.topic;

const filtered = filter(reading, { when: (msg) => {
  const $c = (msg.payload.kind === "warm");
  if ($c) return $case("out", msg.payload);
  return $case("rejected", msg.payload);
} });
const celsius: number = filtered.out.payload.celsius;
const open: boolean = filtered.rejected.payload.open;
const kept: string = filtered.out.topic;

const switched = switch_(reading, { cases: (msg) => {
  if (msg.payload.kind === "warm") return $case("warm", msg.payload);
  return $case("else", msg.payload);
} });
const other: boolean = switched.else.payload.open;

const mapped = map(filtered.out, { payload: (msg) => msg.payload.celsius * 2, topic: (msg) => msg.topic + "/x" });
const doubled: number = mapped.out.payload;
const text: string = template(mapped.out, { text: (msg) => msg.topic + msg.payload }).out.payload;
const item: "a" | "b" = split(inject({ payload: () => ["a", "b"] as const }).out, { items: (msg) => msg.payload }).out.payload;
const parsed: Reading = parse(template(reading, { text: () => "" }).out, { format: "json", value: (msg) => msg.payload, output: of<Reading>() }).out.payload;

const joined = join({ a: mapped.out, b: reading }, { within: 10, by: (msg) => msg.topic, "at-least": 1 });
const sum: number = joined.out.payload.a + joined.timeout.payload.a!;
const list: readonly number[] = batch(mapped.out, { size: 10 }).out.payload;
const minute = window_(mapped.out, { size: 60_000, value: (msg) => msg.payload, compute: ["mean", "p95"], by: (msg) => msg.topic });
const computed: number = minute.out.payload.mean + minute.out.payload.p95 + minute.out.payload.count;
const byName = window_(filtered.out, { size: { count: 5 }, value: (msg) => ({ celsius: msg.payload.celsius }), compute: ["max"] });
const highest: number = byName.out.payload.celsius.max;

const changed: number = onChange(mapped.out, { value: (msg) => msg.payload, "dead-band": { percent: 5 } }).out.payload;
const held: number = hold(mapped.out, { when: (msg) => msg.payload > 8, for: 5000 }).cleared.payload;
const debounced: number = debounce(mapped.out, { for: 5000, emit: "first" }).out.payload;
const delayed: number = delay(mapped.out, { for: (msg) => msg.payload }).out.payload;
const throttled: number = throttle(mapped.out, { limit: 5, per: 1000, excess: "queue" }).dropped.payload;
const set: number = state_(mapped.out, { set: { alarms: (msg) => msg.payload } }).out.payload;
const returned: string = function_(mapped.out, { code: (msg) => ({ ...msg, payload: "x" }), outputs: ["a", "b"], "on-start": () => {} }).b.payload;

const order = httpIn({ output: of<{ price: number }>() }).out;
const id: string | undefined = order.source.params.id;
const fetched: number = httpRequest(order, { url: (msg) => "http://x/" + msg.source.params.id, payload: (msg, result) => msg.payload.price * result.body.rate, output: of<{ rate: number }>() }).out.payload;
const body: { rate: number } = httpRequest(order, { url: () => "", headers: { a: (msg) => msg.id }, body: (msg) => msg.payload, output: of<{ rate: number }>() }).out.payload;
const said: number = exec(order, { command: "x", args: [(msg) => msg.id], stdin: (msg) => msg.payload, payload: (msg, result) => result.code + msg.payload.price }).out.payload;
const printed: string = exec(order, { command: "x" }).out.payload;
const line: string = fileIn({}).out.payload;
const value: number = simulate({}).out.payload;

const nothing: {}[] = [
  log(order, { text: (msg) => String(msg.payload.price), level: "warn" }),
  mqttOut(order, { topic: (msg) => msg.id, payload: (msg) => msg.payload.price }),
  httpResponse(order, { status: (msg) => msg.payload.price, headers: { "x-id": (msg) => msg.id } }),
  fileOut(order, { path: (msg) => msg.id }),
];

// @ts-expect-error: a door has no temperature.
filtered.rejected.payload.celsius;
// @ts-expect-error: what has not come may be missing.
const missing: number = joined.timeout.payload.a;
// @ts-expect-error: the median is not computed.
minute.out.payload.median;
// @ts-expect-error: prices are numbers.
log(order, { text: (msg) => msg.payload.price });
`;

const library = dirname(fileURLToPath(import.meta.resolve("typescript")));
const options = {
  strict: true,
  noEmit: true,
  target: ts.ScriptTarget.ES2024,
  lib: ["lib.es2024.d.ts"],
  types: [],
};

/** What is wrong with files that are scripts, and see each other's names. */
function problemsOf(files: Readonly<Record<string, string>>): readonly string[] {
  const host: ts.CompilerHost = {
    ...ts.createCompilerHost(options),
    getSourceFile(file, languageVersion) {
      const text = files[file] ?? ts.sys.readFile(join(library, file.slice(file.lastIndexOf("/") + 1)));
      return text === undefined ? undefined : ts.createSourceFile(file, text, languageVersion);
    },
    fileExists: (file) => file in files,
  };
  const program = ts.createProgram(Object.keys(files), options, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
    const line = file ? file.getLineAndCharacterOfPosition(start).line : 0;
    return `${file?.text.split("\n")[line] ?? ""}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
  });
}

/** The names of the members that the type of a function's last parameter has. */
function paramsOf(signature: string): readonly string[] {
  const [declared] = ts.createSourceFile("x.ts", signature, ts.ScriptTarget.ES2024).statements;
  assert.ok(declared && ts.isFunctionDeclaration(declared));
  const type = declared.parameters.at(-1)?.type;
  assert.ok(type && ts.isTypeLiteralNode(type));
  return type.members.map(({ name }) => (name && "text" in name ? name.text : ""));
}

describe("type signatures", () => {
  const signatures = [...builtinNodes.values()].map(({ signature }) => signature).join("\n");

  it("are TypeScript, and give messages the types that they have", () => {
    assert.deepEqual(
      problemsOf({ "/prelude.d.ts": prelude, "/signatures.d.ts": signatures, "/uses.ts": uses }),
      [],
    );
  });

  it("are all made use of here", () => {
    for (const [type, { signature }] of builtinNodes) {
      const [, name = ""] = /^declare function (\w+)[<(]/.exec(signature) ?? [];
      assert.equal(
        name.replace(/_$/, ""),
        type.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()),
      );
      assert.ok(uses.includes(`${name}(`) || uses.includes(`${name}<`), name);
    }
  });

  it("have no params but those of their node types", () => {
    for (const [type, { signature, descriptor }] of builtinNodes) {
      for (const name of paramsOf(signature)) {
        // Reserved: every node may have it.
        if (name === "output") continue;
        assert.ok(Object.hasOwn(descriptor.params, name), `${type}: ${name}`);
      }
    }
  });

  it("have every param whose type depends on the message", () => {
    for (const [type, { signature, descriptor }] of builtinNodes) {
      const known = paramsOf(signature);
      for (const [name, { kind }] of Object.entries(descriptor.params)) {
        if (["expression", "code", "template", "record"].includes(kind))
          assert.ok(known.includes(name), `${type}: ${name}`);
      }
    }
  });
});
