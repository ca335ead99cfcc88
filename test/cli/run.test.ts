import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Static } from "typebox";
import { errorOutput, runEvent } from "../../cli/contract.ts";
import { type TemporaryFolder, temporaryFolder } from "../testbed/resources.ts";
import { builtCommand, type Ended, eddy, lines, shaped, startEddy } from "./command.ts";

const flow = `eddy: 1
env:
  LIMIT: { type: number, default: 8 }
secrets:
  TOKEN: { description: a token }
nodes:
  reading:
    type: inject
    payload: { celsius: 0 }
  warm:
    type: filter
    from: reading
    when: msg.payload.celsius > env.LIMIT
  stays:
    type: hold
    from: warm
    when: "true"
    for: 5m
  note:
    type: log
    from: [warm, stays]
    text: "\${msg.payload.celsius} \${msg.topic ?? ''}"
`;
const ticking = `eddy: 1
nodes:
  value: { type: simulate, every: 10ms }
  note: { type: log, from: value }
`;

type RunEvent = Static<typeof runEvent>;

describe("eddy run", function () {
  this.timeout(120_000);
  let folder: TemporaryFolder;
  const run = (...given: readonly string[]) =>
    eddy(["run", ...given], { folder: folder.path, environment: { EDDY_SECRET_TOKEN: "t0ken" } });

  before(async () => {
    await builtCommand();
  });
  beforeEach(async () => {
    folder = await temporaryFolder("cli-run");
    await writeFile(join(folder.path, "warm.flow.yaml"), flow);
    await writeFile(join(folder.path, "ticking.flow.yaml"), ticking);
  });
  afterEach(() => folder[Symbol.asyncDispose]());

  it("runs an example with no broker and no network", async () => {
    const ended = await run(resolve("examples/simulated-line.flow.yaml"), "--for", "3s", "--json");
    const events = eventsOf(ended);
    assert.equal(ended.code, 0);
    assert.equal(events[0]?.event, "started");
    assert.ok(events.some(({ event }) => event === "execution"));
    const last = events.at(-1);
    assert.ok(last?.event === "summary" && last.executions >= 2 && last.errors === 0 && last.p99 >= last.p50);
  });

  it("injects, and ends when what was injected has ended", async () => {
    const ended = await run(
      "warm.flow.yaml",
      "--inject",
      'reading={"celsius":9}',
      "--inject",
      "note={}",
      "--json",
    );
    const events = eventsOf(ended);
    assert.equal(ended.code, 0, ended.stderr);
    const [first, second] = executions(events);
    assert.deepEqual(first?.nodes.map(({ id }) => id).slice(0, 2), ["reading", "warm"]);
    assert.equal(first?.trigger, "reading");
    assert.equal(second?.trigger, "note");
    assert.deepEqual(
      logs(events).map(({ node, message }) => [node, message]),
      [
        ["note", "9 "],
        ["note", "undefined "],
      ],
    );
  });

  it("passes virtual time: five minutes at once", async () => {
    const ended = await run(
      "warm.flow.yaml",
      "--virtual-time",
      "--for",
      "1d",
      "--inject",
      'reading={"celsius":9}',
      "--json",
    );
    const found = logs(eventsOf(ended)).map(({ message }) => message);
    assert.deepEqual(found, ["9 ", "9 "]);
  });

  it("takes env and secrets from options, a file and the environment", async () => {
    await writeFile(join(folder.path, "values.env"), "LIMIT=20\nTOKEN=of-the-file\n");
    const given = ["warm.flow.yaml", "--inject", 'reading={"celsius":9}', "--json"];
    const [file, both] = await Promise.all([
      run(...given, "--env-file", "values.env"),
      run(...given, "--env-file", "values.env", "--env", "LIMIT=3"),
    ]);
    assert.deepEqual(logs(eventsOf(file)), []);
    assert.equal(logs(eventsOf(both)).length, 1);
  });

  it("says which values are missing, wrong or not declared", async () => {
    const bare = await eddy(["run", "warm.flow.yaml", "--for", "1s", "--json"], { folder: folder.path });
    const { error } = shaped(errorOutput, JSON.parse(bare.stderr));
    assert.equal(error.code, "EDDY_MISSING_VALUES");
    assert.match(error.message, /"TOKEN".*EDDY_SECRET_NAME/);
    assert.equal(bare.code, 1);
    const wrong = await run("warm.flow.yaml", "--env", "LIMIT=warm", "--for", "1s");
    assert.match(wrong.stderr, /"LIMIT" has to be a number/);
    const unknown = await run("warm.flow.yaml", "--env", "LIMITS=1", "--for", "1s");
    assert.match(unknown.stderr, /does not declare "LIMITS"/);
    assert.equal(unknown.code, 2);
  });

  it("shows no secret, wherever it stands", async () => {
    const ended = await run("warm.flow.yaml", "--inject", 'reading={"celsius":9,"note":"t0ken"}', "--json");
    assert.doesNotMatch(ended.stdout + ended.stderr, /t0ken/);
    assert.match(ended.stdout, /\[secret\]/);
  });

  it("tells a failed execution and ends with 1", async () => {
    const ended = await run("warm.flow.yaml", "--inject", "reading=null", "--json");
    const [first] = executions(eventsOf(ended));
    assert.equal(first?.outcome, "error");
    assert.match(first?.nodes.find(({ error }) => error)?.error?.message ?? "", /null/);
    assert.equal(ended.code, 1);
  });

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it(`ends with a summary on ${signal}`, async () => {
      const started = await startEddy(["run", "ticking.flow.yaml", "--json"], { folder: folder.path });
      await started.line((line) => line.includes('"execution"'));
      started.kill(signal);
      const ended = await started.ended;
      assert.equal(ended.code, 0);
      assert.equal(eventsOf(ended).at(-1)?.event, "summary");
      assert.equal(ended.stderr, "");
    });
  }

  it("speaks to people without --json, results on standard output", async () => {
    const ended = await run("ticking.flow.yaml", "--for", "200ms");
    assert.match(ended.stdout, /^(info {2}note .+|✔ value → note .+ ms)$/m);
    assert.match(ended.stdout, /\d+ executions?, no errors, p50 .+, p99 .+\n$/);
    assert.match(ended.stderr, /Ctrl\+C/);
  });

  it("says so where Deno is not installed", async () => {
    const ended = await eddy(["run", "ticking.flow.yaml", "--runtime", "deno", "--json"], {
      folder: folder.path,
      environment: { PATH: folder.path },
    });
    assert.equal(shaped(errorOutput, JSON.parse(ended.stderr)).error.code, "EDDY_NO_DENO");
    assert.equal(ended.code, 2);
  });
});

function eventsOf(ended: Ended): readonly RunEvent[] {
  return lines(ended).map((line) => shaped(runEvent, line));
}

function executions(events: readonly RunEvent[]) {
  return events.filter((one) => one.event === "execution");
}

function logs(events: readonly RunEvent[]) {
  return events.filter((one) => one.event === "log");
}
