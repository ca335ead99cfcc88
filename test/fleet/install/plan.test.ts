import assert from "node:assert/strict";
import { type PlanInput, planInstall } from "../../../fleet/install/plan.ts";
import type { Probe } from "../../../fleet/install/probe.ts";

/** A fresh 64-bit Raspberry Pi OS, with differences. */
function device(differences: Partial<Probe> = {}): Probe {
  return {
    os: "Linux",
    machine: "aarch64",
    libc: { name: "glibc", version: "2.36" },
    user: { name: "pi", id: 1000, home: "/home/pi" },
    agentHome: "/home/pi/.eddy",
    canWrite: true,
    diskFree: 20e9,
    memoryTotal: 4e9,
    nodes: [],
    denos: [],
    systemd: { runs: true, user: true, lingers: false },
    cron: true,
    sudo: true,
    gzip: true,
    agents: [],
    currentAgent: undefined,
    ownNodes: [],
    ...differences,
  };
}

function planFor(differences: Partial<Probe>, more: Partial<PlanInput> = {}) {
  return planInstall({
    probe: device(differences),
    agent: { version: "abc", bytes: 600_000 },
    nodeVersion: "24.21.0",
    ...more,
  });
}

function plan(differences: Partial<Probe> = {}, more: Partial<PlanInput> = {}) {
  const { value, problems } = planFor(differences, more);
  assert.deepEqual(problems, []);
  assert.ok(value);
  return value;
}

function obstacle(differences: Partial<Probe>, more: Partial<PlanInput> = {}) {
  const { value, problems } = planFor(differences, more);
  assert.equal(value, undefined);
  const [first] = problems;
  assert.ok(first);
  return first;
}

const node24 = { path: "/usr/bin/node", version: "24.11.1" };
const node20 = { path: "/usr/bin/node", version: "20.19.0" };

