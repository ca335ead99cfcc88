import type { ProblemCode } from "../../language/problem.ts";
import type { FoundRuntime, Probe } from "./probe.ts";

/** One thing that the installation will do. `text` says it to a person before it happens. */
export type InstallStep = { readonly text: string } & (
  | { readonly kind: "runtime"; readonly platform: NodePlatform; readonly version: string }
  | { readonly kind: "agent"; readonly version: string; readonly bytes: number }
  | { readonly kind: "trust" }
  | { readonly kind: "service"; readonly manager: ServiceManager }
  | { readonly kind: "linger"; readonly sudo: boolean }
  | { readonly kind: "health" }
);

/** What keeps the agent running. */
export type ServiceManager = "systemd-system" | "systemd-user" | "supervisor-cron" | "supervisor";

/** `one`: the agent runs its workflows in its own thread. Least memory, but nobody ends a workflow that blocks. */
export type Threads = "one" | "several";

/** The platforms that there is a Node binary for. */
export type NodePlatform = "linux-x64" | "linux-arm64";

/** How the agent is run there: a program on the device, or the Node that the installation brings. */
export type Runtime =
  | ({ readonly kind: "node" | "deno" } & FoundRuntime)
  | {
      readonly kind: "brought";
      readonly platform: NodePlatform;
      readonly path: string;
      readonly version: string;
    };

/** What an installation will do to a device, for a person to agree to. */
export interface InstallPlan {
  /** What was found, in a sentence for a person. */
  readonly device: string;
  readonly agentHome: string;
  readonly agentVersion: string;
  readonly runtime: Runtime;
  readonly manager: ServiceManager;
  readonly threads: Threads;
  readonly steps: readonly InstallStep[];
  /** What a person should know and may want to change. */
  readonly warnings: readonly string[];
}

/** A reason why the agent cannot be installed. */
export interface Obstacle {
  readonly code: ProblemCode;
  readonly message: string;
}

export interface PlanInput {
  readonly probe: Probe;
  readonly agent: { readonly version: string; readonly bytes: number };
  /** The Node that would be brought where the device has none. */
  readonly nodeVersion: string;
  /** `own`: bring a Node even where there is a suitable one. */
  readonly node?: "any" | "own" | undefined;
  /** Default: as many as the device has memory for. */
  readonly threads?: Threads | undefined;
}

/** The oldest runtimes that carry `node:sqlite` and all else that the agent uses. */
const oldestNode = 24;
const oldestDeno = [2, 9] as const;
/** glibc that the official builds of Node 24 need (BUILDING.md of Node). */
const oldestGlibc = [2, 28] as const;
/** Bytes that the agent, its data and logs need at least; a Node binary takes 130 MB and its packed copy 50 MB. */
const spaceForAgent = 20 * 1024 * 1024;
const spaceForNode = 180 * 1024 * 1024;
/** `docs/performance.md` has what the agent takes: 92 MB with several threads, 73 MB with one. */
const leastMemory = 96 * 1024 * 1024;
const memoryForThreads = 256 * 1024 * 1024;

/** Decides what to do on a device. A plan, or what stands in its way; changes nothing. */
export function planInstall(input: PlanInput): {
  readonly value: InstallPlan | undefined;
  readonly problems: readonly Obstacle[];
} {
  const { probe, agent } = input;
  const runtime = chooseRuntime(input);
  const obstacles = [...unsupported(probe), ...(isObstacle(runtime) ? [runtime] : [])];
  if (isObstacle(runtime) || obstacles.length > 0) return { value: undefined, problems: obstacles };
  const needed = spaceNeeded(input, runtime);
  if (probe.diskFree < needed) return { value: undefined, problems: [diskFull(probe, needed)] };
  const manager = chooseManager(probe);
  const threads = input.threads ?? (isSmall(probe) ? "one" : "several");
  return {
    value: {
      device: describe(probe),
      agentHome: probe.agentHome,
      agentVersion: agent.version,
      runtime,
      manager,
      threads,
      steps: [
        ...runtimeSteps(probe, runtime),
        ...agentSteps(input),
        { kind: "trust", text: `let this desk's key deploy workflows (${probe.agentHome}/publishers)` },
        { kind: "service", manager, text: serviceText(probe, manager) + threadsText(input, threads) },
        ...lingerSteps(probe, manager),
        { kind: "health", text: "ask the agent how it is" },
      ],
      warnings: warnings(probe, manager),
    },
    problems: [],
  };
}

