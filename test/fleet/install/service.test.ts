import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  type AgentPlace,
  agentCommand,
  lingerScript,
  serviceScripts,
  supervisorScript,
  systemdUnit,
  uninstallScript,
  wakeScript,
} from "../../../fleet/install/service.ts";
import { startProgram } from "../../testbed/processes.ts";
import { eventually, temporaryFolder } from "../../testbed/resources.ts";

const place: AgentPlace = {
  agentHome: "/home/pi/.eddy",
  runtime: { kind: "node", path: "/usr/bin/node" },
};

/** Every character that some quoting trips over. */
const odd: AgentPlace = {
  agentHome: `/home/o'neil/50% of "it" $HOME`,
  runtime: { kind: "deno", path: "/opt/my deno/bin/deno" },
};

describe("the agent as a service", () => {
  it("is a unit that systemd starts at boot and again after a failure", () => {
    assert.equal(
      systemdUnit(place, "systemd-system"),
      `[Unit]
Description=Eddy agent: runs workflows on this device
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
Environment=MALLOC_ARENA_MAX=1 MALLOC_TRIM_THRESHOLD_=65536
ExecStart="/usr/bin/node" "/home/pi/.eddy/agent/current/agent.mjs" "run" "--home" "/home/pi/.eddy"
Restart=on-failure
RestartSec=2
UMask=0077
StandardOutput=null

[Install]
WantedBy=multi-user.target
`,
    );
    const own = systemdUnit(place, "systemd-user");
    assert.match(own, /WantedBy=default\.target/);
    // A user's systemd knows no network target; a unit that wants one would be reported as broken.
    assert.doesNotMatch(own, /network-online/);
  });

  it("quotes every word for systemd", () => {
    assert.match(
      systemdUnit(odd, "systemd-user"),
      /^ExecStart="\/opt\/my deno\/bin\/deno" "run" .* "--home" "\/home\/o'neil\/50%% of \\"it\\" \$\$HOME"$/m,
    );
  });

  const hasSystemd = existsSync("/usr/bin/systemd-analyze");
  for (const manager of hasSystemd ? (["systemd-system", "systemd-user"] as const) : []) {
    it(`is a unit that systemd accepts: ${manager}`, async () => {
      await using folder = await temporaryFolder("unit");
      const home = join(folder.path, "50% of $it");
      const program = join(home, "bin", "node");
      await mkdir(join(home, "bin"), { recursive: true });
      await writeFile(program, "#!/bin/sh\n", { mode: 0o755 });
      const unit = join(folder.path, "eddy-agent.service");
      const text = systemdUnit({ agentHome: home, runtime: { kind: "node", path: program } }, manager);
      await writeFile(unit, text);
      await chmod(unit, 0o644);
      const analyze = (path: string) =>
        promisify(execFile)("systemd-analyze", ["verify", "--man=no", "--recursive-errors=no", path], {
          env: { ...process.env, LC_ALL: "C" },
        });
      assert.deepEqual(await analyze(unit), { stdout: "", stderr: "" });
      const wrong = join(folder.path, "wrong.service");
      await writeFile(
        wrong,
        text.replace("Restart=on-failure", "Restart=maybe").replaceAll(program, "/nowhere"),
      );
      const complaints = await analyze(wrong).then(
        ({ stderr }) => stderr,
        (error) => String(error.stderr),
      );
      assert.match(complaints, /restart specifier/);
    });
  }

  it("is made of scripts that a POSIX shell can read", async () => {
    for (const where of [place, odd]) {
      const managers = ["systemd-system", "systemd-user", "supervisor-cron", "supervisor"] as const;
      const scripts = [
        supervisorScript(where),
        wakeScript(where),
        uninstallScript(where.agentHome),
        lingerScript(where.agentHome, { sudo: true }),
        ...managers.flatMap((manager) => {
          const { start, complaints } = serviceScripts({ ...where, agentVersion: "abc" }, manager);
          return [start, complaints];
        }),
      ];
      for (const script of scripts) await promisify(execFile)("/bin/sh", ["-n", "-c", script]);
    }
  });

  it("runs in one thread where that was decided, which only the agent itself is told", () => {
    const small = { ...place, threads: "one" } as const;
    assert.match(systemdUnit(small, "systemd-user"), /^ExecStart=.* "--single-threaded"$/m);
    assert.match(supervisorScript(small), /'--single-threaded' >\/dev\/null/);
    assert.ok(!agentCommand(small, "rpc").includes("--single-threaded"));
    assert.ok(!agentCommand({ ...place, threads: "several" }, "run").includes("--single-threaded"));
  });

  it("runs under Deno with the same words", () => {
    assert.deepEqual(agentCommand(odd, "rpc").slice(0, 5), [
      "/opt/my deno/bin/deno",
      "run",
      "--quiet",
      "--allow-all",
      `${odd.agentHome}/agent/current/agent.mjs`,
    ]);
  });
});

