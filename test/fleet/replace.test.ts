import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ReplaceOptions } from "../../fleet/contract.ts";
import { deployArtifact } from "../../fleet/deploy.ts";
import { keepDeployed } from "../../fleet/deployed.ts";
import type { Device } from "../../fleet/devices.ts";
import { openPublisher } from "../../fleet/publisher.ts";
import { type ReplacingFleet, replaceDevice } from "../../fleet/replace.ts";
import { EddyError } from "../../language/problem.ts";
import type { RequestName } from "../../runtime/protocol/contract.ts";
import { startDevice } from "../runtime/agent/device.ts";
import { makeArtifact, type WorkflowText } from "../runtime/agent/workflows.ts";
import { temporaryFolder } from "../testbed/resources.ts";
import { rejectsWith } from "./errors.ts";

const options: ReplaceOptions = { secret: () => Promise.reject(new Error("nothing is secret here")) };
/** Says when it is opened, and counts what it is given. */
const counting = (id: string): WorkflowText => ({
  id,
  open: `context.log("info", "opened")`,
  work: 'context.state.set("n", (context.state.get("n") ?? 0) + 1), context.state.get("n")',
});

/** Two agents in this process, and a desk that knows them. */
async function setUp() {
  await using stack = new AsyncDisposableStack();
  const home = stack.use(await temporaryFolder("replace")).path;
  const publisher = await openPublisher(home, Date.now);
  const agents = {
    old: stack.use(await startDevice({ singleThreaded: true })),
    spare: stack.use(await startDevice({ singleThreaded: true })),
  };
  for (const { home: folder } of Object.values(agents))
    await writeFile(join(folder, "publishers", `${publisher.id}.pub`), publisher.publicKey);
  const names = new Map<string, string>([
    ["old", "pump"],
    ["spare", "spare"],
  ]);
  /** Requests that do not arrive, as `agent request`. */
  const lost = new Set<`${string} ${RequestName}`>();
  const deviceOf = (id: string): Device => ({ id, name: names.get(id) ?? "", url: `ssh://${id}` });
  const fleet: ReplacingFleet = {
    home,
    find: async (name) => deviceOf(names.has(name) ? name : "none"),
    list: async () => [...names.keys()].map(deviceOf),
    async rename(id, name) {
      names.set(id, name);
      return deviceOf(id);
    },
    async connect(id) {
      const { client } = id === "old" ? agents.old : agents.spare;
      return {
        ...client,
        async request(name, params, signal) {
          if (lost.has(`${id} ${name}`)) throw new EddyError("EDDY_CONNECTION_LOST", "It is lost.");
          return client.request(name, params, signal);
        },
      };
    },
    async deploy(id, artifact, how) {
      const connect = () => fleet.connect(id);
      const result = await deployArtifact(artifact, { publisher, connect, now: Date.now }, how);
      await keepDeployed(home, id, result.status.id, artifact, connect);
      return result;
    },
  };
  const owned = stack.move();
  return {
    ...agents,
    lost,
    deploy: async (text: WorkflowText) => fleet.deploy("old", (await makeArtifact(text)).bytes),
    replace: () => replaceDevice(fleet, "old", "spare", options),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

describe("a device that takes the place of another", function () {
  this.timeout(60_000);

  it("starts what a restart of that one would have started, and nothing else for a moment", async () => {
    await using desk = await setUp();
    const { old, spare } = desk;
    for (const id of ["runs", "stuck", "stopped"]) {
      await desk.deploy(counting(id));
      assert.equal(await old.inject(id), 1);
    }
    await old.client.request("workflow/deactivate", { id: "stopped" });
    // As the watchdog leaves it.
    const file = join(old.home, "deployments.json");
    const { workflows, ...rest } = JSON.parse(await readFile(file, "utf8"));
    workflows.stuck.quarantine = { code: "EDDY_BLOCKED", message: "It looped." };
    await writeFile(file, JSON.stringify({ ...rest, workflows }));
    await old.restart();
    assert.equal((await old.status("stuck"))?.state, "quarantined");

    const { deployed, stopped, data } = await desk.replace();
    assert.deepEqual(deployed, ["runs", "stopped", "stuck"]);
    assert.deepEqual(stopped, ["stopped", "stuck"]);
    for (const id of deployed) {
      assert.deepEqual(
        data.find(({ workflow }) => workflow === id),
        { workflow: id, values: 1, messages: 0 },
      );
      assert.equal((await old.status(id))?.state, "stopped");
    }
    const onSpare = async () => {
      const found = deployed.map(async (id) => {
        return [(await spare.status(id))?.state, (await spare.logs(id)).length];
      });
      return Promise.all(found);
    };
    const expected = [
      ["running", 1],
      ["stopped", 0],
      ["stopped", 0],
    ];
    assert.deepEqual(await onSpare(), expected);
    await spare.restart();
    assert.deepEqual((await onSpare()).slice(1), expected.slice(1));
    await spare.client.request("workflow/activate", { id: "stopped" });
    assert.deepEqual([await spare.inject("runs"), await spare.inject("stopped")], [2, 2]);
  });

  it("has it run on where it was, where the spare does not take it, and takes its latest data later", async () => {
    await using desk = await setUp();
    const { old, spare, lost } = desk;
    await desk.deploy(counting("flow"));
    assert.equal(await old.inject("flow"), 1);
    lost.add("spare workflow/activate");
    await rejectsWith("EDDY_CONNECTION_LOST", desk.replace());
    assert.deepEqual(
      [(await old.status("flow"))?.state, (await spare.status("flow"))?.state],
      ["running", "installed"],
    );
    assert.equal(await old.inject("flow"), 2);
    lost.clear();
    assert.deepEqual((await desk.replace()).stopped, []);
    assert.equal(await spare.inject("flow"), 3);
  });

  it("says so where what it stopped cannot be started again", async () => {
    await using desk = await setUp();
    await desk.deploy(counting("flow"));
    for (const name of ["spare workflow/activate", "old workflow/activate"] as const) desk.lost.add(name);
    const advice = /"flow" is stopped on pump.*start it before you try once more/;
    await rejectsWith("EDDY_CONNECTION_LOST", desk.replace(), advice);
    assert.equal((await desk.old.status("flow"))?.state, "stopped");
  });
});
