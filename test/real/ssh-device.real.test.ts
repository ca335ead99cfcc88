import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AddOptions, Fleet, HostQuestion, InstallPlan, Progress } from "../../fleet/index.ts";
import {
  agentOfVersion,
  endProcessesOf,
  openDesk,
  processesOf,
  startDevice,
  withNode,
} from "../fleet/desk.ts";
import { rejectsWith } from "../fleet/errors.ts";
import { makeArtifact } from "../runtime/agent/workflows.ts";
import { deno } from "../testbed/platforms.ts";
import { runProgram } from "../testbed/processes.ts";
import { eventually, temporaryFolder } from "../testbed/resources.ts";

/** Adds the device and tells what was planned and what was done. */
async function add(fleet: Fleet, options: AddOptions = {}) {
  const plans: InstallPlan[] = [];
  const progress: Progress[] = [];
  const device = await fleet.add("ssh://device", {
    name: "pump",
    ...options,
    confirm: async (plan) => {
      plans.push(plan);
      return (await options.confirm?.(plan)) ?? true;
    },
    progress: (one) => {
      progress.push(one);
      options.progress?.(one);
    },
  });
  return { device, plan: plans[0], progress };
}

async function mounted(folder: string, options: string): Promise<AsyncDisposable> {
  await mkdir(folder, { recursive: true });
  const asRoot = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
  const run = ([command = "", ...words]: readonly string[]) => runProgram(command, words);
  await run([...asRoot, "mount", "-t", "tmpfs", "-o", `${options},mode=777`, "tmpfs", folder]);
  return { [Symbol.asyncDispose]: async () => void (await run([...asRoot, "umount", folder])) };
}

