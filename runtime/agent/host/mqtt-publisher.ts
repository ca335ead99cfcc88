/** What a workflow publishes, from the moment it is handed over until the broker has it. */
import { EddyError } from "../../../language/problem.ts";
import type { Clock, LogLevel, MqttConnection } from "../../engine/contract.ts";
import type { MqttSession, OutgoingMessage } from "./mqtt-session.ts";
import type { Outbox, OutboxEntry } from "./storage.ts";
import { assertTopic } from "./topics.ts";

export interface MqttPublisherOptions {
  readonly session: MqttSession;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly log: (level: LogLevel, message: string) => void;
}

export interface MqttPublisher {
  readonly publish: MqttConnection["publish"];
  /** Makes durable what the outbox still owes; resolves when that is done. */
  close(): Promise<void>;
}

/** Messages of the buffer `memory` that wait for the broker; the oldest make room. */
const mostInMemory = 1_000;
/** Entries of the outbox that are kept in memory too, so that sending them needs no reading. */
const mostLoaded = 500;
const readAtOnce = 200;
/**
 * Milliseconds that the broker has to confirm a message before it is written to the outbox. While the broker answers,
 * a message is safe with it sooner than on the device's disk, and the disk is spared.
 */
const confirmWithin = 50;

interface Waiting extends OutgoingMessage {
  readonly settle: (error?: EddyError) => void;
}

interface Kept extends Waiting {
  readonly entry: OutboxEntry;
  /** When it was handed over, in monotonic milliseconds. */
  readonly since: number;
  isWritten: boolean;
  /** The broker or the disk has it. */
  isSafe: boolean;
}

export function createMqttPublisher(options: MqttPublisherOptions): MqttPublisher {
  const { session } = options;
  let inFlight = 0;
  const memory = createMemoryLane();
  const direct = createDirectLane();
  const outbox = createOutboxLane(options, { send, pump: pumpAll });

  function send(message: OutgoingMessage, done: (error?: EddyError) => void): { cancel(): void } {
    inFlight++;
    let isOpen = true;
    return session.send(message, (error) => {
      if (isOpen) inFlight--;
      isOpen = false;
      done(error);
      pumpAll();
    });
  }

  function hasRoom(): boolean {
    return session.isConnected && inFlight < session.sendWindow;
  }

  function pumpAll(): void {
    while (hasRoom() && (direct.next() || outbox.next() || memory.next())) {
      // Each call has sent one message.
    }
    outbox.load();
  }

  session.onConnection((isConnected) => {
    if (isConnected) return pumpAll();
    direct.fail();
    outbox.writeAll();
  });

  /** Of messages that wait for nothing: they go now or are refused. */
  function createDirectLane() {
    const queue: Waiting[] = [];
    const flying = new Map<Waiting, { cancel(): void }>();
    return {
      push: (message: Waiting) => void queue.push(message),
      next(): boolean {
        const message = queue.shift();
        if (!message) return false;
        // What is refused at once, or of QoS 0, is done before `send` returns.
        let isDone = false;
        const sending = send(message, (error) => {
          isDone = true;
          flying.delete(message);
          message.settle(error);
        });
        if (!isDone) flying.set(message, sending);
        return true;
      },
      fail() {
        for (const message of queue.splice(0)) message.settle(away());
        // mqtt.js would send these again later, when the workflow has been told that they failed.
        for (const sending of [...flying.values()]) sending.cancel();
      },
    };
  }

  function createMemoryLane() {
    const queue: OutgoingMessage[] = [];
    let dropped = 0;
    return {
      push(message: OutgoingMessage) {
        queue.push(message);
        if (queue.length <= mostInMemory) return;
        queue.shift();
        // Said at the first and then ever more seldom.
        if (Math.log10(++dropped) % 1 === 0) {
          options.log("warn", `${dropped} of the oldest messages had to make room in the memory buffer.`);
        }
      },
      next(): boolean {
        const message = queue.shift();
        if (!message) return false;
        send(message, (error) => {
          if (error) options.log("error", error.message);
        });
        return true;
      },
    };
  }

  return {
    publish(topic, payload, { qos, retain, buffer }) {
      return new Promise((resolve, reject) => {
        assertTopic(topic);
        const bytes = typeof payload === "string" ? Buffer.from(payload) : payload;
        const settle = (error?: EddyError) => (error ? reject(error) : resolve());
        const message: Waiting = { topic, payload: bytes, qos, retain, settle };
        if (buffer === "none" && !session.isConnected) return reject(away());
        if (buffer === "none") direct.push(message);
        else if (buffer === "outbox") outbox.push(message);
        else {
          memory.push(message);
          resolve();
        }
        pumpAll();
        if (buffer === "outbox") outbox.secure();
      });
    },
    close: () => outbox.writeAll(),
  };
}