function isObstacle(value: Runtime | Obstacle): value is Obstacle {
  return "code" in value;
}

function unsupported(probe: Probe): readonly Obstacle[] {
  if (probe.os !== "Linux")
    return [
      {
        code: "EDDY_UNSUPPORTED_DEVICE",
        message: `The device runs ${probe.os || "an unknown system"}; the agent is installed on Linux only.`,
      },
    ];
  if (!probe.canWrite)
    return [
      {
        code: "EDDY_PERMISSION",
        message: `${probe.user.name} may not write to ${probe.agentHome} on the device. Log in as another user, or choose another folder with --agent-home.`,
      },
    ];
  return [];
}

function chooseRuntime({ probe, nodeVersion, node }: PlanInput): Runtime | Obstacle {
  const found = probe.nodes.find(({ version }) => isAtLeast(version, [oldestNode]));
  if (found && node !== "own") return { kind: "node", ...found };
  const platform = nodePlatform(probe);
  if (typeof platform === "string") {
    const version = probe.ownNodes.find((own) => isAtLeast(own, [oldestNode])) ?? nodeVersion;
    return { kind: "brought", platform, version, path: `${probe.agentHome}/node/${version}/bin/node` };
  }
  const deno = probe.denos.find(({ version }) => isAtLeast(version, oldestDeno));
  return deno ? { kind: "deno", ...deno } : platform;
}

/** Whether there is a Node binary that runs there; if not, why not and what to do instead. */
function nodePlatform({ machine, libc, nodes }: Probe): NodePlatform | Obstacle {
  const found = nodes[0] ? ` It has Node ${nodes[0].version} at ${nodes[0].path}.` : "";
  const obstacle = (reason: string, todo: string): Obstacle => ({
    code: "EDDY_NO_RUNTIME",
    message: `The device needs Node ${oldestNode} or newer and ${reason}.${found} ${todo}`,
  });
  if (libc.name === "musl")
    return obstacle(
      "its C library is musl, which Node's own builds do not run on",
      'Install it there ("apk add nodejs"), then try again.',
    );
  if (libc.name === "glibc" && !isAtLeast(libc.version, oldestGlibc))
    return obstacle(
      `its C library (glibc ${libc.version}) is too old to bring one`,
      "Update its system, or install Node there.",
    );
  switch (machine) {
    case "x86_64":
    case "amd64":
      return "linux-x64";
    case "aarch64":
    case "arm64":
      return "linux-arm64";
    default:
      return obstacle(
        `there is no current Node for its processor (${machine || "unknown"}) to bring`,
        "Use a 64-bit system, or install Node there.",
      );
  }
}

function spaceNeeded({ probe, agent }: PlanInput, runtime: Runtime): number {
  const brings = runtime.kind === "brought" && !probe.ownNodes.includes(runtime.version);
  const copies = !probe.agents.includes(agent.version);
  return (brings ? spaceForNode : 0) + (copies ? spaceForAgent + agent.bytes : 0);
}

function diskFull({ diskFree, agentHome }: Probe, needed: number): Obstacle {
  return {
    code: "EDDY_DISK_FULL",
    message: `The device has ${megabytes(diskFree)} free where ${agentHome} is; ${megabytes(needed)} are needed. Free some space there.`,
  };
}

function chooseManager({ systemd, user, cron }: Probe): ServiceManager {
  if (systemd.runs && user.id === 0) return "systemd-system";
  if (systemd.runs && systemd.user) return "systemd-user";
  return cron ? "supervisor-cron" : "supervisor";
}

