/** Each looks at one thing and says what it found; undefined where a device does not tell. */
import type { AgentInfo, BrokerStatus, Health, WorkflowStatus } from "../../runtime/protocol/contract.ts";
import type { DeviceFacts } from "./facts.ts";
import { bad, type Finding, good } from "./findings.ts";

const megabytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MB`;

/** Milliseconds that two clocks may differ: a signature is good for weeks, but times in logs are compared. */
const clockTolerance = 60_000;

export function checkClock({ time }: Pick<DeviceFacts, "time">, now: number): Finding | undefined {
  if (time === undefined) return undefined;
  const off = time - now;
  if (Math.abs(off) <= clockTolerance) return good("clock", "Its clock and this one agree.");
  const much = Math.abs(off) / 60_000;
  const span =
    much < 120
      ? `${Math.round(much)} minutes`
      : much < 2880
        ? `${Math.round(much / 60)} hours`
        : `${Math.round(much / 1440)} days`;
  return bad(
    "clock",
    `Its clock is ${span} ${off < 0 ? "behind" : "ahead of"} this one (${new Date(time).toISOString()}).`,
    "Set it: sudo timedatectl set-ntp true, or sudo date -s. Certificates and signatures are refused by a wrong clock.",
    "EDDY_CLOCK",
  );
}

const leastDisk = 50 * 2 ** 20;
const leastInodes = 500;

export function checkDisk({
  diskFree,
  inodesFree,
}: Pick<DeviceFacts, "diskFree" | "inodesFree">): Finding | undefined {
  if (diskFree === undefined) return undefined;
  // Some file systems have no fixed number of files, and tell 0 of 0.
  const isOutOfFiles = inodesFree !== undefined && inodesFree > 0 && inodesFree < leastInodes;
  if (diskFree >= leastDisk && !isOutOfFiles) return good("disk", `${megabytes(diskFree)} of disk are free.`);
  return bad(
    "disk",
    isOutOfFiles
      ? `Only ${inodesFree} more files can be made.`
      : diskFree === 0
        ? "The disk is full."
        : `Only ${megabytes(diskFree)} of disk are free.`,
    "Make room: sudo journalctl --vacuum-size=50M, sudo apt-get clean, and see what is large with du -xh / | sort -h | tail.",
    "EDDY_DISK_LOW",
  );
}

const leastMemory = 48 * 2 ** 20;

export function checkMemory({ memoryFree }: Pick<DeviceFacts, "memoryFree">): Finding | undefined {
  if (memoryFree === undefined) return undefined;
  return memoryFree >= leastMemory
    ? good("memory", `${megabytes(memoryFree)} of memory are free.`)
    : bad(
        "memory",
        `Only ${megabytes(memoryFree)} of memory are free.`,
        "End programs that are not needed (see top), or stop workflows.",
        "EDDY_MEMORY_LOW",
      );
}

/** Of the machine, as its agent tells it: where nobody has looked at it with a login. */
export function checkMachine({ time, disk, memory, temperature }: Health, now: number) {
  return [
    checkClock({ time }, now),
    checkDisk({ diskFree: disk.total > 0 ? disk.free : undefined, inodesFree: disk.inodes }),
    checkMemory({ memoryFree: memory.free }),
    checkTemperature({ temperature }),
  ];
}

const hottest = 80;

export function checkTemperature({ temperature }: Pick<DeviceFacts, "temperature">): Finding | undefined {
  if (temperature === undefined) return undefined;
  const told = `${Math.round(temperature)} °C`;
  return temperature < hottest
    ? good("temperature", `The processor has ${told}.`)
    : bad(
        "temperature",
        `The processor has ${told} and is slowed down.`,
        "Cool it: air, a heat sink, shade.",
        "EDDY_HOT",
      );
}

/** Bits of a Raspberry Pi: now, and since the start. */
const underVoltage = { now: 0x1, since: 0x10000 };

export function checkPower({ throttled }: DeviceFacts): Finding | undefined {
  if (throttled === undefined) return undefined;
  if ((throttled & (underVoltage.now | underVoltage.since)) === 0)
    return good("power", "Its supply is strong enough.");
  const when = (throttled & underVoltage.now) !== 0 ? "is" : "was, since it started,";
  return bad(
    "power",
    `The voltage of its supply ${when} too low.`,
    "Use the supply that was made for it, and a short, thick cable. Too little voltage breaks memory cards.",
    "EDDY_UNDERVOLTAGE",
  );
}

export function checkInstallation(
  { hasAgent, runtimeRuns }: DeviceFacts,
  runtime: string,
  url: string,
): Finding {
  if (!hasAgent)
    return bad(
      "installation",
      "There is no agent.",
      `Install it again: eddy device add ${url}`,
      "EDDY_AGENT_MISSING",
    );
  return runtimeRuns
    ? good("installation", "The agent is installed.")
    : bad(
        "installation",
        `The agent is there, and ${runtime} that ran it does not start any more.`,
        `Bring one that is the agent's own: eddy device add ${url} --own-node`,
        "EDDY_NO_RUNTIME",
      );
}

