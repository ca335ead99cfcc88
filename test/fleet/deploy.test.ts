import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Progress } from "../../fleet/contract.ts";
import { deployArtifact } from "../../fleet/deploy.ts";
import { openPublisher } from "../../fleet/publisher.ts";
import { createAgent } from "../../runtime/agent/agent.ts";
import type { AgentClient } from "../../runtime/protocol/client.ts";
import type { RequestName } from "../../runtime/protocol/contract.ts";
import { makeArtifact, type WorkflowText } from "../runtime/agent/workflows.ts";
import { temporaryFolder } from "../testbed/resources.ts";
import { rejectsWith } from "./errors.ts";

interface Loss {
  readonly request: RequestName;
  /** Which of these requests, from 1. */
  readonly time: number;
  /** Whether the agent has still heard it. */
  readonly heard: boolean;
}

/** A real agent in this process, and connections to it that break where a test wants them to. */
async function setUp(options: { readonly probation?: number } = {}) {
  const folder = await temporaryFolder("deploy");
  const home = join(folder.path, "agent");
  const publisher = await openPublisher(join(folder.path, "desk"), Date.now);
  await mkdir(join(home, "publishers"), { recursive: true });
  await writeFile(join(home, "publishers", `${publisher.id}.pub`), publisher.publicKey);
  const agent = createAgent({ home, singleThreaded: true, drain: 500, ...options });
  const losses: Loss[] = [];
  const asked: RequestName[] = [];
  const counts = new Map<RequestName, number>();
  let client: AgentClient | undefined;
  let connections = 0;
  const connect = async (): Promise<AgentClient> => {
    if (client) return client;
    const real = agent.connect();
    connections++;
    const own: AgentClient = {
      ...real,
      async request(name, params, signal) {
        asked.push(name);
        const time = (counts.get(name) ?? 0) + 1;
        counts.set(name, time);
        const loss = losses.find((one) => one.request === name && one.time === time);
        if (loss) {
          if (loss.heard) await real.request(name, params, signal);
          real.close();
          client = undefined;
        }
        return real.request(name, params, signal);
      },
    };
    client = own;
    return own;
  };
  return {
    home,
    losses,
    asked,
    connections: () => connections,
    direct: agent.connect(),
    deploy: async (text: WorkflowText, options: Parameters<typeof deployArtifact>[2] = {}) => {
      const { bytes } = await makeArtifact(text);
      return deployArtifact(bytes, { publisher, connect, now: Date.now }, options);
    },
    async [Symbol.asyncDispose]() {
      await agent.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

const inject = async (client: AgentClient, payload: unknown): Promise<unknown> => {
  const { nodes } = await client.request("workflow/inject", {
    id: "flow",
    node: "work",
    message: { payload },
  });
  return Reflect.get(Object(nodes[0]?.output?.[0]?.message), "payload");
};

describe("deploying", function () {
  this.timeout(60_000);

  it("signs, sends and starts, tells each step, and does nothing where nothing has changed", async () => {
    await using desk = await setUp();
    const progress: Progress[] = [];
    const text = { id: "flow", work: "message.payload + 1" };
    const { outcome, status } = await desk.deploy(text, { progress: (one) => void progress.push(one) });
    assert.deepEqual([outcome, status.state], ["deployed", "running"]);
    assert.deepEqual(
      [...new Set(progress.map(({ step }) => step))],
      ["connect", "sign", "send", "activate", "running"],
    );
    const [last] = progress.filter(({ step }) => step === "send").slice(-1);
    assert.ok(last?.total !== undefined && last.done === last.total);
    desk.asked.length = 0;
    assert.deepEqual(await desk.deploy(text), { outcome: "unchanged", status });
    assert.deepEqual(desk.asked, ["workflow/list"]);
    assert.equal(await inject(desk.direct, 1), 2);
  });

  it("starts the same version again where it was stopped, without sending it", async () => {
    await using desk = await setUp();
    const text = { id: "flow" };
    await desk.deploy(text);
    await desk.direct.request("workflow/deactivate", { id: "flow" });
    desk.asked.length = 0;
    const { outcome, status } = await desk.deploy(text);
    assert.deepEqual([outcome, status.state], ["deployed", "running"]);
    assert.deepEqual(desk.asked, ["workflow/list", "workflow/activate"]);
  });

  it("leaves what it deploys stopped where it is asked to, also after a lost connection", async () => {
    await using desk = await setUp();
    const text = { id: "flow", open: `context.log("info", "opened")` };
    desk.losses.push({ request: "workflow/deactivate", time: 1, heard: true });
    const steps: string[] = [];
    const { outcome, status } = await desk.deploy(text, {
      state: "stopped",
      progress: ({ step }) => void steps.push(step),
    });
    assert.deepEqual([outcome, status.state, steps.at(-1)], ["deployed", "stopped", "stopped"]);
    assert.equal((await desk.deploy(text, { state: "stopped" })).outcome, "unchanged");
    assert.equal(desk.asked.includes("workflow/activate"), false);
    const opened = async () =>
      (await desk.direct.request("logs/tail", { id: "flow", lines: 10, follow: false })).records.length;
    assert.equal(await opened(), 0);
    assert.equal((await desk.deploy(text)).status.state, "running");
    assert.equal(await opened(), 1);
  });

  it("waits for the end of a probation where it is asked to, and fails where the version goes back", async () => {
    await using desk = await setUp({ probation: 1_500 });
    const open = "this.timer = setInterval(() => emit(1), 20)";
    const close = "clearInterval(this.timer)";
    const first = await desk.deploy({ id: "flow", open, close }, { wait: true });
    assert.equal(first.status.probation, undefined);
    const worse = desk.deploy({ id: "flow", open, close, work: "message.none.such" }, { wait: true });
    await rejectsWith("EDDY_ROLLED_BACK", worse);
    const steps: string[] = [];
    const progress = ({ step }: Progress) => void steps.push(step);
    const text = { id: "flow", open, close, work: "message.payload * 2" };
    const { status } = await desk.deploy(text, { wait: true, progress });
    assert.deepEqual([status.probation, status.rolledBack], [undefined, undefined]);
    assert.ok(steps.indexOf("probation") > steps.indexOf("activate"), steps.join());
  });

  it("binds values even where the version runs already", async () => {
    await using desk = await setUp();
    const text = {
      id: "flow",
      work: "host.env.NAME",
      manifest: { env: { NAME: { type: "string" as const } } },
    };
    await desk.deploy(text, { config: { env: { NAME: "first" } } });
    await desk.deploy(text, { config: { env: { NAME: "second" } } });
    assert.equal(await inject(desk.direct, 0), "second");
  });

  for (const request of ["workflow/install", "workflow/activate", "config/set"] as const) {
    for (const heard of [true, false]) {
      it(`goes on after ${request} was lost, which the agent has ${heard ? "" : "not "}heard`, async () => {
        await using desk = await setUp();
        desk.losses.push({ request, time: 1, heard }, { request, time: 2, heard });
        const { status } = await desk.deploy({ id: "flow" }, { config: { env: {} } });
        assert.equal(status.state, "running");
        assert.equal(desk.connections(), 3);
        assert.equal(await inject(desk.direct, "it runs"), "it runs");
      });
    }
  }

  it("sends no byte twice that has arrived", async () => {
    await using desk = await setUp();
    desk.losses.push({ request: "workflow/install", time: 3, heard: true });
    // What does not compress is what a large artifact consists of.
    const noise = Array.from({ length: 20_000 }, (_, number) => hash("sha256", `${number}`, "base64")).join(
      "",
    );
    const sent: number[] = [];
    const progress = ({ step, done }: Progress) => {
      if (step === "send" && done !== undefined) sent.push(done);
    };
    await desk.deploy(
      {
        id: "flow",
        setup: `const noise = ${JSON.stringify(noise)}; void noise.length;`,
        work: "noise.length",
      },
      { progress },
    );
    assert.ok(sent.length > 3, "there are several pieces");
    assert.deepEqual(
      sent,
      sent.toSorted((one, other) => one - other),
    );
    assert.equal(await inject(desk.direct, 0), noise.length);
  });

  it("gives up after the connection was lost again and again", async () => {
    await using desk = await setUp();
    for (let time = 1; time <= 10; time++)
      desk.losses.push({ request: "workflow/activate", time, heard: false });
    await rejectsWith("EDDY_CONNECTION_LOST", desk.deploy({ id: "flow" }));
    assert.equal(desk.connections(), 5);
  });

  it("leaves the running version alone where the new one is refused", async () => {
    await using desk = await setUp();
    const good = await desk.deploy({ id: "flow", work: "'good'" });
    const before = await readdir(join(desk.home, "workflows", "flow"));
    await rejectsWith(
      "EDDY_LOAD_FAILED",
      desk.deploy({ id: "flow", setup: 'throw new Error("broken from the start");' }),
      /broken from the start/,
    );
    const { workflows } = await desk.direct.request("workflow/list", {});
    assert.deepEqual(
      workflows.map(({ state, version }) => [state, version]),
      [["running", good.status.version]],
    );
    assert.equal(await inject(desk.direct, 0), "good");
    assert.deepEqual(await readdir(join(desk.home, "workflows", "flow")), before);
  });

  it("is refused by an agent that does not know this desk", async () => {
    await using desk = await setUp();
    const { bytes } = await makeArtifact({ id: "flow" });
    await using folder = await temporaryFolder("stranger");
    const publisher = await openPublisher(folder.path, Date.now);
    const action = deployArtifact(bytes, { publisher, connect: async () => desk.direct, now: Date.now });
    await rejectsWith("EDDY_ARTIFACT_UNTRUSTED", action);
    assert.deepEqual((await desk.direct.request("workflow/list", {})).workflows, []);
  });

  it("can be given up", async () => {
    await using desk = await setUp();
    const cancel = new AbortController();
    const progress = ({ step }: Progress) => {
      if (step === "send") cancel.abort(new Error("enough"));
    };
    await assert.rejects(desk.deploy({ id: "flow" }, { progress, signal: cancel.signal }), /enough/);
    const { workflows } = await desk.direct.request("workflow/list", {});
    assert.ok(workflows.every(({ state }) => state !== "running"));
  });
});