function runtimeSteps(probe: Probe, runtime: Runtime): readonly InstallStep[] {
  if (runtime.kind !== "brought" || probe.ownNodes.includes(runtime.version)) return [];
  const { platform, version } = runtime;
  const [found] = probe.nodes;
  const isOld = found && !isAtLeast(found.version, [oldestNode]);
  const had = found
    ? isOld
      ? `the one there, ${found.version}, is too old`
      : "as was asked for"
    : "it has none";
  return [
    { kind: "runtime", platform, version, text: `copy Node ${version} to ${probe.agentHome}/node (${had})` },
  ];
}

function agentSteps({ probe, agent }: PlanInput): readonly InstallStep[] {
  const { version, bytes } = agent;
  if (probe.agents.includes(version) && probe.currentAgent === version) return [];
  return [
    {
      kind: "agent",
      version,
      bytes,
      text: `copy the agent ${version} to ${probe.agentHome}/agent (${megabytes(bytes)})`,
    },
  ];
}

function serviceText(probe: Probe, manager: ServiceManager): string {
  switch (manager) {
    case "systemd-system":
      return "start it as the system service eddy-agent (systemd, at every boot)";
    case "systemd-user":
      return `start it as a service of ${probe.user.name} (systemd --user)`;
    case "supervisor-cron":
      return "start it under a small supervisor script, and at every boot by a line in the crontab (there is no systemd)";
    case "supervisor":
      return "start it under a small supervisor script (there is neither systemd nor cron)";
  }
}

function threadsText({ probe, threads }: PlanInput, chosen: Threads): string {
  if (chosen === "several") return "";
  const reason = threads ? "as was asked for" : `the device has ${megabytes(probe.memoryTotal)} of memory`;
  return `, in one thread (${reason}): a workflow that blocks is not ended`;
}

function isSmall({ memoryTotal }: Probe): boolean {
  return memoryTotal > 0 && memoryTotal < memoryForThreads;
}

function lingerSteps({ systemd, user, sudo }: Probe, manager: ServiceManager): readonly InstallStep[] {
  if (manager !== "systemd-user" || systemd.lingers) return [];
  const command = `${sudo ? "sudo " : ""}loginctl enable-linger ${user.name}`;
  return [
    {
      kind: "linger",
      sudo,
      text: `let services of ${user.name} run without a login, so that it starts at boot (${command})`,
    },
  ];
}

function warnings({ memoryTotal, systemd, sudo, user }: Probe, manager: ServiceManager): readonly string[] {
  return [
    ...(manager === "supervisor"
      ? [
          "The agent will not start by itself after a reboot: there is neither systemd nor cron. Connecting to the device starts it again.",
        ]
      : []),
    ...(manager === "systemd-user" && !systemd.lingers && !sudo
      ? [
          `If ${user.name} may not enable lingering, the agent starts at the next login only; run "sudo loginctl enable-linger ${user.name}" there.`,
        ]
      : []),
    ...(memoryTotal > 0 && memoryTotal < leastMemory
      ? [`The device has ${megabytes(memoryTotal)} of memory, which is little: the agent needs about 75 MB.`]
      : []),
  ];
}

function describe({ os, machine, libc, nodes, diskFree, memoryTotal }: Probe): string {
  const node = nodes[0] ? `Node ${nodes[0].version}` : "no Node";
  const system = libc.name === "unknown" ? os : `${os} (${libc.name} ${libc.version})`;
  return `${system} on ${machine}, ${node}, ${megabytes(memoryTotal)} of memory, ${megabytes(diskFree)} free`;
}

function isAtLeast(version: string, oldest: readonly number[]): boolean {
  const parts = version.split(/[.-]/).map(Number);
  for (const [index, least] of oldest.entries()) {
    const part = parts[index] ?? 0;
    if (part !== least) return part > least;
  }
  return true;
}

function megabytes(bytes: number): string {
  return bytes >= 10e9 ? `${Math.round(bytes / 1e9)} GB` : `${Math.max(1, Math.round(bytes / 1e6))} MB`;
}