/** Messages that survive the process: those the broker does not confirm soon are written, and read back in order. */
function createOutboxLane(
  { session, outbox, clock, log }: MqttPublisherOptions,
  lane: {
    send(message: OutgoingMessage, done: (error?: EddyError) => void): void;
    pump(): void;
  },
) {
  /** In order, not sent yet. */
  const queue: Kept[] = [];
  /**
   * Sent and not confirmed, or waiting to be sent, and not written; the oldest first. No `Set`: one that is filled and
   * emptied all the time keeps much of what it has held until V8 collects everything.
   */
  const unsafe: Kept[] = [];
  let sequence = outbox.lastSequence;
  /** The highest sequence that has been in `queue`; what comes after it is only on disk. */
  let loaded = outbox.entries > 0 ? 0 : outbox.lastSequence;
  let isLoading = false;
  let check: { cancel(): void } | undefined;

  function markSafe(kept: Kept): void {
    kept.isSafe = true;
    while (unsafe[0]?.isSafe) unsafe.shift();
  }

  function write(kept: Kept): Promise<void> {
    kept.isWritten = true;
    markSafe(kept);
    return outbox.append(kept.entry).then(() => kept.settle());
  }

  async function writeAll(): Promise<void> {
    check?.cancel();
    check = undefined;
    await Promise.all(unsafe.filter((kept) => !kept.isSafe).map(write));
  }

  /** A full send window alone is no reason to write: the broker is at work, and takes them sooner than the disk would. */
  function writeLate(): void {
    check = undefined;
    const latest = clock.monotonic() - confirmWithin;
    for (let [oldest] = unsafe; oldest && oldest.since <= latest; [oldest] = unsafe) void write(oldest);
    planCheck();
  }

  function planCheck(): void {
    const [oldest] = unsafe;
    if (oldest) check ??= clock.after(oldest.since + confirmWithin - clock.monotonic(), writeLate);
  }

  function confirmed(kept: Kept, error: EddyError | undefined): void {
    markSafe(kept);
    if (kept.isWritten) {
      outbox.remove(kept.entry.sequence);
      // Whoever published it has been told already that it is safe.
      if (error) log("error", error.message);
    }
    kept.settle(error);
  }

  function keptOf(entry: OutboxEntry, message: Waiting, isWritten: boolean): Kept {
    return { ...message, entry, isWritten, isSafe: isWritten, since: clock.monotonic() };
  }

  return {
    push(message: Waiting): void {
      const { topic, payload, qos, retain } = message;
      const isBehindOthers = loaded < sequence || queue.length >= mostLoaded;
      const entry = { sequence: ++sequence, time: clock.now(), topic, payload, qos, retain };
      const kept = keptOf(entry, message, false);
      if (isBehindOthers) return void write(kept);
      loaded = sequence;
      unsafe.push(kept);
      queue.push(kept);
    },
    /** Sees to it that what was pushed becomes safe: by the broker, soon, or on disk. */
    secure(): void {
      if (session.isConnected) planCheck();
      else void writeAll();
    },
    next(): boolean {
      const kept = queue.shift();
      if (!kept) return false;
      lane.send(kept, (error) => confirmed(kept, error));
      return true;
    },
    load(): void {
      if (isLoading || loaded === sequence || queue.length > 0 || !session.isConnected) return;
      isLoading = true;
      const until = sequence;
      outbox.read(loaded, readAtOnce).then(
        (entries) => {
          isLoading = false;
          for (const entry of entries) {
            loaded = entry.sequence;
            queue.push(keptOf(entry, { ...entry, settle: () => {} }, true));
          }
          // Some of them may have made room for younger ones.
          if (entries.length < readAtOnce) loaded = Math.max(loaded, until);
          lane.pump();
        },
        (error: unknown) => {
          isLoading = false;
          log("error", `The outbox could not be read: ${error instanceof Error ? error.message : error}`);
          clock.after(1_000, lane.pump);
        },
      );
    },
    writeAll,
  };
}

function away(): EddyError {
  return new EddyError(
    "EDDY_BROKER_AWAY",
    "The broker is not connected. Use the outbox or the memory buffer for messages that can wait.",
  );
}