describe("the supervisor script", () => {
  /** A home with a program in the agent's place that appends a line to `runs` and then does as it is told. */
  async function supervised(program: string) {
    const folder = await temporaryFolder("supervised");
    const home = join(folder.path, "it's home");
    const runtime = join(folder.path, "runtime");
    await mkdir(join(home, "agent"), { recursive: true });
    await writeFile(runtime, `#!/bin/sh\necho "$*" >>'${folder.path}/runs'\n${program}\n`, { mode: 0o755 });
    const script = join(home, "agent", "supervise.sh");
    await writeFile(script, supervisorScript({ agentHome: home, runtime: { kind: "node", path: runtime } }));
    const runs = async () =>
      (await readFile(join(folder.path, "runs"), "utf8").catch(() => "")).split("\n").filter(Boolean);
    return {
      home,
      runs,
      start: () => startProgram("/bin/sh", [script]),
      [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
    };
  }

  it("starts a failed agent again, and keeps what it said", async () => {
    await using agent = await supervised("echo 'out of luck' >&2; exit 1");
    await using _supervisor = await agent.start();
    await eventually("it was started twice", async () => (await agent.runs()).length >= 2);
    const [first] = await agent.runs();
    assert.equal(first, `${agent.home}/agent/current/agent.mjs run --home ${agent.home}`);
    assert.match(await readFile(join(agent.home, "agent.err"), "utf8"), /out of luck/);
  });

  it("ends with an agent that was asked to end", async () => {
    await using agent = await supervised("exit 0");
    await using supervisor = await agent.start();
    assert.equal(await supervisor.exited, 0);
    assert.equal((await agent.runs()).length, 1);
    assert.ok(!existsSync(join(agent.home, "supervisor.pid")));
  });

  it("ends the agent when it is ended itself", async () => {
    await using agent = await supervised("exec sleep 60");
    await using supervisor = await agent.start();
    await eventually("it runs", async () => (await agent.runs()).length === 1);
    process.kill(supervisor.pid, "SIGTERM");
    assert.equal(await supervisor.exited, 0);
    assert.ok(!existsSync(join(agent.home, "supervisor.pid")));
  });

  it("is one for each home", async () => {
    await using agent = await supervised("exec sleep 60");
    await using _first = await agent.start();
    await eventually("it runs", async () => (await agent.runs()).length === 1);
    await using second = await agent.start();
    assert.equal(await second.exited, 0);
    assert.equal((await agent.runs()).length, 1);
    assert.ok(existsSync(join(agent.home, "supervisor.pid")));
  });

  it("takes the place of one that has died", async () => {
    await using agent = await supervised("exec sleep 60");
    await writeFile(join(agent.home, "supervisor.pid"), `${process.pid}\n`);
    await using _supervisor = await agent.start();
    await eventually("it runs", async () => (await agent.runs()).length === 1);
  });
});
