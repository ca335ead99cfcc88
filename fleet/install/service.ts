import { quote } from "../ssh/commands.ts";
import type { Runtime, ServiceManager, Threads } from "./plan.ts";

/** Where the agent is on a device, and what runs it. */
export interface AgentPlace {
  readonly agentHome: string;
  readonly runtime: Pick<Runtime, "kind" | "path">;
  /** Default: `several`. */
  readonly threads?: Threads | undefined;
}

/**
 * What the agent finds in its environment: glibc is to give each thread no heap of its own and to give back what is free
 * (mallopt(3)). It takes a tenth less memory that way.
 */
export const agentEnvironment = { MALLOC_ARENA_MAX: "1", MALLOC_TRIM_THRESHOLD_: "65536" } as const;

const environmentWords = Object.entries(agentEnvironment).map(([name, value]) => `${name}=${value}`);

/** The words of the command that runs the agent's program with `verb` (`run`, `rpc`). */
export function agentCommand(
  { agentHome, runtime, threads }: AgentPlace,
  verb: "run" | "rpc",
): readonly string[] {
  return [
    runtime.path,
    ...(runtime.kind === "deno" ? ["run", "--quiet", "--allow-all"] : []),
    `${agentHome}/agent/current/agent.mjs`,
    verb,
    "--home",
    agentHome,
    ...(verb === "run" && threads === "one" ? ["--single-threaded"] : []),
  ];
}

const service = "eddy-agent";

/** The service file, for `systemd` itself or for one user's. */
export function systemdUnit(place: AgentPlace, manager: "systemd-system" | "systemd-user"): string {
  const isSystem = manager === "systemd-system";
  const [program = "", ...words] = agentCommand(place, "run");
  // Variables are replaced in all words but the program itself.
  const command = [systemdWord(program), ...words.map((word) => systemdWord(word).replaceAll("$", "$$$$"))];
  return `[Unit]
Description=Eddy agent: runs workflows on this device
${isSystem ? "Wants=network-online.target\nAfter=network-online.target\n" : ""}StartLimitIntervalSec=0

[Service]
Environment=${environmentWords.join(" ")}
ExecStart=${command.join(" ")}
Restart=on-failure
RestartSec=2
UMask=0077
StandardOutput=null

[Install]
WantedBy=${isSystem ? "multi-user.target" : "default.target"}
`;
}

/** Quoted as systemd.service(5), "Command lines", asks for. */
function systemdWord(word: string): string {
  return `"${word.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("%", "%%")}"`;
}

/**
 * Keeps the agent running where no service manager does: starts it anew when it fails, with growing pauses, and ends
 * when the agent was asked to end. One at a time for each agent home.
 */
export function supervisorScript(place: AgentPlace): string {
  return `#!/bin/sh
# Keeps the Eddy agent running. Removing the device in Eddy takes this away again.
home=${quote(place.agentHome)}
cd "$home" || exit 1
umask 077
runs() {
  other=$(cat supervisor.pid 2>/dev/null) && kill -0 "$other" 2>/dev/null && tr '\\0' ' ' <"/proc/$other/cmdline" 2>/dev/null | grep -q supervise
}
# One that is about to end is given the time to do so.
tries=0
while runs; do
  if [ "$tries" -ge 3 ]; then exit 0; fi
  tries=$((tries + 1))
  sleep 1
done
echo $$ >supervisor.pid
child=
stop() {
  trap '' TERM INT HUP
  if [ -n "$child" ]; then
    kill -TERM "$child" 2>/dev/null
    wait "$child"
  fi
  rm -f supervisor.pid
  exit 0
}
trap stop TERM INT
trap '' HUP
export ${environmentWords.join(" ")}
pause=1
while [ "$(cat supervisor.pid 2>/dev/null)" = $$ ]; do
  started=$(date +%s)
  # The reason of the last failures is kept, not the history of the device.
  if [ -f agent.err ]; then tail -c 20000 agent.err >agent.err.new && mv agent.err.new agent.err; fi
  ${agentCommand(place, "run").map(quote).join(" ")} >/dev/null 2>>agent.err </dev/null &
  child=$!
  wait "$child"
  code=$?
  child=
  if [ "$code" -eq 0 ]; then break; fi
  if [ $(($(date +%s) - started)) -gt 60 ]; then pause=1; fi
  sleep "$pause" &
  wait $!
  pause=$((pause * 2))
  if [ "$pause" -gt 60 ]; then pause=60; fi
done
if [ "$(cat supervisor.pid 2>/dev/null)" = $$ ]; then rm -f supervisor.pid; fi
`;
}