describe("planning an installation", () => {
  it("brings Node and the agent to a fresh device, and says so before", () => {
    const { steps, runtime, manager, device: found } = plan();
    assert.deepEqual(
      steps.map(({ kind, text }) => `${kind}: ${text}`),
      [
        "runtime: copy Node 24.21.0 to /home/pi/.eddy/node (it has none)",
        "agent: copy the agent abc to /home/pi/.eddy/agent (1 MB)",
        "trust: let this desk's key deploy workflows (/home/pi/.eddy/publishers)",
        "service: start it as a service of pi (systemd --user)",
        "linger: let services of pi run without a login, so that it starts at boot (sudo loginctl enable-linger pi)",
        "health: ask the agent how it is",
      ],
    );
    assert.deepEqual(runtime, {
      kind: "brought",
      platform: "linux-arm64",
      version: "24.21.0",
      path: "/home/pi/.eddy/node/24.21.0/bin/node",
    });
    assert.equal(manager, "systemd-user");
    assert.equal(found, "Linux (glibc 2.36) on aarch64, no Node, 4000 MB of memory, 20 GB free");
  });

  it("runs in one thread where there is little memory, and otherwise where it was asked for", () => {
    const service = ({ steps }: ReturnType<typeof plan>) =>
      steps.find(({ kind }) => kind === "service")?.text;
    assert.equal(plan().threads, "several");
    const small = plan({ memoryTotal: 250_000_000 });
    assert.equal(small.threads, "one");
    assert.match(
      service(small) ?? "",
      /in one thread \(the device has 250 MB of memory\): a workflow that blocks is not ended/,
    );
    assert.equal(plan({ memoryTotal: 250_000_000 }, { threads: "several" }).threads, "several");
    const asked = plan({}, { threads: "one" });
    assert.equal(asked.threads, "one");
    assert.match(service(asked) ?? "", /in one thread \(as was asked for\)/);
    // A device that does not tell its memory is not taken for a small one.
    assert.equal(plan({ memoryTotal: 0 }).threads, "several");
  });

  it("does only what is missing", () => {
    const { steps } = plan({
      nodes: [node24],
      agents: ["abc", "current"],
      currentAgent: "abc",
      systemd: { runs: true, user: true, lingers: true },
    });
    assert.deepEqual(
      steps.map(({ kind }) => kind),
      ["trust", "service", "health"],
    );
  });

  it("takes the runtime that is there, brings one where it is too old or where it is told to", () => {
    assert.deepEqual(plan({ nodes: [node24] }).runtime, { kind: "node", ...node24 });
    assert.match(plan({ nodes: [node20] }).steps[0]?.text ?? "", /the one there, 20\.19\.0, is too old/);
    assert.equal(plan({ nodes: [node20, { ...node24, path: "/opt/node" }] }).runtime.path, "/opt/node");
    const own = plan({ nodes: [node24] }, { node: "own" });
    assert.equal(own.runtime.kind, "brought");
    assert.match(own.steps[0]?.text ?? "", /as was asked for/);
    assert.deepEqual(
      plan({ ownNodes: ["24.20.0"] })
        .steps.map(({ kind }) => kind)
        .slice(0, 2),
      ["agent", "trust"],
    );
    assert.equal(plan({ machine: "x86_64" }).runtime.path, "/home/pi/.eddy/node/24.21.0/bin/node");
  });

  it("takes Deno where no Node runs", () => {
    const deno = { path: "/usr/local/bin/deno", version: "2.9.1" };
    const musl = { name: "musl", version: "1" } as const;
    assert.deepEqual(plan({ libc: musl, denos: [deno] }).runtime, { kind: "deno", ...deno });
    const old = obstacle({ libc: musl, denos: [{ ...deno, version: "2.8.0" }] });
    assert.equal(old.code, "EDDY_NO_RUNTIME");
    assert.match(old.message, /musl.*apk add nodejs/);
  });

  for (const [name, differences, message] of [
    ["an old C library", { libc: { name: "glibc", version: "2.27" } }, /glibc 2\.27.*too old/],
    [
      "a processor without a current Node",
      { machine: "armv7l", nodes: [node20] },
      /armv7l.*It has Node 20\.19\.0/,
    ],
  ] as const) {
    it(`says what to do about ${name}`, () => {
      const { code, message: told } = obstacle(differences);
      assert.equal(code, "EDDY_NO_RUNTIME");
      assert.match(told, message);
    });
  }

  it("does without a runtime of its own for such a processor where Node is there", () => {
    assert.equal(plan({ machine: "armv7l", nodes: [node24] }).runtime.kind, "node");
  });

  for (const [name, differences, manager, warning] of [
    ["root", { user: { name: "root", id: 0, home: "/root" } }, "systemd-system", undefined],
    [
      "no service manager of its own",
      { systemd: { runs: true, user: false, lingers: false } },
      "supervisor-cron",
      undefined,
    ],
    ["no systemd", { systemd: { runs: false, user: false, lingers: false } }, "supervisor-cron", undefined],
    [
      "neither systemd nor cron",
      { systemd: { runs: false, user: false, lingers: false }, cron: false },
      "supervisor",
      /will not start by itself/,
    ],
    ["no sudo", { sudo: false }, "systemd-user", /sudo loginctl enable-linger pi/],
    ["little memory", { memoryTotal: 64e6 }, "systemd-user", /64 MB of memory/],
  ] as const) {
    it(`chooses what keeps the agent running: ${name}`, () => {
      const made = plan(differences);
      assert.equal(made.manager, manager);
      if (warning) assert.match(made.warnings.join("\n"), warning);
      else assert.deepEqual(made.warnings, []);
    });
  }

  it("refuses what cannot work, before anything is changed", () => {
    assert.equal(obstacle({ os: "Darwin" }).code, "EDDY_UNSUPPORTED_DEVICE");
    assert.equal(obstacle({ canWrite: false }).code, "EDDY_PERMISSION");
    const full = obstacle({ diskFree: 100e6 });
    assert.equal(full.code, "EDDY_DISK_FULL");
    assert.match(full.message, /100 MB free where \/home\/pi\/\.eddy is; \d+ MB are needed/);
    assert.equal(plan({ diskFree: 100e6, nodes: [node24] }).runtime.kind, "node");
    assert.deepEqual(
      plan({ diskFree: 0, nodes: [node24], agents: ["abc"], currentAgent: "abc" }).warnings,
      [],
    );
  });
});
