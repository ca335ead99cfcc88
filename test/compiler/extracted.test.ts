import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import {
  applyTextEdits,
  extractSubflow,
  inlineSubflow,
  type ParsedWorkflow,
  parseWorkflow,
  type WorkflowTest,
} from "../../language/index.ts";
import { builtinCatalog } from "../../runtime/nodes/catalog.ts";
import { checkTypes } from "../language/types/checking.ts";
import { createLibraryBench, type TestBench } from "./workflows.ts";

const folder = new URL("../../examples/", import.meta.url);
const examples = readdirSync(folder).filter((name) => name.endsWith(".flow.yaml"));
const file = "./part.flow.yaml";
const id = "part";

/** All that a workflow does to the world when it gets the messages of a test: what it publishes, asks for and logs. */
async function effects(bench: TestBench, text: string, subflow: string, test: WorkflowTest) {
  const files = { "/flows/part.flow.yaml": subflow };
  const { artifact, problems } = await bench.compile(text, { files });
  assert.ok(artifact, JSON.stringify(problems));
  const { env, secrets } = artifact.manifest;
  const running = await bench.run(text, {
    files,
    env: Object.fromEntries(Object.entries(env).map(([name, { default: value = "x" }]) => [name, value])),
    secrets: Object.fromEntries(secrets.map((name) => [name, "x"])),
  });
  const { host, workflow } = running;
  let now = 0;
  for (const { at, node, message } of test.given) {
    await running.pass(at - now);
    now = at;
    assert.ok(typeof message === "object" && message !== null && "payload" in message);
    const { payload, topic, source } = message;
    void workflow.inject(node, {
      payload,
      ...(typeof topic === "string" ? { topic } : {}),
      ...(typeof source === "object" && source !== null ? { source: { ...source } } : {}),
    });
  }
  await running.pass(600_000);
  const { errors } = workflow.counters();
  await workflow.stop(0);
  const brokers = [...new Set(host.connections.map(({ name }) => name))];
  return {
    errors,
    logged: host.logs.map(({ level, message, time }) => [time, level, plain(message)]),
    published: brokers
      .flatMap((name) => host.broker(name).published.map((one) => [one.topic, one.text]))
      .sort(),
  };
}

/** What is said, without where: that is another place now. */
function plain(message: string): string {
  return message.replaceAll(`${id}/`, "").replace(/ \(at .*\)$/, "");
}

/** Neighbours that could be a subflow: none that a test feeds, since it would be looked for by its name. */
function choices({ workflow }: ParsedWorkflow): readonly (readonly string[])[] {
  const fed = new Set(workflow.tests.flatMap(({ given }) => given.map(({ node }) => node)));
  const ids = [...workflow.nodes.keys()];
  const runs = ids.flatMap((_, index) => [1, 2, 3].map((length) => ids.slice(index, index + length)));
  const unique = new Map(runs.map((run) => [run.join(), run]));
  return [...unique.values()].filter((run) => !run.some((one) => fed.has(one)));
}

describe("extracted nodes, compiled", function () {
  this.timeout(120_000);
  const bench = createLibraryBench();
  after(() => bench.dispose());

  for (const name of examples) {
    it(`of ${name} do what they did, in a subflow and back again`, async () => {
      const whole = parseWorkflow(readFileSync(new URL(name, folder), "utf8"), "/flows/test.flow.yaml");
      const { tests } = whole.workflow;
      // A test that names a node keeps it where it is.
      const text = whole.text.slice(0, whole.text.search(/^tests:/m));
      const { ports } = checkTypes(text);
      const before = await Promise.all(tests.map((test) => effects(bench, text, "", test)));
      assert.ok(before.some(({ logged, published }) => logged.length + published.length > 0));
      let made = 0;
      for (const ids of choices(whole)) {
        const { edits, subflow, problems } = extractSubflow(text, { ids, file, id }, builtinCatalog, ports);
        if (problems.length > 0) continue;
        made++;
        const extracted = applyTextEdits(text, edits);
        const inlined = inlineSubflow(extracted, id, subflow, builtinCatalog);
        assert.deepEqual(inlined.problems, []);
        const back = applyTextEdits(extracted, inlined.edits);
        for (const [index, test] of tests.entries()) {
          const told = `${ids.join(", ")}: ${test.name.value}`;
          assert.deepEqual(await effects(bench, extracted, subflow, test), before[index], told);
          if (back !== text) assert.deepEqual(await effects(bench, back, "", test), before[index], told);
        }
      }
      assert.ok(made >= 3, `${made} extractions`);
    });
  }
});