/** Where each manager's own file is, and what starts, stops and forgets the service. All scripts may run twice. */
export interface ServiceScripts {
  /** The content of the file that the scripts take on their input. */
  readonly file: string;
  /** Writes the file from its input and starts the service; anew where it runs another `version` or the file has changed. */
  readonly start: string;
  /** What it last complained about. */
  readonly complaints: string;
}

export function serviceScripts(
  place: AgentPlace & { readonly agentVersion: string },
  manager: ServiceManager,
): ServiceScripts {
  const scripts =
    manager === "systemd-system" || manager === "systemd-user"
      ? systemdScripts(place, manager)
      : supervisorScripts(place, manager);
  const version = quote(place.agentVersion);
  return {
    ...scripts,
    // What was started is written down last, so that an interrupted start is done again.
    start: `home=${quote(place.agentHome)}
RESTART=no
if [ "$(cat "$home/agent/started" 2>/dev/null)" != ${version} ]; then RESTART=yes; fi
${scripts.start}
[ $? -eq 0 ] || exit 1
echo ${version} >"$home/agent/started"
cd "$home/agent" || exit 1
for old in *; do
  case "$old" in current | ${version}) ;; *) if [ -d "$old" ] && [ ! -L "$old" ]; then rm -rf "$old"; fi ;; esac
done
`,
  };
}

function systemdScripts(place: AgentPlace, manager: "systemd-system" | "systemd-user"): ServiceScripts {
  const isSystem = manager === "systemd-system";
  const control = isSystem ? "systemctl" : "systemctl --user";
  const journal = isSystem ? `journalctl -u ${service}` : `journalctl --user-unit ${service}`;
  return {
    file: systemdUnit(place, manager),
    start: `${userBus}
file=${unitPath(manager)}
mkdir -p "$(dirname "$file")" && cat >"$file.new" && chmod 644 "$file.new" || exit 1
if cmp -s "$file.new" "$file"; then rm "$file.new"; else mv "$file.new" "$file"; RESTART=yes; fi
${control} daemon-reload && ${control} --quiet enable ${service} || exit 1
if [ "$RESTART" = yes ]; then ${control} restart ${service}; else ${control} start ${service}; fi
`,
    complaints: `${userBus}
${journal} --no-pager --lines 10 --output cat 2>/dev/null
`,
  };
}

function supervisorScripts(place: AgentPlace, manager: ServiceManager): ServiceScripts {
  const home = quote(place.agentHome);
  return {
    file: supervisorScript(place),
    start: `script=$home/agent/supervise.sh
cat >"$script.new" || exit 1
if cmp -s "$script.new" "$script"; then rm "$script.new"; else mv "$script.new" "$script"; RESTART=yes; fi
${manager === "supervisor-cron" ? cronLine : ""}
if [ "$RESTART" = yes ]; then
${stopSupervisor}
fi
${launch}
`,
    complaints: `tail -n 10 ${home}/agent.err 2>/dev/null
`,
  };
}

/** Starts an agent that was set up before and does not run, by whichever manager it has. */
export function wakeScript({ agentHome }: AgentPlace): string {
  return `home=${quote(agentHome)}
script=$home/agent/supervise.sh
${userBus}
if [ -f "$script" ]; then ${launch}
elif [ -f ${unitPath("systemd-system")} ] && [ "$(id -u)" -eq 0 ]; then systemctl start ${service}
else systemctl --user start ${service}; fi
`;
}

