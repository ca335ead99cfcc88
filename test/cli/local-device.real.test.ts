import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import {
  checkOutput,
  deployOutput,
  deployStep,
  deviceListOutput,
  deviceOutput,
  envListOutput,
  errorOutput,
  injectOutput,
  keptOutput,
  logLine,
  okOutput,
  secretListOutput,
  tapLine,
} from "../../cli/contract.ts";
import { endProcessesOf, processesOf } from "../fleet/desk.ts";
import { freePort, type TemporaryFolder, temporaryFolder } from "../testbed/resources.ts";
import { builtCommand, document, type Ended, eddy, lines, shaped, startEddy } from "./command.ts";

const flow = (text: string) => `eddy: 1
name: Line
env:
  LIMIT: { type: number, default: 8 }
nodes:
  ticks:
    type: simulate
    every: 50ms
  reading:
    type: inject
    payload: { celsius: 0 }
  warm:
    type: filter
    from: reading
    when: msg.payload.celsius > env.LIMIT
  note:
    type: log
    from: warm
    text: ${text}
`;
const guarded = `eddy: 1
secrets:
  TOKEN: { description: a token }
nodes:
  reading: { type: inject }
  note: { type: log, from: reading }
`;

describe("eddy on this computer, from deploy to remove", function () {
  this.timeout(300_000);
  let folder: TemporaryFolder;
  const run = (...given: readonly string[]) => eddy(given, { folder: folder.path });
  const json = (...given: readonly string[]) => run(...given, "--json");

  before(async () => {
    await builtCommand();
    folder = await temporaryFolder("cli-device");
    await writeFile(join(folder.path, "line.flow.yaml"), flow("first"));
    await writeFile(join(folder.path, "guarded.flow.yaml"), guarded);
  });
  after(async () => {
    await endProcessesOf(folder.path);
    await folder[Symbol.asyncDispose]();
  });

  it("deploys, lists, injects, taps, logs, binds, stops, starts, rolls back and removes", async () => {
    // Nothing is started for a look.
    const idle = document(deviceListOutput, await json("device", "list"));
    assert.deepEqual(
      idle.devices.map(({ id, state, workflows }) => ({ id, state, workflows })),
      [{ id: "local", state: "idle", workflows: [] }],
    );
    assert.deepEqual(await processesOf(join(folder.path, "home")), []);

    const first = deployed(await json("deploy", "line.flow.yaml", "--to", "local"));
    assert.deepEqual(first, { deployed: ["This computer"], failed: [] });
    const { devices } = document(deviceListOutput, await json("device", "list"));
    assert.equal(devices[0]?.state, "connected");
    const [installed] = devices[0]?.workflows ?? [];
    assert.ok(installed?.name === "line" && installed.state === "running");

    const injected = await json("inject", "local/line/reading", '{"celsius": 9}');
    const { execution } = document(injectOutput, injected);
    assert.equal(injected.code, 0);
    assert.equal(execution.outcome, "ok");
    assert.deepEqual(
      execution.nodes.map(({ id, output }) => [id, output?.length]),
      [
        ["reading", 1],
        ["warm", 1],
        ["note", undefined],
      ],
    );
    const logged = lines(await json("logs", "local/line")).map((line) => shaped(logLine, line));
    assert.deepEqual(
      logged.filter(({ node }) => node === "note").map(({ message }) => message),
      ["first"],
    );

    // Nothing went wrong, so nothing is kept; what is not there is told.
    assert.deepEqual(document(keptOutput, await json("kept", "local/line")).messages, []);
    failsWith(await json("kept", "local/line", "0000"), 2, "EDDY_UNKNOWN_MESSAGE");
    failsWith(await json("kept", "local/nope"), 2, "EDDY_UNKNOWN_WORKFLOW");

    await tapsUntilInterrupted();
    await followsLogs();

    // A value that is bound holds from the next start on.
    document(okOutput, await json("env", "set", "local/line", "LIMIT=20"));
    assert.deepEqual(document(envListOutput, await json("env", "list", "local/line")).env, { LIMIT: "20" });
    document(okOutput, await json("stop", "local/line"));
    assert.equal((await onlyWorkflow())?.state, "stopped");
    failsWith(await json("inject", "local/line/reading", "{}"), 1, "EDDY_NOT_RUNNING");
    document(okOutput, await json("start", "local/line"));
    const below = document(injectOutput, await json("inject", "local/line/reading", '{"celsius": 9}'));
    assert.ok(!below.execution.nodes.some(({ id }) => id === "note"));
    document(okOutput, await json("env", "unset", "local/line", "LIMIT"));
    assert.deepEqual(document(envListOutput, await json("env", "list", "local/line")).env, {});

    failsWith(await json("rollback", "local/line"), 1, "EDDY_NOTHING_TO_ROLL_BACK");
    await writeFile(join(folder.path, "line.flow.yaml"), flow("second"));
    deployed(await json("deploy", "line.flow.yaml", "--to", "local"));
    assert.notEqual((await onlyWorkflow())?.version, installed.version);
    document(okOutput, await json("rollback", "local/line"));
    assert.equal((await onlyWorkflow())?.version, installed.version);

    document(okOutput, await json("remove", "local/line"));
    assert.equal(await onlyWorkflow(), undefined);
    failsWith(await json("start", "local/line"), 2, "EDDY_UNKNOWN_WORKFLOW");
  });

  it("reads secrets from standard input and never shows them", async () => {
    const refused = await json("deploy", "guarded.flow.yaml", "--to", "local");
    const [missing] = shaped(deployOutput, lines(refused).at(-1)).failed;
    assert.equal(missing?.code, "EDDY_MISSING_VALUES");
    assert.match(missing?.message ?? "", /TOKEN.*eddy secret set/);
    assert.equal(refused.code, 1);

    const given = ["secret", "set", "local/guarded", "TOKEN", "--json"];
    const bound = await eddy(given, { folder: folder.path, input: "t0ken-value\n" });
    document(okOutput, bound);
    deployed(await json("deploy", "guarded.flow.yaml", "--to", "local"));
    const listed = await json("secret", "list", "local/guarded");
    assert.deepEqual(document(secretListOutput, listed), { secrets: ["TOKEN"] });
    const shown = await json("inject", "local/guarded/reading", '"it is t0ken-value"');
    document(injectOutput, shown);
    const logs = await json("device", "logs", "local");
    for (const { stdout, stderr } of [bound, listed, shown, logs])
      assert.doesNotMatch(stdout + stderr, /t0ken-value/);
    assert.match(logs.stdout, /it is \[secret\]/);

    const careless = await json("secret", "set", "local/guarded", "TOKEN=t0ken-value");
    failsWith(careless, 2, "EDDY_USAGE");
    assert.doesNotMatch(careless.stderr, /t0ken-value/);
    const empty = await json("secret", "set", "local/guarded", "TOKEN");
    failsWith(empty, 2, "EDDY_USAGE");
    document(okOutput, await json("secret", "unset", "local/guarded", "TOKEN"));
    assert.deepEqual(document(secretListOutput, await json("secret", "list", "local/guarded")).secrets, []);
  });

  it("adds and shows this computer, and tells what cannot be reached", async () => {
    const { device } = document(deviceOutput, await json("device", "add", "local"));
    assert.equal(device.state, "connected");
    assert.deepEqual(document(deviceOutput, await json("device", "info", "local")).device.id, "local");
    const human = await run("device", "info", "local");
    assert.match(human.stdout, /^This computer ● connected\n/);

    const port = await freePort();
    const unreachable = await json("device", "add", `ssh://nobody@127.0.0.1:${port}`, "--yes");
    failsWith(unreachable, 3, "EDDY_UNREACHABLE");
    failsWith(await json("device", "add", "http://127.0.0.1"), 2, "EDDY_BAD_ADDRESS");
    failsWith(await json("deploy", "line.flow.yaml", "--to", "local", "nowhere"), 2, "EDDY_UNKNOWN_DEVICE");
  });

  it("deploys where it can, and ends with 4 where that is not everywhere", async () => {
    const store = join(folder.path, "home", "devices.json");
    const away = {
      id: "away",
      name: "away",
      url: `ssh://nobody@127.0.0.1:${await freePort()}`,
      agentHome: "/home/nobody/.eddy",
      runtime: { kind: "node", path: "/usr/bin/node" },
    };
    await writeFile(store, JSON.stringify({ version: 1, devices: [away] }));
    const partial = await json("deploy", "line.flow.yaml", "--to", "local", "away");
    const result = shaped(deployOutput, lines(partial).at(-1));
    assert.deepEqual(result.deployed, ["This computer"]);
    assert.deepEqual(
      result.failed.map(({ device, code }) => ({ device, code })),
      [{ device: "away", code: "EDDY_UNREACHABLE" }],
    );
    assert.equal(partial.code, 4);
    assert.equal((await json("deploy", "line.flow.yaml", "--to", "away")).code, 3);
    const { devices } = document(deviceListOutput, await json("device", "list"));
    assert.equal(devices.find(({ id }) => id === "away")?.reason?.code, "EDDY_UNREACHABLE");
    document(okOutput, await json("device", "remove", "away", "--forget"));
  });

  it("does not deploy a workflow with errors", async () => {
    await writeFile(join(folder.path, "wrong.flow.yaml"), "eddy: 1\nnodes:\n  a: { type: nothing }\n");
    const ended = await json("deploy", "wrong.flow.yaml", "--to", "local");
    assert.equal(document(checkOutput, ended).diagnostics[0]?.code, "EDDY_UNKNOWN_TYPE");
    assert.equal(ended.code, 1);
  });

  it("removes the agent with all that it has", async () => {
    document(okOutput, await json("device", "remove", "local"));
    const { devices } = document(deviceListOutput, await json("device", "list"));
    assert.equal(devices[0]?.state, "idle");
    for (let attempt = 0; attempt < 100 && (await agents()).length > 0; attempt++) await pause(50);
    assert.deepEqual(await agents(), []);
  });

  const agents = () => processesOf(join(folder.path, "home"));

  async function onlyWorkflow() {
    const { devices } = document(deviceListOutput, await json("device", "list"));
    return devices[0]?.workflows[0];
  }

  async function tapsUntilInterrupted(): Promise<void> {
    const tap = await startEddy(["tap", "local/line/ticks", "--json"], { folder: folder.path });
    await tap.line((line) => line.includes('"ticks"'));
    tap.kill("SIGINT");
    const ended = await tap.ended;
    assert.equal(ended.code, 0);
    assert.equal(ended.stderr, "");
    for (const line of lines(ended)) assert.equal(shaped(tapLine, line).node, "ticks");
  }

  async function followsLogs(): Promise<void> {
    const follow = ["logs", "local/line", "--follow", "--lines", "0"];
    const logs = await startEddy([...follow, "--json"], { folder: folder.path });
    let isHeard = false;
    const heard = logs
      .line((line) => line.includes("first"))
      .then(() => {
        isHeard = true;
      });
    // Nobody knows from outside when it has begun to listen.
    while (!isHeard) await Promise.race([heard, json("inject", "local/line/reading", '{"celsius": 9}')]);
    logs.kill("SIGINT");
    const ended = await logs.ended;
    assert.equal(ended.code, 0);
    for (const line of lines(ended)) shaped(logLine, line);
  }
});

/** Steps, then the result. */
function deployed(ended: Ended) {
  const all = lines(ended);
  for (const step of all.slice(0, -1)) shaped(deployStep, step);
  assert.equal(ended.code, 0, ended.stdout + ended.stderr);
  return shaped(deployOutput, all.at(-1));
}

function failsWith(ended: Ended, exitCode: number, code: string): void {
  assert.equal(ended.stdout, "");
  const { error } = shaped(errorOutput, JSON.parse(ended.stderr));
  assert.equal(error.code, code, error.message);
  assert.equal(ended.code, exitCode);
}
