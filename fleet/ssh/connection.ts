import type { Duplex } from "node:stream";
import { Client, type ClientChannel, type ConnectConfig, type PseudoTtyOptions } from "ssh2";
import { EddyError } from "../../language/problem.ts";
import type { SshAddress } from "./address.ts";
import { resolveSshTarget, type SshConfigSource, type SshTarget } from "./config.ts";
import { explainConnectError } from "./failures.ts";
import { type HostKeys, isTrusted, readHostKeys } from "./host-keys.ts";
import { KeyRing, type SshMemory } from "./identities.ts";
import { createLogin } from "./login.ts";
import type { SshQuestions } from "./questions.ts";

/** A login on a device: commands, streams and terminals over one connection. */
export interface SshConnection {
  readonly target: SshTarget;
  /** Starts a command of the login shell; its streams end with it. */
  open(command: string): Promise<ClientChannel>;
  /** The user's own shell on a terminal. */
  shell(terminal: PseudoTtyOptions): Promise<ClientChannel>;
  /** A connection from the device to another host, for going on from there. */
  forward(host: string, port: number): Promise<Duplex>;
  /** Resolves once the connection is over, for whatever reason. */
  readonly closed: Promise<void>;
  close(): void;
}

export interface SshContext {
  readonly config: SshConfigSource;
  readonly questions: SshQuestions;
  readonly memory: SshMemory;
}

/**
 * Connects and logs in, through the jump hosts of the user's configuration. Rejects with `EDDY_UNREACHABLE`,
 * `EDDY_AUTH_FAILED`, `EDDY_HOST_UNKNOWN`, `EDDY_HOST_KEY_CHANGED`, `EDDY_HOST_KEY_REVOKED`, `EDDY_SSH_PROTOCOL`,
 * `EDDY_SSH_CONFIG` or the reason of `signal`.
 */
export async function connectSsh(
  address: SshAddress,
  context: SshContext,
  signal?: AbortSignal,
): Promise<SshConnection> {
  return connectThrough(await resolveSshTarget(address, context.config), context, [], signal);
}

const longestChain = 8;

async function connectThrough(
  target: SshTarget,
  context: SshContext,
  behind: readonly string[],
  signal: AbortSignal | undefined,
): Promise<SshConnection> {
  if (behind.length > longestChain || behind.includes(target.alias))
    throw new EddyError("EDDY_SSH_CONFIG", `The jump hosts of "${target.alias}" lead in a circle.`);
  const chain: SshConnection[] = [];
  const closeChain = () => {
    for (const jump of chain.reverse()) jump.close();
  };
  try {
    for (const address of target.jumps) {
      const resolved = await resolveSshTarget(address, context.config);
      // Only the first jump host may have jump hosts of its own; the others are reached from the one before.
      const own = chain.length === 0 ? resolved : { ...resolved, jumps: [] };
      chain.push(
        chain.length === 0
          ? await connectThrough(own, context, [...behind, target.alias], signal)
          : await connectDirect(own, context, chain.at(-1), signal),
      );
    }
    const connection = await connectDirect(target, context, chain.at(-1), signal);
    void connection.closed.then(closeChain);
    return connection;
  } catch (error) {
    closeChain();
    throw error;
  }
}

/** One host. A host that nobody knows yet is asked about with no connection open, and then connected to anew. */
async function connectDirect(
  target: SshTarget,
  context: SshContext,
  jump: SshConnection | undefined,
  signal: AbortSignal | undefined,
): Promise<SshConnection> {
  const keys = await readHostKeys(target);
  const first = await attemptConnection({ target, context, jump, keys, signal });
  if (first.kind === "connected") return first.connection;
  if (!(await isTrusted(keys, first.key, target.unknownHosts, context.questions)))
    throw keys.refusal(first.key);
  signal?.throwIfAborted();
  await keys.trust(first.key);
  const second = await attemptConnection({ target, context, jump, keys, signal });
  if (second.kind === "connected") return second.connection;
  throw keys.refusal(second.key);
}

type ConnectResult =
  | { readonly kind: "connected"; readonly connection: SshConnection }
  | { readonly kind: "unknown-host"; readonly key: Buffer };

