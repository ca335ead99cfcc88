import assert from "node:assert/strict";
import type { DeviceState } from "../../fleet/contract.ts";
import { DeviceLink } from "../../fleet/link.ts";
import type { SshQuestions } from "../../fleet/ssh/questions.ts";
import type { DeviceTransport, OpenAgent, OpenOptions } from "../../fleet/transports/transport.ts";
import { EddyError } from "../../language/problem.ts";
import type { AgentClient } from "../../runtime/protocol/client.ts";
import { rejectsWith } from "./errors.ts";

/** A device whose answers are given by hand. */
class HandTransport implements DeviceTransport {
  readonly opened: (OpenOptions & { readonly answer: PromiseWithResolvers<OpenAgent> })[] = [];
  closed = 0;

  open(options: OpenOptions): Promise<OpenAgent> {
    const answer = Promise.withResolvers<OpenAgent>();
    options.signal?.addEventListener("abort", () => answer.reject(options.signal?.reason), { once: true });
    this.opened.push({ ...options, answer });
    return answer.promise;
  }

  async shell(): Promise<never> {
    throw new EddyError("EDDY_NO_SHELL", "None.");
  }

  close(): void {
    this.closed++;
  }

  get last() {
    const last = this.opened.at(-1);
    assert.ok(last);
    return last;
  }
}

/** An agent that says nothing but when it goes. */
function agent(name: string) {
  const gone = Promise.withResolvers<void>();
  const client: AgentClient = {
    request: () => Promise.reject(new EddyError("EDDY_CONNECTION_LOST", "It is not a real one.")),
    on: () => ({ dispose: () => {} }),
    subscribe: () => Promise.reject(new EddyError("EDDY_CONNECTION_LOST", "It is not a real one.")),
    closed: gone.promise,
    close: gone.resolve,
  };
  const info: OpenAgent["info"] = {
    id: name,
    name,
    agent: "0.1.0",
    protocol: 1,
    abi: 1,
    os: "linux",
    arch: "x64",
    runtime: { name: "node", version: "24.0.0" },
    publicKey: "",
    publishers: [],
    capabilities: [],
    home: "/home",
    uptime: 0,
  };
  return { client, info, lose: () => gone.resolve() };
}