describe("a device over ssh", function () {
  this.timeout(120_000);

  it("is installed, used for all that a device is for, and left as it was", async () => {
    await using server = await startDevice();
    await using desk = await openDesk({ servers: { device: server } });
    const { fleet } = desk;
    await writeFile(join(server.home, "mine.txt"), "not Eddy's");
    const before = await readdir(server.home);

    const { device, plan } = await add(fleet);
    assert.deepEqual(
      plan?.steps.map(({ kind }) => kind),
      ["agent", "trust", "service", "health"],
    );
    assert.deepEqual(device, {
      id: device.id,
      name: "pump",
      url: "ssh://device",
      agentHome: `${server.home}/.eddy`,
      runtime: { kind: "node", path: process.execPath },
      publicKey: device.publicKey,
    });
    assert.deepEqual(
      (await fleet.list()).map(({ name }) => name),
      ["This computer", "pump"],
    );
    for (const path of [".eddy", ".eddy/agent.sock", ".eddy/keys/device.key", ".eddy/agent"])
      assert.equal(statSync(join(server.home, path)).mode & 0o077, 0, `${path} is the user's alone`);

    const first = await makeArtifact({
      id: "flow",
      work: "message.payload + host.env.ADD",
      manifest: { env: { ADD: { type: "number" } }, secrets: ["KEY"] },
    });
    const steps: string[] = [];
    const progress = ({ step }: Progress) => {
      if (steps.at(-1) !== step) steps.push(step);
    };
    const missing = await rejectsWith(
      "EDDY_MISSING_VALUES",
      fleet.deploy("pump", first.bytes, { progress }),
      /ADD.*KEY/,
    );
    assert.deepEqual([missing.details?.env, missing.details?.secrets], [["ADD"], ["KEY"]]);
    assert.deepEqual(steps.splice(0), ["connect", "sign", "send", "activate"]);
    const config = { env: { ADD: 2 }, secrets: { KEY: "hidden value" } };
    const deployed = await fleet.deploy("pump", first.bytes, { config, progress });
    assert.equal(deployed.outcome, "deployed");
    assert.equal(deployed.status.state, "running");
    // What was sent before is there, and only had to be started.
    assert.deepEqual(steps, ["connect", "config", "activate", "running"]);
    assert.equal((await fleet.deploy("pump", first.bytes)).outcome, "unchanged");

    const client = await fleet.connect("pump");
    assert.deepEqual(await client.request("config/get", { workflow: "flow" }), {
      env: { ADD: 2 },
      secrets: ["KEY"],
    });
    const inject = async (payload: unknown) => {
      const record = await client.request("workflow/inject", {
        id: "flow",
        node: "work",
        message: { payload },
      });
      return Reflect.get(Object(record.nodes[0]?.output?.[0]?.message), "payload");
    };
    const values: string[] = [];
    const tap = await client.subscribe("tap/subscribe", { id: "flow" }, (update) => {
      for (const { node, text } of update.values) values.push(`${node}: ${text}`);
    });
    assert.equal(await inject(40), 42);
    await eventually("the value is seen", () => values.includes("work: 42"));
    tap.dispose();

    const second = await makeArtifact({ id: "flow", work: "(context.log('warn', 'second version'), -1)" });
    await fleet.deploy(device.id, second.bytes);
    assert.equal(await inject(40), -1);
    const logs = await client.request("logs/tail", { id: "flow", lines: 100, follow: false });
    assert.ok(logs.records.some(({ level, message }) => level === "warn" && message === "second version"));
    const back = await client.request("workflow/rollback", { id: "flow" });
    assert.equal(back.version, first.version);
    assert.equal(await inject(1), 3);
    for (const file of (await readdir(server.home, { recursive: true, withFileTypes: true })).filter((one) =>
      one.isFile(),
    ))
      assert.ok(!(await readFile(join(file.parentPath, file.name))).includes("hidden value"), file.name);
    assert.equal((await client.request("workflow/deactivate", { id: "flow" })).state, "stopped");
    await assert.rejects(inject(1));
    assert.equal((await client.request("workflow/activate", { id: "flow" })).state, "running");
    assert.equal(await inject(2), 4);
    await client.request("workflow/remove", { id: "flow" });
    assert.deepEqual((await client.request("workflow/list", {})).workflows, []);

    await fleet.remove("pump");
    assert.deepEqual(await readdir(server.home), before);
    assert.deepEqual(await processesOf(server.home), []);
    assert.deepEqual(
      (await fleet.list()).map(({ name }) => name),
      ["This computer"],
    );
    await rejectsWith("EDDY_UNKNOWN_DEVICE", fleet.connect("pump"));
  });

  it("is the same after it was added twice, and its agent has not even noticed", async () => {
    await using server = await startDevice();
    await using desk = await openDesk({ servers: { device: server } });
    const first = await add(desk.fleet);
    const [agent] = await processesOf(`agent.mjs run --home ${server.home}`);
    const second = await add(desk.fleet);
    assert.deepEqual(second.device, first.device);
    assert.deepEqual(
      second.plan?.steps.map(({ kind }) => kind),
      ["trust", "service", "health"],
    );
    assert.deepEqual(await processesOf(`agent.mjs run --home ${server.home}`), [agent]);
    const other = await desk.open();
    assert.equal((await (await other.connect("pump")).request("agent/info", {})).id, first.device.id);
  });

  it("runs in one thread where that is wanted, until something else is", async () => {
    await using server = await startDevice();
    await using desk = await openDesk({ servers: { device: server } });
    const single = async () => {
      const { status } = await (await desk.fleet.connect("pump")).request("agent/health", {});
      assert.equal(status, "ok");
      return (await processesOf(`agent.mjs run --home ${server.home}/.eddy --single-threaded`)).length;
    };
    const { device } = await add(desk.fleet, { threads: "one" });
    assert.equal(device.threads, "one");
    assert.equal(await single(), 1);
    // Added again, it stays as it was asked to be.
    await add(desk.fleet);
    assert.equal(await single(), 1);
    // The second supervisor of the last time, which waits for its turn, does not have it.
    await add(desk.fleet, { threads: "several" });
    assert.equal(await single(), 0);
  });

  it("that no build of Node runs on runs the agent on the Deno that it has", async () => {
    await using tools = await temporaryFolder("deno-only");
    const { command } = deno();
    await symlink(command, join(tools.path, "deno"));
    const uname = '#!/bin/sh\nif [ "$1" = -m ]; then echo riscv64; else exec /usr/bin/uname "$@"; fi\n';
    await writeFile(join(tools.path, "uname"), uname, { mode: 0o755 });
    await using server = await startDevice({ environment: { PATH: `${tools.path}:/usr/bin:/bin` } });
    await using desk = await openDesk({ servers: { device: server } });
    const { device, plan } = await add(desk.fleet);
    assert.equal(plan?.runtime.kind, "deno");
    assert.deepEqual(device.runtime, { kind: "deno", path: join(tools.path, "deno") });
    const client = await desk.fleet.connect(device.id);
    const { runtime } = await client.request("agent/info", {});
    assert.equal(runtime.name, "deno");
    const { bytes } = await makeArtifact({ id: "flow", work: "message.payload * 2" });
    await desk.fleet.deploy(device.id, bytes);
    const { nodes } = await client.request("workflow/inject", {
      id: "flow",
      node: "work",
      message: { payload: 21 },
    });
    assert.equal(Reflect.get(Object(nodes[0]?.output?.[0]?.message), "payload"), 42);
    const { findings } = await desk.fleet.diagnose(device.id);
    assert.deepEqual(
      findings.filter(({ ok }) => !ok),
      [],
    );
    await desk.fleet.remove(device.id);
    assert.ok(!existsSync(join(server.home, ".eddy")));
  });

  it("gets a newer agent in place of the one it has, and its workflows run on", async () => {
    await using server = await startDevice();
    await using desk = await openDesk({ servers: { device: server } });
    const { device } = await add(desk.fleet);
    const { bytes } = await makeArtifact({
      id: "flow",
      work: 'context.state.set("n", (context.state.get("n") ?? 0) + 1), context.state.get("n")',
    });
    await desk.fleet.deploy(device.id, bytes);
    const count = async (fleet: Fleet) => {
      const client = await fleet.connect(device.id);
      const message = { payload: 0 };
      const { nodes } = await client.request("workflow/inject", { id: "flow", node: "work", message });
      return Reflect.get(Object(nodes[0]?.output?.[0]?.message), "payload");
    };
    assert.equal(await count(desk.fleet), 1);
    await using newer = await temporaryFolder("newer");
    await agentOfVersion("9.0.0", newer.path);
    const other = await desk.open({ agentDirectory: newer.path });
    const { plan, device: same } = await add(other);
    assert.deepEqual(same, device);
    assert.deepEqual(
      plan?.steps.map(({ kind }) => kind),
      ["agent", "trust", "service", "health"],
    );
    const client = await other.connect(device.id);
    assert.equal((await client.request("agent/info", {})).agent, "9.0.0");
    await eventually("the workflow runs", async () => {
      const { workflows } = await client.request("workflow/list", {});
      return workflows[0]?.state === "running";
    });
    assert.equal(await count(other), 2);
    assert.equal((await processesOf(`agent.mjs run --home ${server.home}`)).length, 1);
    const versions = await readdir(join(server.home, ".eddy", "agent"), { withFileTypes: true });
    assert.equal(versions.filter((one) => one.isDirectory()).length, 1);
  });

  it("says why an agent does not start, and is taken off again all the same", async () => {
    await using server = await startDevice();
    await using desk = await openDesk({ servers: { device: server } });
    await using broken = await temporaryFolder("broken");
    const text = `if (process.argv[2] === "rpc") process.exit(3);
console.error("no luck today");
process.exit(1);`;
    await writeFile(join(broken.path, "agent.mjs"), text);
    const other = await desk.open({ agentDirectory: broken.path });
    await rejectsWith("EDDY_AGENT_NOT_STARTED", add(other), /no luck today/);
    assert.equal((await desk.fleet.list()).length, 1);
    const { device } = await add(desk.fleet);
    await desk.fleet.remove(device.id);
    assert.ok(!existsSync(join(server.home, ".eddy")));
  });

  it("gives a terminal", async () => {
    await using server = await startDevice();
    await using desk = await openDesk({ servers: { device: server } });
    const { device } = await add(desk.fleet);
    const shell = await desk.fleet.shell(device.id, { columns: 101, rows: 31, type: "xterm" });
    let shown = "";
    shell.output.on("data", (chunk: Buffer) => {
      shown += chunk.toString();
    });
    shell.input.write('stty size; echo "$TERM in $PWD"\n');
    await eventually(
      "it answers",
      () => shown.includes("31 101") && shown.includes(`xterm in ${server.home}`),
    );
    shell.resize(120, 40);
    shell.input.write("stty size; exit 3\n");
    await eventually("it has the other size", () => shown.includes("40 120"));
    assert.equal(await shell.ended, 3);
  });

  it("is not touched before somebody has agreed to the plan", async () => {
    await using server = await startDevice();
    await using desk = await openDesk({ servers: { device: server } });
    const before = await readdir(server.home);
    await rejectsWith("EDDY_DECLINED", add(desk.fleet, { confirm: async () => false }));
    assert.deepEqual(await readdir(server.home), before);
    assert.equal((await desk.fleet.list()).length, 1);
  });

  it("is added only by somebody who knows it and has its key", async () => {
    await using server = await startDevice();
    await using desk = await openDesk({ servers: { device: server } });
    const known = join(desk.userHome, ".ssh", "known_hosts");
    const config = join(desk.userHome, ".ssh", "config");
    const before = await readdir(server.home);
    const loginWith = async (path: string) => {
      const text = await readFile(config, "utf8");
      await writeFile(config, text.replace(/IdentityFile .*/, `IdentityFile ${path}`));
    };
    await runProgram("rm", [known]);
    const fingerprints: string[] = [];
    const answer = (trust: boolean) => ({
      trustHost: async ({ fingerprint }: HostQuestion) => fingerprints.push(fingerprint) > 0 && trust,
      passphrase: async () => "correct horse",
    });
    await rejectsWith("EDDY_HOST_UNKNOWN", add(desk.fleet, { questions: answer(false) }));
    assert.ok(!existsSync(known));
    await loginWith(server.strangerKeyPath);
    await rejectsWith("EDDY_AUTH_FAILED", add(desk.fleet, { questions: answer(true) }));
    assert.equal(await readFile(known, "utf8"), await server.knownHosts());
    assert.deepEqual(fingerprints, [await server.fingerprint(), await server.fingerprint()]);
    assert.deepEqual(await readdir(server.home), before);
    await loginWith(server.lockedKeyPath);
    const { device } = await add(desk.fleet, { questions: answer(true) });
    assert.equal(fingerprints.length, 2, "a known host is not asked about");
    await desk.fleet.connect(device.id);

    await server.replaceHostKey();
    const state = await eventually("the other key is seen", () => {
      const now = desk.fleet.state(device.id);
      return now.kind === "offline" && now.code === "EDDY_HOST_KEY_CHANGED" ? now : undefined;
    });
    assert.equal(state.retryAt, undefined, "it is not tried again by itself");
    await rejectsWith(
      "EDDY_HOST_KEY_CHANGED",
      desk.fleet.connect(device.id, { questions: answer(true) }),
      /Nothing was sent.*ssh-keygen -R/,
    );
    await runProgram("ssh-keygen", ["-R", `[127.0.0.1]:${server.port}`, "-f", known]);
    const client = await desk.fleet.connect(device.id, { questions: answer(true) });
    assert.equal((await client.request("agent/info", {})).id, device.id);
    assert.equal(fingerprints.at(-1), await server.fingerprint());
  });

  it("gets a Node where it has none, and goes on with what an interrupted copy has left", async () => {
    await using server = await startDevice();
    await using desk = await openDesk({ servers: { device: server } });
    let cut = false;
    const interrupted = add(desk.fleet, {
      node: "own",
      progress: ({ step, done = 0, total = 1 }) => {
        if (step !== "runtime" || cut || done < total / 3) return;
        cut = true;
        void server.stop();
      },
    });
    await rejectsWith("EDDY_CONNECTION_LOST", interrupted);
    await server.restart();
    const { plan, progress, device } = await add(desk.fleet, { node: "own" });
    assert.equal(plan?.runtime.kind, "brought");
    const [start] = progress.filter(({ step, done }) => step === "runtime" && done !== undefined);
    assert.ok((start?.done ?? 0) > 0, "what was there is not copied again");
    assert.equal(device.runtime?.path, `${server.home}/.eddy/node/${process.versions.node}/bin/node`);
    const left = (await readdir(server.home, { recursive: true })).filter((name) =>
      /\.(part|out|new)$/.test(name),
    );
    assert.deepEqual(left, []);
    await desk.fleet.remove("pump");
    assert.ok(!existsSync(join(server.home, ".eddy")));
  });

  it("comes back by itself: the agent after a crash, the connection after a loss", async () => {
    await using server = await startDevice();
    await using desk = await openDesk({ servers: { device: server } });
    const { device } = await add(desk.fleet);
    const { bytes } = await makeArtifact({ id: "flow" });
    await desk.fleet.deploy(device.id, bytes);
    const states: string[] = [];
    desk.fleet.onDidChange((id) => states.push(desk.fleet.state(id).kind));
    const [agent] = await processesOf(`agent.mjs run --home ${server.home}`);
    process.kill(agent?.pid ?? 0, "SIGKILL");
    await eventually("the loss is seen", () => states.includes("offline"));
    await eventually("it is connected again", () => desk.fleet.state(device.id).kind === "connected", {
      timeout: 20_000,
    });
    const client = await desk.fleet.connect(device.id);
    await eventually("the workflow runs again", async () => {
      const { workflows } = await client.request("workflow/list", {});
      return workflows[0]?.state === "running";
    });
    await server.stop();
    await eventually("the loss is seen", () => desk.fleet.state(device.id).kind === "offline");
    await server.restart();
    await eventually("it is connected again", () => desk.fleet.state(device.id).kind === "connected", {
      timeout: 20_000,
    });
  });

  it("starts a stopped agent when it is asked for, and tells one that is gone", async () => {
    await using server = await startDevice();
    await using desk = await openDesk({ servers: { device: server } });
    const { device } = await add(desk.fleet);
    await desk.fleet.stopAgent(device.id);
    await eventually("all of it ends", async () => (await processesOf(server.home)).length === 0);
    assert.equal(desk.fleet.state(device.id).kind, "idle");
    const client = await desk.fleet.connect(device.id);
    assert.equal((await client.request("agent/info", {})).id, device.id);
    desk.fleet.disconnect(device.id);
    await endProcessesOf(server.home);
    await runProgram("rm", ["-r", join(server.home, ".eddy")]);
    await rejectsWith("EDDY_AGENT_MISSING", desk.fleet.connect(device.id), /Add the device again/);
  });

  it("is known again by its key, and another one in its place is not taken for it", async () => {
    await using server = await startDevice();
    await using desk = await openDesk({ servers: { device: server } });
    const { device } = await add(desk.fleet);
    await desk.fleet.stopAgent(device.id);
    await eventually("all of it ends", async () => (await processesOf(server.home)).length === 0);
    await runProgram("rm", [join(server.home, ".eddy", "keys", "device.key")]);
    await rejectsWith("EDDY_DEVICE_CHANGED", desk.fleet.connect(device.id));
  });

  it("starts at boot where there is cron, and takes its own line away only", async () => {
    // A crontab that keeps its lines in a file, since the machine's own is not ours to change.
    await using tools = await temporaryFolder("cron");
    const folder = tools.path;
    const table = join(folder, "table");
    const script = `#!/bin/sh\ncase $1 in -l) cat ${table};; -r) rm ${table};; -) cat >${table}.new && mv ${table}.new ${table};; esac\n`;
    await writeFile(join(folder, "crontab"), script, { mode: 0o755 });
    await writeFile(table, "0 3 * * * backup\n");
    await using server = await startDevice({ environment: { PATH: `${folder}:${withNode.PATH}` } });
    await using desk = await openDesk({ servers: { device: server } });
    for (let time = 0; time < 2; time++) {
      const { plan } = await add(desk.fleet);
      assert.equal(plan?.manager, "supervisor-cron");
      assert.equal(
        await readFile(table, "utf8"),
        `0 3 * * * backup\n@reboot /bin/sh '${server.home}/.eddy/agent/supervise.sh'\n`,
      );
    }
    await desk.fleet.remove("pump");
    assert.equal(await readFile(table, "utf8"), "0 3 * * * backup\n");
  });

  it("refuses a place that may not be written to", async () => {
    await using server = await startDevice();
    await using desk = await openDesk({ servers: { device: server } });
    const place = join(server.home, "locked");
    await using _disk = await mounted(place, "ro");
    await rejectsWith(
      "EDDY_PERMISSION",
      add(desk.fleet, { agentHome: join(place, "eddy") }),
      /may not write.*--agent-home/,
    );
    assert.equal((await desk.fleet.list()).length, 1);
  });

  it("refuses a disk that is too small before anything is copied", async () => {
    await using server = await startDevice();
    await using desk = await openDesk({ servers: { device: server } });
    const place = join(server.home, "small");
    await using _disk = await mounted(place, "size=4m");
    await rejectsWith(
      "EDDY_DISK_FULL",
      add(desk.fleet, { agentHome: join(place, "eddy") }),
      /4 MB free.*are needed/,
    );
    assert.deepEqual(await readdir(place), []);
  });

  it("says so when the disk fills up on the way, leaves no half file, and goes on once there is space", async () => {
    await using server = await startDevice();
    await using desk = await openDesk({ servers: { device: server } });
    const place = join(server.home, "small");
    await using _disk = await mounted(place, "size=40m");
    const filler = join(place, "filler");
    const full = add(desk.fleet, {
      agentHome: join(place, "eddy"),
      confirm: async () => {
        await writeFile(filler, Buffer.alloc(39.5 * 1024 * 1024));
        return true;
      },
    });
    await rejectsWith("EDDY_DISK_FULL", full, /no space left/);
    const left = (await readdir(place, { recursive: true })).filter((name) => /\.(part|out|mjs)$/.test(name));
    assert.deepEqual(left, []);
    await runProgram("rm", [filler]);
    const { device } = await add(desk.fleet, { agentHome: join(place, "eddy") });
    await desk.fleet.remove(device.id);
    assert.deepEqual(await readdir(place), []);
    await endProcessesOf(place);
  });

  it("is forgotten without being touched, where that is wanted", async () => {
    await using server = await startDevice();
    await using desk = await openDesk({ servers: { device: server } });
    await add(desk.fleet);
    await server.stop();
    await rejectsWith("EDDY_UNREACHABLE", desk.fleet.remove("pump"));
    await desk.fleet.remove("pump", { mode: "forget" });
    assert.equal((await desk.fleet.list()).length, 1);
    assert.ok(existsSync(join(server.home, ".eddy", "agent", "current", "agent.mjs")));
  });
});