export function checkVersion(
  installed: string | undefined,
  brought: string | undefined,
  url: string,
): Finding | undefined {
  if (installed === undefined || brought === undefined) return undefined;
  return installed === brought
    ? good("version", "The agent is the one that this program brings.")
    : bad(
        "version",
        "The agent is another version than this program brings.",
        `Update it: eddy device add ${url}`,
        "EDDY_AGENT_VERSION",
      );
}

export function checkLinger({ isUserService, lingers }: DeviceFacts): Finding | undefined {
  if (!isUserService) return undefined;
  return lingers
    ? good("start at boot", "It starts when the device does.")
    : bad(
        "start at boot",
        "The agent starts when somebody logs in, not when the device does.",
        "On the device: sudo loginctl enable-linger $USER",
        "EDDY_NO_LINGER",
      );
}

export function checkIdentity({ publicKey }: AgentInfo, known: string | undefined): Finding | undefined {
  if (known === undefined) return undefined;
  return publicKey === known
    ? good("identity", "It is the device that was added.")
    : bad(
        "identity",
        "Another agent than before answers at this address.",
        "If the device was set up anew: eddy device remove DEVICE --forget, then add it again.",
        "EDDY_DEVICE_CHANGED",
      );
}

export function checkTrust({ publishers }: AgentInfo, desk: string, url: string): Finding {
  return publishers.includes(desk)
    ? good("trust", "It trusts this desk.")
    : bad(
        "trust",
        "It does not trust this desk's key, and takes no workflow from it.",
        `Add it again (eddy device add ${url}), or have a desk that it trusts run: eddy device trust DEVICE KEYFILE`,
        "EDDY_ARTIFACT_UNTRUSTED",
      );
}

export function checkBroker(broker: BrokerStatus | undefined): Finding | undefined {
  if (!broker) return undefined;
  return broker.connected
    ? good("broker", `It is at ${broker.url}.`)
    : bad(
        "broker",
        `It does not get to its broker ${broker.url}: ${broker.problem?.message ?? "it is being tried."}`,
        "See that the broker runs and lets it in, then set it anew: eddy device broker DEVICE URL",
        broker.problem?.code ?? "EDDY_BROKER_AWAY",
      );
}

const fixes: Readonly<Record<string, string>> = {
  EDDY_MISSING_VALUES:
    "Give them: eddy env set DEVICE/WORKFLOW NAME=VALUE, eddy secret set DEVICE/WORKFLOW NAME",
  EDDY_OUT_OF_MEMORY: "Give it more (settings.memory), or have it keep less.",
  EDDY_BLOCKED:
    "Mend the loop and deploy it again. The message that it was at is kept: eddy kept DEVICE/WORKFLOW, or below the workflow in VS Code's Devices view.",
};

export function checkWorkflow({ id, state, reason, rolledBack }: WorkflowStatus): Finding {
  const check = `workflow ${id}`;
  if (state === "failed" || state === "quarantined")
    return bad(
      check,
      `It ${state === "failed" ? "has failed" : "failed too often and is not started any more"}${reason ? `: ${reason.message}` : "."}`,
      fixes[reason?.code ?? ""]?.replaceAll("WORKFLOW", id) ??
        `See what it says (eddy logs DEVICE/${id}), then eddy start DEVICE/${id}.`,
      reason?.code,
    );
  if (rolledBack)
    return bad(
      check,
      `The version before runs: ${rolledBack.message}`,
      "Mend it and deploy it again.",
      rolledBack.code,
    );
  return good(check, `It is ${state}.`);
}

/** What the agent itself complains of; what has a check of its own is left to that. */
export function checkHealth({ reasons }: Health, workflows: readonly WorkflowStatus[]): readonly Finding[] {
  const own = reasons.filter(
    ({ code, message }) =>
      code !== "EDDY_DISK_LOW" &&
      !code.startsWith("EDDY_BROKER") &&
      code !== "EDDY_ROLLED_BACK" &&
      !workflows.some(({ reason }) => reason?.code === code && reason.message === message),
  );
  return own.length === 0
    ? [good("health", "The agent complains of nothing.")]
    : own.map(({ code, message }) =>
        bad("health", message, "docs/devices.md lists the codes, and what to do.", code),
      );
}
