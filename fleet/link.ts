import { EddyError } from "../language/problem.ts";
import type { AgentClient } from "../runtime/protocol/client.ts";
import type { ConnectOptions, DeviceState } from "./contract.ts";
import type { DeviceTransport, OpenAgent } from "./transports/transport.ts";

/** What passes time and chance to a link; a test passes its own. */
export interface LinkTime {
  /** Milliseconds since 1970. */
  now(): number;
  random(): number;
  /** Runs after that many milliseconds, unless cancelled. Keeps no process alive. */
  after(milliseconds: number, run: () => void): { cancel(): void };
}

export const systemTime: LinkTime = {
  now: Date.now,
  random: Math.random,
  after(milliseconds, run) {
    const timeout = setTimeout(run, milliseconds);
    timeout.unref();
    return { cancel: () => clearTimeout(timeout) };
  },
};

/** Milliseconds until the first attempt to connect anew, and between later ones at most. */
const firstPause = 1000;
const longestPause = 60_000;

/** What time may cure; anything else waits for a person. */
const passing = new Set([
  "EDDY_UNREACHABLE",
  "EDDY_CONNECTION_LOST",
  "EDDY_AGENT_STOPPED",
  "EDDY_BROKER_AWAY",
  "EDDY_SSH_REFUSED",
]);

/** One attempt to connect, shared by all who wait for it. */
interface Attempt {
  readonly result: Promise<AgentClient>;
  readonly cancel: AbortController;
  readonly asks: boolean;
  waiting: number;
}

/** The one kept connection to one device: made when asked for, made anew when lost, until it is let go. */
export class DeviceLink {
  readonly #transport: DeviceTransport;
  readonly #time: LinkTime;
  readonly #onChange: () => void;
  #state: DeviceState = { kind: "idle" };
  #client: AgentClient | undefined;
  #attempt: Attempt | undefined;
  #retry: { cancel(): void } | undefined;
  #failures = 0;
  #isLetGo = false;

  constructor(transport: DeviceTransport, time: LinkTime, onChange: () => void) {
    this.#transport = transport;
    this.#time = time;
    this.#onChange = onChange;
  }

  get state(): DeviceState {
    return this.#state;
  }

  get transport(): DeviceTransport {
    return this.#transport;
  }

  /** The open client, or a new one. An attempt that was under way without anyone to ask gives way to one that can ask. */
  async connect({ questions, signal }: ConnectOptions = {}): Promise<AgentClient> {
    signal?.throwIfAborted();
    if (this.#client) return this.#client;
    if (this.#attempt && questions && !this.#attempt.asks) this.#attempt.cancel.abort();
    const attempt =
      this.#attempt && !this.#attempt.cancel.signal.aborted
        ? this.#attempt
        : this.#begin({ wake: true, ...(questions ? { questions } : {}) });
    return share(attempt, signal);
  }

  /** From here on the end of the connection is no loss: the agent at the other end is about to be stopped. */
  expectEnd(): void {
    this.#isLetGo = true;
    this.#retry?.cancel();
  }

  /** Ends the connection; nothing is tried again until somebody connects. */
  letGo(): void {
    this.#isLetGo = true;
    this.#retry?.cancel();
    this.#attempt?.cancel.abort();
    this.#client?.close();
    this.#client = undefined;
    this.#transport.close();
    this.#become({ kind: "idle" });
  }

  #begin({ questions, wake }: Pick<ConnectOptions, "questions"> & { readonly wake: boolean }): Attempt {
    this.#isLetGo = false;
    this.#retry?.cancel();
    const cancel = new AbortController();
    this.#become({ kind: "connecting" });
    const result = this.#transport.open({ questions: questions ?? {}, wake, signal: cancel.signal }).then(
      (agent) => this.#opened(agent, attempt),
      (error: unknown) => this.#failed(error, attempt),
    );
    // Whoever waits hears of a failure; where nobody does, the state tells.
    result.catch(() => {});
    const attempt: Attempt = { result, cancel, asks: questions !== undefined, waiting: 0 };
    this.#attempt = attempt;
    return attempt;
  }

  #opened({ client, info }: OpenAgent, attempt: Attempt): AgentClient {
    if (attempt.cancel.signal.aborted) {
      client.close();
      throw attempt.cancel.signal.reason;
    }
    this.#attempt = undefined;
    this.#failures = 0;
    this.#client = client;
    this.#become({ kind: "connected", info });
    void client.closed.then(() => this.#lost(client));
    return client;
  }

  #failed(error: unknown, attempt: Attempt): never {
    if (this.#attempt === attempt) {
      this.#attempt = undefined;
      if (attempt.cancel.signal.aborted) this.#become({ kind: "idle" });
      else this.#offline(error);
    }
    throw error;
  }

  #lost(client: AgentClient): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#offline(
      new EddyError("EDDY_CONNECTION_LOST", "The connection to the agent ended. It is being made anew."),
    );
  }

  #offline(error: unknown): void {
    const code = error instanceof EddyError ? error.code : "EDDY_INTERNAL";
    const message = error instanceof Error ? error.message : String(error);
    if (this.#isLetGo) return;
    if (!passing.has(code)) {
      this.#become({ kind: "offline", code, message });
      return;
    }
    // Half of each pause is chance, so that a desk's devices do not come back all at once.
    const pause =
      Math.min(firstPause * 2 ** this.#failures++, longestPause) * (0.5 + this.#time.random() / 2);
    this.#retry = this.#time.after(pause, () => this.#begin({ wake: false }));
    this.#become({ kind: "offline", code, message, retryAt: this.#time.now() + pause });
  }

  #become(state: DeviceState): void {
    if (state.kind === this.#state.kind && state.kind === "idle") return;
    this.#state = state;
    this.#onChange();
  }
}

/** Waits with the others; when the last one gives up, the attempt ends. */
async function share(attempt: Attempt, signal: AbortSignal | undefined): Promise<AgentClient> {
  attempt.waiting++;
  const gaveUp = Promise.withResolvers<never>();
  const onAbort = () => {
    if (--attempt.waiting === 0) attempt.cancel.abort();
    gaveUp.reject(signal?.reason);
  };
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([attempt.result, gaveUp.promise]);
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}
