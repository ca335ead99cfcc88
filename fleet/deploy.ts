import { EddyError } from "../language/problem.ts";
import { signArtifact, unpackArtifact } from "../runtime/protocol/artifact.ts";
import type { AgentClient } from "../runtime/protocol/client.ts";
import type { WorkflowStatus } from "../runtime/protocol/contract.ts";
import type { DeployOptions, DeployResult } from "./contract.ts";
import type { Publisher } from "./publisher.ts";

/** What a deploy needs of the desk. */
export interface DeployContext {
  readonly publisher: Publisher;
  /** The agent; called again after the connection was lost. */
  readonly connect: () => Promise<AgentClient>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Bytes of one piece: large enough that a fast network is used, small enough that a slow one shows progress. */
const pieceSize = 256 * 1024;
/** Times that a lost connection is made anew within one deploy. */
const patience = 5;
/** Milliseconds. A device that was off over a long holiday still takes what was signed for it. */
const validity = 30 * 24 * 60 * 60 * 1000;

/** Signs, sends and starts, or leaves it stopped; goes on where it was after a lost connection. */
export async function deployArtifact(
  artifact: Uint8Array,
  context: DeployContext,
  { config, progress, signal, wait = false, state = "running" }: DeployOptions = {},
): Promise<DeployResult> {
  const { manifest } = unpackArtifact(artifact);
  const { id, version } = manifest;
  const say = (step: string, message: string) => progress?.({ step, message });
  say("connect", "connecting");
  const running = await statusOf(id, await context.connect(), signal);
  const isSame = running?.version === version;
  if (isSame && running.state === state && !config) return { outcome: "unchanged", status: running };

  if (!isSame) say("sign", "signing");
  const signed = isSame ? undefined : await sign(artifact, context);
  const step = (action: (client: AgentClient) => Promise<void>) => persist(action, context, signal);
  if (config) {
    say("config", "binding env and secrets");
    await step(
      async (client) => void (await client.request("config/set", { workflow: id, ...config }, signal)),
    );
  }
  if (signed) {
    let isFirst = true;
    await step((client) => {
      const resume = !isFirst;
      isFirst = false;
      return send(client, { id, version, signed, resume, progress, signal });
    });
  }
  const isToRun = state === "running";
  say("activate", isToRun ? "starting" : "leaving it stopped");
  const request = isToRun ? "workflow/activate" : "workflow/deactivate";
  let status: WorkflowStatus | undefined;
  await step(async (client) => {
    status = await client.request(request, { id, version }, signal);
  });
  if (!status) throw new EddyError("EDDY_INTERNAL", "The activation ended without a status.");
  if (status.state === "failed" || status.state === "quarantined")
    throw new EddyError(
      "EDDY_ACTIVATION_FAILED",
      `${manifest.name} was sent but does not run: ${status.reason?.message ?? status.state}.`,
      { details: { reason: status.reason } },
    );
  if (wait && status.probation !== undefined) {
    say("probation", "on probation");
    await step(async (client) => {
      status = await probationEnd(client, id, version, signal);
    });
  }
  say(state, `${manifest.name} ${isToRun ? "runs as" : "is stopped, as"} ${version.slice(0, 7)}`);
  return { outcome: "deployed", status };
}

/** The agent tells each change; where it does not for a while, it is asked. */
async function probationEnd(
  client: AgentClient,
  id: string,
  version: string,
  signal: AbortSignal | undefined,
): Promise<WorkflowStatus> {
  for (;;) {
    const status = await statusOf(id, client, signal);
    if (status?.rolledBack?.version === version)
      throw new EddyError(
        "EDDY_ROLLED_BACK",
        `It went back to the version before. ${status.rolledBack.message}`,
      );
    if (status?.version !== version)
      throw new EddyError("EDDY_REPLACED", "Somebody else deployed another version meanwhile.");
    if (status.probation === undefined) return status;
    await changeOf(client, id, signal);
  }
}

/** Milliseconds. */
const longestSilence = 5_000;

/** Resolves when something has changed for a workflow, or after a while. */
async function changeOf(client: AgentClient, id: string, signal: AbortSignal | undefined): Promise<void> {
  const changed = Promise.withResolvers<void>();
  const hearing = client.on("workflow/changed", (change) => {
    if (change.id === id) changed.resolve();
  });
  const timer = setTimeout(changed.resolve, longestSilence);
  const abort = () => changed.reject(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  try {
    await Promise.race([changed.promise, client.closed]);
  } finally {
    hearing.dispose();
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

async function statusOf(
  id: string,
  client: AgentClient,
  signal: AbortSignal | undefined,
): Promise<WorkflowStatus | undefined> {
  const { workflows } = await client.request("workflow/list", {}, signal);
  return workflows.find((workflow) => workflow.id === id);
}

async function sign(artifact: Uint8Array, { publisher, now }: DeployContext): Promise<Uint8Array> {
  const issued = now();
  const sequence = await publisher.nextSequence();
  return signArtifact(artifact, publisher.privateKey, { sequence, issued, expires: issued + validity });
}

async function send(
  client: AgentClient,
  of: {
    readonly id: string;
    readonly version: string;
    readonly signed: Uint8Array;
    /** What is there already is the beginning of these very bytes. */
    readonly resume: boolean;
    readonly progress: DeployOptions["progress"];
    readonly signal: AbortSignal | undefined;
  },
): Promise<void> {
  const { id, version, signed, progress, signal } = of;
  const bytes = Buffer.from(signed.buffer, signed.byteOffset, signed.byteLength);
  const size = bytes.length;
  const put = (offset: number, data: Buffer) =>
    client.request("workflow/install", { id, version, size, offset, data: data.toString("base64") }, signal);
  let { received, installed } = of.resume ? await put(0, Buffer.alloc(0)) : { received: 0, installed: false };
  while (!installed) {
    progress?.({ step: "send", message: "sending", done: received, total: size });
    const answer = await put(received, bytes.subarray(received, received + pieceSize));
    if (!answer.installed && answer.received <= received)
      throw new EddyError(
        "EDDY_BAD_ANSWER",
        "The device takes no more of the artifact and does not say why.",
      );
    ({ received, installed } = answer);
  }
  progress?.({ step: "send", message: "sending", done: size, total: size });
}

/** Does it again on a new connection where the old one was lost in the middle. */
async function persist(
  action: (client: AgentClient) => Promise<void>,
  { connect }: DeployContext,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await action(await connect());
    } catch (error) {
      signal?.throwIfAborted();
      const isLost = error instanceof EddyError && error.code === "EDDY_CONNECTION_LOST";
      if (!isLost || attempt >= patience) throw error;
    }
  }
}
