import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  CompletionRequest,
  CompletionResolveRequest,
  CompletionTriggerKind,
  DefinitionRequest,
  HoverRequest,
  InlayHintRequest,
  PrepareRenameRequest,
  RenameRequest,
  SignatureHelpRequest,
} from "vscode-languageserver-protocol";
import { cursor } from "./analyse.ts";
import { Session } from "./session.ts";

const uri = "memory://host/flows/line.flow.yaml";
const example = readFileSync(
  join(import.meta.dirname, "..", "..", "..", "examples", "cold-chain.flow.yaml"),
  "utf8",
);

describe("types in the language server", function () {
  this.timeout(60_000);
  let session: Session;

  before(async () => {
    session = await Session.start();
    await session.open(uri, example);
    await session.analyse(uri);
  });
  after(() => session[Symbol.asyncDispose]());

  /** The example with a change, in which `¦` is the cursor. */
  async function at(from: string, to: string): Promise<number> {
    assert.ok(example.includes(from), from);
    const { text, offset } = cursor(example.replace(from, to));
    await session.change(uri, text);
    return offset;
  }

  it("finds nothing wrong in the example, and tells what passes its ports", async () => {
    await session.change(uri, example);
    const { problems, ports } = await session.analyse(uri);
    assert.deepEqual(
      problems.filter(({ severity }) => severity === "error"),
      [],
    );
    assert.equal(ports.fridge?.out?.payload, "Reading");
  });

  it("shows what is wrong with a type at its characters, with a fix", async () => {
    await session.change(uri, example.replace("msg.payload.celsius > 8", "msg.payload.celcius > 8"));
    const { problems } = await session.analyse(uri);
    const [wrong, ...more] = problems.filter(({ code }) => code.startsWith("EDDY_TYPE"));
    assert.ok(wrong);
    assert.deepEqual(more, []);
    const { text } = cursor(`${example.replace("msg.payload.celsius > 8", "msg.payload.celcius > 8")}¦`);
    assert.equal(text.slice(wrong.range.start, wrong.range.end), "celcius");
    assert.equal(wrong.node, "warm");
    assert.equal(wrong.fixes?.[0]?.edits[0]?.newText, "celsius");
  });

  it("completes what arrives, in half-typed expressions, with details", async () => {
    const offset = await at("when: msg.payload.celsius > 8", "when: msg.payload.¦");
    const items = await session.complete(uri, offset);
    const labels = items.map(({ label }) => label);
    assert.ok(labels.includes("celsius") && labels.includes("door"), labels.join(", "));
    const [first] = items.filter(({ label }) => label === "celsius");
    assert.ok(first);
    const resolved = await session.client.sendRequest(CompletionResolveRequest.type, first);
    assert.match(resolved.detail ?? "", /number/);
  });

  it("says nothing to a blank in an expression", async () => {
    const offset = await at("when: msg.payload.celsius > 8", "when: msg.payload.celsius > ¦8");
    const context = { triggerKind: CompletionTriggerKind.TriggerCharacter, triggerCharacter: " " };
    const place = { ...session.at(uri, offset), context };
    assert.equal(await session.client.sendRequest(CompletionRequest.type, place), null);
  });

  it("completes in templates and in the script", async () => {
    const inTemplate = await at("topic: alerts/${site(msg.topic)}", "topic: alerts/${site(msg.¦)}");
    assert.ok((await session.complete(uri, inTemplate)).some(({ label }) => label === "topic"));
    const inScript = await at('topic.split("/")[1]', "topic.¦");
    assert.ok((await session.complete(uri, inScript)).some(({ label }) => label === "split"));
  });

  it("completes keys and wires as before", async () => {
    const offset = await at("from: fridge\n", "from: ¦\n");
    assert.ok((await session.complete(uri, offset)).some(({ label }) => label === "fridge"));
  });

  it("explains expressions on hover, and helps with calls", async () => {
    const place = await at("when: msg.payload.celsius > 8", "when: msg.payload.cel¦sius > 8");
    const hover = await session.client.sendRequest(HoverRequest.type, session.at(uri, place));
    assert.match(JSON.stringify(hover?.contents), /celsius: number/);
    const call = await at("${site(msg.topic)}", "${site(¦msg.topic)}");
    const help = await session.client.sendRequest(SignatureHelpRequest.type, session.at(uri, call));
    assert.match(help?.signatures[0]?.label ?? "", /topic: string/);
  });

  it("goes from a use to its declaration in the script", async () => {
    const offset = await at("${site(msg.topic)}", "${si¦te(msg.topic)}");
    const found = await session.client.sendRequest(DefinitionRequest.type, session.at(uri, offset));
    const [first] = [found].flat();
    assert.ok(first && "uri" in first);
    assert.equal(first.uri, uri);
    assert.match(example.split("\n")[first.range.start.line] ?? "", /const site/);
  });

  it("renames what the script declares, unless the name is taken", async () => {
    const offset = await at("${site(msg.topic)}", "${si¦te(msg.topic)}");
    const place = session.at(uri, offset);
    const prepared = await session.client.sendRequest(PrepareRenameRequest.type, place);
    assert.ok(prepared && "placeholder" in prepared);
    assert.equal(prepared.placeholder, "site");
    const renamed = await session.client.sendRequest(RenameRequest.type, { ...place, newName: "place" });
    assert.equal(renamed?.changes?.[uri]?.length, 2);
    for (const newName of ["a-b", "msg"])
      await assert.rejects(session.client.sendRequest(RenameRequest.type, { ...place, newName }), newName);
  });

  it("hints at types behind references", async () => {
    await session.change(uri, example);
    const hints = await session.client.sendRequest(InlayHintRequest.type, {
      textDocument: { uri },
      range: { start: { line: 0, character: 0 }, end: { line: 200, character: 0 } },
    });
    assert.ok(hints?.some(({ label }) => label === "Reading"));
  });

  it("complained about nothing", () => assert.deepEqual(session.complaints, []));
});