function setUp({ random = 1 } = {}) {
  const transport = new HandTransport();
  const timers: { at: number; run: () => void; cancelled: boolean }[] = [];
  let now = 1000;
  const states: DeviceState[] = [];
  const time = {
    now: () => now,
    random: () => random,
    after(milliseconds: number, run: () => void) {
      const timer = { at: now + milliseconds, run, cancelled: false };
      timers.push(timer);
      return {
        cancel: () => {
          timer.cancelled = true;
        },
      };
    },
  };
  const link: DeviceLink = new DeviceLink(transport, time, () => states.push(link.state));
  return {
    link,
    transport,
    kinds: () => states.map(({ kind }) => kind),
    waiting: () => timers.filter(({ cancelled }) => !cancelled),
    /** Lets the next timer run, and gives how long it was. */
    pass() {
      const [next] = timers.splice(0).filter(({ cancelled }) => !cancelled);
      assert.ok(next, "something waits");
      const pause = next.at - now;
      now = next.at;
      next.run();
      return pause;
    },
  };
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
const unreachable = () => new EddyError("EDDY_UNREACHABLE", "It is off.");

describe("the link to a device", () => {
  it("makes one connection for all who ask at once, and keeps it", async () => {
    const { link, transport, kinds } = setUp();
    const waiting = [link.connect(), link.connect()];
    const pump = agent("pump");
    transport.last.answer.resolve(pump);
    assert.deepEqual(await Promise.all(waiting), [pump.client, pump.client]);
    assert.equal(await link.connect(), pump.client);
    assert.equal(transport.opened.length, 1);
    assert.deepEqual(kinds(), ["connecting", "connected"]);
  });

  it("comes back by itself with growing pauses, and starts no agent that somebody has stopped", async () => {
    const { link, transport, pass } = setUp();
    const first = link.connect();
    const pump = agent("pump");
    transport.last.answer.resolve(pump);
    await first;
    assert.equal(transport.last.wake, true);
    pump.lose();
    await settle();
    assert.deepEqual(link.state, {
      kind: "offline",
      code: "EDDY_CONNECTION_LOST",
      message: "The connection to the agent ended. It is being made anew.",
      retryAt: 2000,
    });
    const pauses: number[] = [];
    for (let time = 0; time < 9; time++) {
      pauses.push(pass());
      assert.equal(transport.last.wake, false);
      transport.last.answer.reject(unreachable());
      await settle();
      assert.equal(link.state.kind === "offline" && link.state.code, "EDDY_UNREACHABLE");
    }
    assert.deepEqual(pauses, [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    pass();
    const again = agent("pump");
    transport.last.answer.resolve(again);
    await settle();
    assert.equal(link.state.kind, "connected");
    again.lose();
    await settle();
    assert.equal(pass(), 1000, "the pauses begin anew");
  });

  it("spreads the attempts of many devices", async () => {
    const { link, transport, pass } = setUp({ random: 0 });
    const failing = link.connect();
    transport.last.answer.reject(unreachable());
    await rejectsWith("EDDY_UNREACHABLE", failing);
    assert.equal(pass(), 500);
  });

  it("leaves to a person what time does not cure", async () => {
    const { link, transport, waiting } = setUp();
    const failing = link.connect();
    transport.last.answer.reject(new EddyError("EDDY_HOST_KEY_CHANGED", "Another key."));
    await rejectsWith("EDDY_HOST_KEY_CHANGED", failing);
    assert.deepEqual(link.state, { kind: "offline", code: "EDDY_HOST_KEY_CHANGED", message: "Another key." });
    assert.deepEqual(waiting(), []);
  });

  it("lets an attempt that can ask take the place of one that cannot", async () => {
    const { link, transport } = setUp();
    const silent = link.connect();
    const questions: SshQuestions = { password: async () => "secret" };
    const asking = link.connect({ questions });
    await assert.rejects(silent, { name: "AbortError" });
    assert.equal(transport.last.questions, questions);
    const pump = agent("pump");
    transport.last.answer.resolve(pump);
    assert.equal(await asking, pump.client);
    assert.equal(link.state.kind, "connected");
  });

  it("ends an attempt when the last one who waits gives up, and not before", async () => {
    const { link, transport, waiting } = setUp();
    const cancels = [new AbortController(), new AbortController()];
    const attempts = cancels.map(({ signal }) => link.connect({ signal }));
    cancels[0]?.abort(new Error("first"));
    await assert.rejects(attempts[0] ?? Promise.resolve(), /first/);
    assert.equal(transport.last.signal?.aborted, false);
    cancels[1]?.abort(new Error("second"));
    await assert.rejects(attempts[1] ?? Promise.resolve(), /second/);
    await settle();
    assert.equal(transport.last.signal?.aborted, true);
    assert.deepEqual(link.state, { kind: "idle" });
    assert.deepEqual(waiting(), []);
  });

  it("does not come back once it is let go, nor where the end was expected", async () => {
    for (const expected of [false, true]) {
      const { link, transport, waiting, kinds } = setUp();
      const first = link.connect();
      const pump = agent("pump");
      transport.last.answer.resolve(pump);
      await first;
      if (expected) {
        link.expectEnd();
        pump.lose();
        await settle();
      }
      link.letGo();
      await settle();
      assert.deepEqual(link.state, { kind: "idle" });
      assert.deepEqual(waiting(), []);
      assert.ok(transport.closed > 0);
      assert.ok(!kinds().includes("offline"));
      const again = link.connect();
      const other = agent("pump");
      transport.last.answer.resolve(other);
      assert.equal(await again, other.client);
    }
  });
});
