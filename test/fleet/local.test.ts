import assert from "node:assert/strict";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { openFleet, thisComputer } from "../../fleet/index.ts";
import { makeArtifact } from "../runtime/agent/workflows.ts";
import { runProgram } from "../testbed/processes.ts";
import { eventually, temporaryFolder } from "../testbed/resources.ts";
import { agentOfVersion, builtAgent, openDesk, processesOf } from "./desk.ts";
import { rejectsWith } from "./errors.ts";

const fleetModule = pathToFileURL(join(import.meta.dirname, "../../fleet/index.ts")).href;

/** Runs `body` with `fleet` in a program of its own, to its end, and gives what it printed. */
async function inAnotherProgram(home: string, body: string): Promise<string> {
  const agentDirectory = await builtAgent();
  const text = `import { openFleet } from ${JSON.stringify(fleetModule)};
const fleet = openFleet(${JSON.stringify({ home, agentDirectory })});
${body}
await fleet.dispose();`;
  return runProgram(process.execPath, ["--input-type=module", "--eval", text]);
}

describe("this computer", function () {
  this.timeout(60_000);

  it("is a device that needs no installation, and runs what is deployed to it", async () => {
    await using desk = await openDesk();
    assert.deepEqual(await desk.fleet.list(), [thisComputer]);
    assert.deepEqual(desk.fleet.state("local"), { kind: "idle" });
    const { bytes } = await makeArtifact({ id: "flow", work: "message.payload * 2" });
    const { outcome, status } = await desk.fleet.deploy("local", bytes);
    assert.deepEqual([outcome, status.state], ["deployed", "running"]);
    const client = await desk.fleet.connect("local");
    const { nodes } = await client.request("workflow/inject", {
      id: "flow",
      node: "work",
      message: { payload: 21 },
    });
    assert.equal(Reflect.get(Object(nodes[0]?.output?.[0]?.message), "payload"), 42);
    assert.equal(desk.fleet.state("local").kind, "connected");
  });

  it("goes on when the program that started it has ended, and is found by the next one", async () => {
    await using desk = await openDesk();
    const started = await inAnotherProgram(
      desk.home,
      `const client = await fleet.connect("local");
console.log((await client.request("agent/info", {})).id);`,
    );
    const agents = await processesOf(`run --home ${desk.home}`);
    assert.equal(agents.length, 1);
    const info = await (await desk.fleet.connect("local")).request("agent/info", {});
    assert.equal(info.id, started.trim());
    await desk.fleet.dispose();
    assert.deepEqual(await processesOf(`run --home ${desk.home}`), agents);
  });

  it("is one agent, however many programs need it at the same moment", async () => {
    await using desk = await openDesk();
    const fleets = [desk.fleet, await desk.open(), await desk.open(), await desk.open()];
    const clients = await Promise.all(fleets.map((fleet) => fleet.connect("local")));
    const ids = await Promise.all(clients.map((client) => client.request("agent/info", {})));
    assert.equal(new Set(ids.map(({ id }) => id)).size, 1);
    assert.equal((await processesOf(`run --home ${desk.home}`)).length, 1);
  });

  it("stops with all its workflows when asked to, and starts them again with the next connection", async () => {
    await using desk = await openDesk();
    const other = await desk.open();
    const { bytes } = await makeArtifact({ id: "flow" });
    await desk.fleet.deploy("local", bytes);
    await other.connect("local");
    const states: string[] = [];
    desk.fleet.onDidChange((id) => states.push(desk.fleet.state(id).kind));
    await desk.fleet.stopAgent("local");
    assert.deepEqual(states, ["idle"]);
    await eventually("its process ends", async () => (await processesOf(desk.home)).length === 0);
    const state = await eventually("the other program sees it", () => {
      const now = other.state("local");
      return now.kind === "offline" ? now : undefined;
    });
    assert.match(state.code, /^EDDY_(CONNECTION_LOST|AGENT_STOPPED)$/);
    assert.ok(state.retryAt !== undefined, "it looks whether the agent is back");
    const client = await desk.fleet.connect("local");
    await eventually("the workflow runs again", async () => {
      const { workflows } = await client.request("workflow/list", {});
      return workflows[0]?.state === "running";
    });
  });

  it("is erased with what it kept, and with nothing else", async () => {
    await using desk = await openDesk();
    const { bytes } = await makeArtifact({ id: "flow" });
    await desk.fleet.deploy("local", bytes);
    const publisher = await desk.fleet.publisher();
    await desk.fleet.remove("local");
    assert.deepEqual(await readdir(desk.home), ["devices.json", "keys"]);
    await eventually("its process ends", async () => (await processesOf(desk.home)).length === 0);
    assert.deepEqual(await desk.fleet.list(), [thisComputer]);
    assert.deepEqual(await desk.fleet.publisher(), publisher);
    const client = await desk.fleet.connect("local");
    assert.deepEqual((await client.request("workflow/list", {})).workflows, []);
  });

  it("runs from a copy of its own, which an update of the program does not take away", async () => {
    await using desk = await openDesk();
    await desk.fleet.connect("local");
    const [agent] = await processesOf(`run --home ${desk.home}`);
    assert.match(
      agent?.command ?? "",
      new RegExp(`${join(desk.home, "local", "agent")}/[0-9a-f]+/agent\\.mjs`),
    );
  });

  it("gives way to a newer agent only", async () => {
    await using desk = await openDesk();
    await using folder = await temporaryFolder("agent-version");
    const infoOf = async (version: string) => {
      const agentDirectory = join(folder.path, version);
      await agentOfVersion(version, agentDirectory);
      const fleet = openFleet({ home: desk.home, agentDirectory });
      const info = await (await fleet.connect("local")).request("agent/info", {});
      await fleet.dispose();
      return info.agent;
    };
    assert.equal(await infoOf("0.9.0"), "0.9.0");
    assert.equal(await infoOf("0.10.0"), "0.10.0");
    assert.equal(await infoOf("0.9.1"), "0.10.0");
    const agents = (await readdir(join(desk.home, "local", "agent"))).sort();
    assert.equal(agents.length, 2, "the older one's files have gone");
    assert.equal((await processesOf(`run --home ${desk.home}`)).length, 1);
  });

  it("says why the agent did not start, and that there is none to start", async () => {
    await using folder = await temporaryFolder("no-agent");
    const home = join(folder.path, "home");
    const missing = openFleet({ home, agentDirectory: folder.path });
    await rejectsWith("EDDY_NO_AGENT", missing.connect("local"), /npm run build/);
    await missing.dispose();
    await writeFile(join(folder.path, "agent.mjs"), `console.error("no disk today"); process.exit(4);`);
    const broken = openFleet({ home, agentDirectory: folder.path });
    await rejectsWith("EDDY_AGENT_NOT_STARTED", broken.connect("local"), /ended with 4.*no disk today/s);
    assert.equal(broken.state("local").kind, "offline");
    await broken.dispose();
  });

  it("has no terminal beside the one that the user sits at", async () => {
    await using desk = await openDesk();
    const terminal = { columns: 80, rows: 24, type: "xterm" };
    await rejectsWith("EDDY_NO_SHELL", desk.fleet.shell("local", terminal));
  });
});