async function attemptConnection(of: {
  readonly target: SshTarget;
  readonly context: SshContext;
  readonly jump: SshConnection | undefined;
  readonly keys: HostKeys;
  readonly signal: AbortSignal | undefined;
}): Promise<ConnectResult> {
  const { target, context, jump, keys, signal } = of;
  signal?.throwIfAborted();
  const client = new Client();
  const patience = new Patience(target.connectTimeout);
  const questions = patience.whileAsking(context.questions);
  const ring = await KeyRing.open(target, questions.passphrase, context.memory);
  const login = createLogin(target, ring, questions, context.memory);
  const socket = jump ? await jump.forward(target.host, target.port) : undefined;
  let unknownKey: Buffer | undefined;
  let refused: EddyError | undefined;
  const hostVerifier = (key: Buffer) => {
    const verdict = keys.judge(key);
    if (verdict.kind === "known") return true;
    if (verdict.kind === "unknown") unknownKey = key;
    else refused = keys.refusal(key);
    return false;
  };
  try {
    await new Promise<void>((resolve, reject) => {
      signal?.throwIfAborted();
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true, signal: patience.over });
      patience.start(() => reject(new Error("timed out")));
      client.on("error", (error) => {
        // A key that could not be used is followed by the next one.
        if (!("level" in error && error.level === "agent")) reject(error);
      });
      client.once("ready", resolve);
      client.once("close", () => reject(new Error("it was closed by the other side")));
      client.connect({
        ...connectSettings(target, keys),
        ...(socket ? { sock: socket as NonNullable<ConnectConfig["sock"]> } : {}),
        hostVerifier,
        authHandler: login.handler,
      });
    });
  } catch (error) {
    client.destroy();
    signal?.throwIfAborted();
    if (refused) throw refused;
    if (unknownKey) return { kind: "unknown-host", key: unknownKey };
    throw explainConnectError(error, target, {
      keys: ring.names,
      skipped: ring.skipped,
      accepts: login.accepts(),
    });
  } finally {
    patience.end();
  }
  login.succeeded();
  return { kind: "connected", connection: wrap(client, target) };
}

const hostKeyAlgorithms = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
  "ssh-rsa",
];

function connectSettings(target: SshTarget, keys: HostKeys): ConnectConfig {
  const algorithms = [...new Set([...keys.preferred, ...hostKeyAlgorithms])];
  return {
    host: target.host,
    port: target.port,
    username: target.user,
    // Ours instead, since theirs goes on while a person is being asked.
    readyTimeout: 0,
    // A device that lost power says nothing; this notices within half a minute.
    keepaliveInterval: 10_000,
    keepaliveCountMax: 3,
    algorithms: {
      serverHostKey: algorithms as NonNullable<ConnectConfig["algorithms"]>["serverHostKey"] & string[],
    },
  };
}

function wrap(client: Client, target: SshTarget): SshConnection {
  let isOpen = true;
  const closed = new Promise<void>((resolve) => {
    client.once("close", () => {
      isOpen = false;
      resolve();
    });
  });
  const channel = <Kind>(
    start: (done: (error: Error | undefined, channel: Kind) => void) => void,
  ): Promise<Kind> =>
    new Promise((resolve, reject) => {
      const lost = () => reject(connectionLost(target));
      if (!isOpen) return lost();
      void closed.then(lost);
      start((error, opened) => {
        if (!error) resolve(opened);
        // Where the connection ends just now, its end is told a moment later, and is the reason.
        else setImmediate(() => reject(channelRefused(error, target)));
      });
    });
  return {
    target,
    open: (command) => channel((done) => client.exec(command, done)),
    shell: (terminal) => channel((done) => client.shell(terminal, done)),
    forward: (host, port) => channel<Duplex>((done) => client.forwardOut("127.0.0.1", 0, host, port, done)),
    closed,
    close: () => client.end(),
  };
}

export function connectionLost({ host }: Pick<SshTarget, "host">): EddyError {
  return new EddyError(
    "EDDY_CONNECTION_LOST",
    `The connection to ${host} ended. Check that the device is on and reachable, then try again; what was done is kept.`,
  );
}

function channelRefused(error: Error, { host }: Pick<SshTarget, "host">): EddyError {
  return new EddyError(
    "EDDY_SSH_REFUSED",
    `${host} let us in but allows nothing more (${error.message}). Check its sshd_config: MaxSessions, AllowTcpForwarding, ForceCommand.`,
    { cause: error },
  );
}

/** A time limit that stands still while a person is being asked. */
class Patience {
  readonly #milliseconds: number;
  readonly #end = new AbortController();
  #timeout: NodeJS.Timeout | undefined;
  #onTimeout = () => {};

  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds;
  }

  /** Aborted when the attempt is over, well or badly. */
  get over(): AbortSignal {
    return this.#end.signal;
  }

  start(onTimeout: () => void): void {
    this.#onTimeout = onTimeout;
    this.#run();
  }

  end(): void {
    clearTimeout(this.#timeout);
    this.#end.abort();
  }

  whileAsking(questions: SshQuestions): SshQuestions {
    const paused = <Question, Answer>(ask: ((question: Question) => Promise<Answer>) | undefined) =>
      ask &&
      (async (question: Question) => {
        clearTimeout(this.#timeout);
        try {
          return await ask(question);
        } finally {
          this.#run();
        }
      });
    const { trustHost, passphrase, password, answers } = questions;
    return Object.fromEntries(
      Object.entries({
        trustHost: paused(trustHost),
        passphrase: paused(passphrase),
        password: paused(password),
        answers: paused(answers),
      }).filter(([, ask]) => ask),
    );
  }

  #run(): void {
    clearTimeout(this.#timeout);
    if (this.over.aborted) return;
    this.#timeout = setTimeout(() => this.#onTimeout(), this.#milliseconds);
  }
}
