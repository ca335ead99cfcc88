import { quote } from "../ssh/commands.ts";

/** What a login on a device can see of it, whether its agent runs or not. Bytes, milliseconds, degrees Celsius. */
export interface DeviceFacts {
  /** Since 1970, on the device's own clock. */
  readonly time: number | undefined;
  readonly diskFree: number | undefined;
  readonly inodesFree: number | undefined;
  readonly memoryFree: number | undefined;
  readonly temperature: number | undefined;
  /** What a Raspberry Pi tells of its supply, as bits. */
  readonly throttled: number | undefined;
  readonly hasAgent: boolean;
  readonly runtimeRuns: boolean;
  /** Systemd starts the agent as a service of a user. */
  readonly isUserService: boolean;
  readonly lingers: boolean;
  readonly agentVersion: string | undefined;
  /** The last that the agent complained of, where it was not through its log. */
  readonly complaint: string;
}

/** Prints what `parseFacts` reads. Changes nothing. */
export function factsScript({ agentHome, runtime }: { agentHome: string; runtime: string }): string {
  return `home=${quote(agentHome)}
say() { printf '%s=%s\\n' "$1" "$2"; }
say time "$(date +%s)"
say diskFreeKb "$(df -Pk "$home" 2>/dev/null | awk 'NR == 2 { print $4 }')"
say inodesFree "$(df -Pi "$home" 2>/dev/null | awk 'NR == 2 { print $4 }')"
say memoryKb "$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo 2>/dev/null)"
say millidegrees "$(cat /sys/class/thermal/thermal_zone0/temp 2>/dev/null)"
say throttled "$(cat /sys/devices/platform/soc/soc:firmware/get_throttled 2>/dev/null || vcgencmd get_throttled 2>/dev/null | sed 's/.*=0x//')"
[ -f "$home/agent/current/agent.mjs" ] && say hasAgent yes
say agentVersion "$(readlink "$home/agent/current" 2>/dev/null)"
${quote(runtime)} --version >/dev/null 2>&1 && say runtimeRuns yes
[ -f "\${XDG_CONFIG_HOME:-$HOME/.config}/systemd/user/eddy-agent.service" ] && say userService yes
say linger "$(loginctl show-user "$(id -un)" --property=Linger --value 2>/dev/null)"
say complaint "$(tail -n 1 "$home/agent.err" 2>/dev/null | cut -c 1-300)"
`;
}

export function parseFacts(output: string): DeviceFacts {
  const values = new Map<string, string>();
  for (const line of output.split(/\r?\n/)) {
    const [, name, value] = /^([a-zA-Z]+)=(.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined && value.trim() !== "") values.set(name, value.trim());
  }
  const number = (name: string, base = 10) => {
    const value = Number.parseInt(values.get(name) ?? "", base);
    return Number.isFinite(value) ? value : undefined;
  };
  const scaled = (name: string, factor: number) => {
    const value = number(name);
    return value === undefined ? undefined : value * factor;
  };
  return {
    time: scaled("time", 1000),
    diskFree: scaled("diskFreeKb", 1024),
    inodesFree: number("inodesFree"),
    memoryFree: scaled("memoryKb", 1024),
    temperature: scaled("millidegrees", 1 / 1000),
    throttled: number("throttled", 16),
    hasAgent: values.get("hasAgent") === "yes",
    runtimeRuns: values.get("runtimeRuns") === "yes",
    isUserService: values.get("userService") === "yes",
    lingers: values.get("linger") === "yes",
    agentVersion: values.get("agentVersion"),
    complaint: values.get("complaint") ?? "",
  };
}