/** Detached from the login that starts it, with nothing of it kept open. Needs `script`. */
const launch = `cd / && if command -v setsid >/dev/null 2>&1; then setsid /bin/sh "$script" </dev/null >/dev/null 2>&1 &
else nohup /bin/sh "$script" </dev/null >/dev/null 2>&1 & fi`;

/** A login over ssh does not always know the way to its own systemd. */
const userBus = 'export XDG_RUNTIME_DIR="${XDG_RUNTIME_DIR:-/run/user/$(id -u)}"';

function unitPath(manager: "systemd-system" | "systemd-user"): string {
  return manager === "systemd-system"
    ? `/etc/systemd/system/${service}.service`
    : `"\${XDG_CONFIG_HOME:-$HOME/.config}/systemd/user/${service}.service"`;
}

/** The script's path in single quotes is what tells our line from others. */
const cronLine = `mark="'$script'"
{ crontab -l 2>/dev/null | grep -vF "$mark"; echo "@reboot /bin/sh $mark"; } | crontab -`;

/** Needs `name`: the path of a program. The pattern comes by a pipe, so that `grep` does not find its own command line. */
const runningProcesses = `running() { printf '%s' "$name" | grep -lF -f - /proc/[0-9]*/cmdline 2>/dev/null; }
signal() { for process in $(running); do process=\${process#/proc/}; kill "-$1" "\${process%/cmdline}" 2>/dev/null; done; }
ended() { tries=0
while [ -n "$(running)" ] && [ "$tries" -lt "$1" ]; do tries=$((tries + 1)); sleep 0.1 2>/dev/null || sleep 1; done; }`;

/**
 * Needs `home` and `script`. The supervisor ends the agent with it, and one that waits for its turn is not to have it. What
 * does not go within ten seconds is killed.
 */
const stopSupervisor = `${runningProcesses}
name=$script
signal TERM
ended 100
signal KILL
rm -f "$home/supervisor.pid"`;

/** Takes away all that an installation has brought, whichever manager it used. */
export function uninstallScript(agentHome: string): string {
  return `home=${quote(agentHome)}
script=$home/agent/supervise.sh
if [ ! -d "$home/agent" ]; then
  if [ -d "$home" ]; then rmdir "$home" 2>/dev/null; fi
  exit 0
fi
${userBus}
for manager in system user; do
  if [ "$manager" = system ]; then file=${unitPath("systemd-system")}; control=systemctl
  else file=${unitPath("systemd-user")}; control='systemctl --user'; fi
  if [ -f "$file" ] && grep -qF "$home/" "$file"; then
    $control --quiet disable --now ${service} 2>/dev/null
    rm -f "$file" || exit 1
    $control daemon-reload 2>/dev/null
    if [ "$manager" = user ]; then
      if [ -f "$home/agent/lingers" ]; then loginctl disable-linger "$(id -un)" 2>/dev/null; fi
      (cd "$HOME" && rmdir -p .config/systemd/user/default.target.wants 2>/dev/null; rmdir -p .config/systemd/user 2>/dev/null)
    fi
  fi
done
if command -v crontab >/dev/null 2>&1 && crontab -l 2>/dev/null | grep -qF "'$script'"; then
  rest=$(crontab -l 2>/dev/null | grep -vF "'$script'")
  if [ -n "$rest" ]; then printf '%s\\n' "$rest" | crontab -; else crontab -r; fi
fi
${stopSupervisor}
${waitForEnd}
cd / && rm -rf "$home"
`;
}

/** Connections of desks end with the agent, a moment later. What does not go within three seconds is killed. */
const waitForEnd = `name=$home/agent/current/agent.mjs
ended 30
signal KILL`;

/** Lets the user's services run without a login, and remembers that it was us. Tried without `sudo` first. */
export function lingerScript(agentHome: string, { sudo }: { readonly sudo: boolean }): string {
  const user = '"$(id -un)"';
  const also = sudo ? ` || sudo -n loginctl enable-linger ${user}` : "";
  return `{ loginctl enable-linger ${user} 2>/dev/null${also}; } && : >${quote(`${agentHome}/agent/lingers`)}
`;
}
