/** Looks a device over, from the way to it to the workflows on it, and says what to do about what is wrong. */
import type { Device } from "../devices.ts";
import type { Publisher } from "../publisher.ts";
import { runScript } from "../ssh/commands.ts";
import type { SshQuestions } from "../ssh/questions.ts";
import { SshTransport } from "../transports/ssh.ts";
import type { DeviceTransport, OpenAgent } from "../transports/transport.ts";
import * as checks from "./checks.ts";
import { factsScript, parseFacts } from "./facts.ts";
import { type Diagnosis, type Finding, failed, good } from "./findings.ts";

export interface DiagnoseContext {
  readonly device: Device;
  /** The way without a broker, where there is one. */
  readonly transport: DeviceTransport;
  /** The way by its broker, where there is another one. */
  readonly broker: DeviceTransport | undefined;
  readonly publisher: Publisher;
  /** The version of the agent that this program would install; undefined where it has none. */
  readonly agentVersion: string | undefined;
  readonly now: () => number;
  readonly questions: SshQuestions;
  readonly signal: AbortSignal | undefined;
}

export async function diagnose(context: DiagnoseContext): Promise<Diagnosis> {
  const found: Finding[] = [];
  const add = (...findings: readonly (Finding | undefined)[]) =>
    found.push(...findings.filter((one) => one !== undefined));
  const seen = await lookAtMachine(context, add);
  const agent = seen === "nothing" ? undefined : await openAgent(context, add);
  if (agent) await lookAtAgent(context, agent, seen, add);
  // Where no other way led to the agent, it is looked at by this one.
  if (context.broker) {
    const met = await lookAtBroker(context.broker, context, add);
    if (met && !agent) await lookAtAgent(context, met, seen, add);
    else met?.client.close();
  }
  const name = onCommandLine(context.device);
  const findings = found.map((one) =>
    one.fix === undefined ? one : { ...one, fix: one.fix.replaceAll("DEVICE", name) },
  );
  return { ok: findings.every(({ ok }) => ok), findings };
}

/** As the `eddy` command takes it. */
function onCommandLine({ id, name, url }: Device): string {
  if (url === "local") return id;
  return /^[\w.-]+$/.test(name) ? name : `"${name}"`;
}

type Add = (...findings: readonly (Finding | undefined)[]) => void;

/** What is known of the machine before its agent is asked; nothing where there is no getting to it. */
type Seen = "machine" | "way" | "nothing";

/** What a login sees. */
async function lookAtMachine(context: DiagnoseContext, add: Add): Promise<Seen> {
  const { device, transport, questions, signal } = context;
  const { agentHome, runtime, url } = device;
  if (!(transport instanceof SshTransport) || agentHome === undefined || runtime === undefined) return "way";
  try {
    const connection = await transport.connection({ questions, signal });
    const { user, host } = connection.target;
    add(good("login", `${user} is let in at ${host}.`));
    const { stdout } = await runScript(connection, factsScript({ agentHome, runtime: runtime.path }), {
      signal,
    });
    const facts = parseFacts(stdout);
    add(
      checks.checkInstallation(facts, runtime.path, url),
      checks.checkVersion(facts.agentVersion, context.agentVersion, url),
      checks.checkLinger(facts),
      checks.checkClock(facts, context.now()),
      checks.checkDisk(facts),
      checks.checkMemory(facts),
      checks.checkTemperature(facts),
      checks.checkPower(facts),
    );
    return facts.hasAgent ? "machine" : "nothing";
  } catch (error) {
    signal?.throwIfAborted();
    add(failed("login", error, "See that it is on and in the same network, then try again."));
    return "nothing";
  }
}

async function openAgent(
  { transport, questions, signal }: DiagnoseContext,
  add: Add,
): Promise<OpenAgent | undefined> {
  try {
    const agent = await transport.open({ questions, wake: false, signal });
    add(good("agent", `The agent ${agent.info.agent} answers.`));
    return agent;
  } catch (error) {
    signal?.throwIfAborted();
    add(
      failed(
        "agent",
        error,
        "Start it: eddy device info DEVICE. If it does not stay, ~/.eddy/agent.err and ~/.eddy/logs/ say why.",
      ),
    );
    return undefined;
  }
}

async function lookAtAgent(
  context: DiagnoseContext,
  { client, info }: OpenAgent,
  seen: Seen,
  add: Add,
): Promise<void> {
  const { device, publisher, now, signal } = context;
  try {
    add(checks.checkIdentity(info, device.publicKey), checks.checkTrust(info, publisher.id, device.url));
    const [{ broker }, health, { workflows }] = await Promise.all([
      client.request("broker/get", {}, signal),
      client.request("agent/health", {}, signal),
      client.request("workflow/list", {}, signal),
    ]);
    if (seen !== "machine") add(...checks.checkMachine(health, now()));
    add(
      checks.checkBroker(broker),
      ...checks.checkHealth(health, workflows),
      ...workflows.map(checks.checkWorkflow),
    );
  } finally {
    client.close();
  }
}

/** Whether this desk and the device meet there. */
async function lookAtBroker(
  broker: DeviceTransport,
  { questions, signal, device }: DiagnoseContext,
  add: Add,
): Promise<OpenAgent | undefined> {
  const check = "way by the broker";
  try {
    const met = await broker.open({ questions, wake: false, signal });
    add(good(check, `The device is met at ${device.broker?.url ?? device.url}.`));
    return met;
  } catch (error) {
    signal?.throwIfAborted();
    add(failed(check, error, "See that the broker runs and is reached from here."));
    return undefined;
  }
}
