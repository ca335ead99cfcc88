// The least that an MQTT 3.1.1 client can be, so that who sends and receives takes little of the machine beside what is
// measured.
import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** What came back of a run. */
export interface Load {
  /** Messages a second. */
  readonly throughput: number;
  /** Milliseconds, of each message. */
  readonly latencies: readonly number[];
}

export interface LoadOptions {
  readonly port: number;
  readonly qos: 0 | 1;
  /** A message with the number `n` goes to `from` and is expected back at `to` with its number. */
  readonly from: string;
  readonly to: string;
}

/** Milliseconds without any message coming back, after which something is lost. */
const patience = 5_000;

export class LoadClient implements Disposable {
  readonly #socket: Socket;
  readonly #options: LoadOptions;
  #rest: Buffer = Buffer.alloc(0);
  #nextId = 1;
  /** The number of the next run's first message. */
  #base = 1;
  #hear: (n: number) => void = () => {};
  #subscribed = () => {};
  #failed: (error: Error) => void = () => {};

  private constructor(socket: Socket, options: LoadOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.setNoDelay();
    socket.on("data", (bytes) => this.#read(bytes));
    socket.on("error", (error) => this.#failed(error));
  }

  static async open(options: LoadOptions): Promise<LoadClient> {
    const socket = connect(options.port, "127.0.0.1");
    await once(socket, "connect");
    const client = new LoadClient(socket, options);
    const subscribed = new Promise<void>((resolve) => {
      client.#subscribed = resolve;
    });
    // Protocol MQTT, level 4, clean session, no keep-alive, a client id that the broker chooses.
    socket.write(packet(0x10, text("MQTT"), Buffer.from([4, 2, 0, 0]), text("")));
    socket.write(packet(0x82, Buffer.from([0, 1]), text(options.to), Buffer.from([options.qos])));
    await subscribed;
    return client;
  }

  /** Resolves once a message comes back: who relays is there. */
  async awaitRelay(): Promise<void> {
    let isThere = false;
    this.#hear = () => {
      isThere = true;
    };
    for (const end = performance.now() + patience * 4; !isThere; ) {
      if (performance.now() > end) throw new Error(`Nothing comes back at ${this.#options.to}.`);
      this.#send(0);
      await wait(20);
    }
    // The other ones that were sent come back, too.
    await wait(200);
  }

  /** As many as go through: `window` of them are on their way at any time. */
  saturate(window: number, milliseconds: number): Promise<Load> {
    let sent = 0;
    return this.#measure(milliseconds, (started, hear) => {
      for (; sent < window; sent++) started(sent);
      return (n) => {
        hear(n);
        started(sent++);
      };
    });
  }

  /** So many a second, whether those before are back or not. */
  async pace(rate: number, milliseconds: number): Promise<Load> {
    let sent = 0;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await this.#measure(milliseconds, (started, hear) => {
        const begun = performance.now();
        timer = setInterval(() => {
          const due = ((performance.now() - begun) * rate) / 1_000;
          for (; sent < due; sent++) started(sent);
        }, 1);
        return hear;
      });
    } finally {
      clearInterval(timer);
    }
  }

  async #measure(
    milliseconds: number,
    begin: (started: (n: number) => void, hear: (n: number) => void) => (n: number) => void,
  ): Promise<Load> {
    const times: number[] = [];
    const latencies: number[] = [];
    const base = this.#base;
    const started = (n: number) => {
      times[n] = performance.now();
      this.#send(base + n);
    };
    const begun = performance.now();
    const lost = new Promise<never>((_, reject) => {
      this.#failed = reject;
    });
    const hear = (n: number) => {
      latencies.push(performance.now() - (times[n] ?? Number.NaN));
      times[n] = Number.NaN;
    };
    const next = begin(started, hear);
    this.#hear = (n) => {
      // What is left of the run before is no part of this one.
      if (times[n - base] !== undefined) next(n - base);
    };
    const end = async () => {
      await wait(milliseconds);
      const passed = performance.now() - begun;
      const throughput = (latencies.length / passed) * 1_000;
      this.#hear = () => {};
      this.#base += times.length;
      // Those that are not back yet took at least as long as they are away.
      const away = times.filter((time) => time > 0).map((time) => performance.now() - time);
      return { throughput, latencies: [...latencies, ...away] };
    };
    return await Promise.race([end(), lost]);
  }

  #send(n: number): void {
    const { qos, from } = this.#options;
    const body = Buffer.from(`{"n":${n},"celsius":${9 + (n % 32)},"door":"open"}`);
    const id = qos === 0 ? Buffer.alloc(0) : this.#packetId();
    this.#socket.write(packet(0x30 | (qos << 1), text(from), id, body));
  }

  #packetId(): Buffer {
    this.#nextId = (this.#nextId % 65_535) + 1;
    return Buffer.from([this.#nextId >> 8, this.#nextId & 0xff]);
  }

  #read(bytes: Buffer): void {
    const all = this.#rest.length > 0 ? Buffer.concat([this.#rest, bytes]) : bytes;
    const acknowledgements: Buffer[] = [];
    let at = 0;
    while (at + 2 <= all.length) {
      const length = readLength(all, at + 1);
      if (!length || length.end + length.value > all.length) break;
      const end = length.end + length.value;
      this.#take(all[at] ?? 0, all.subarray(length.end, end), acknowledgements);
      at = end;
    }
    this.#rest = all.subarray(at);
    if (acknowledgements.length > 0) this.#socket.write(Buffer.concat(acknowledgements));
  }

  #take(header: number, body: Buffer, acknowledgements: Buffer[]): void {
    if (header >> 4 === 9) this.#subscribed();
    if (header >> 4 !== 3) return;
    const isConfirmed = (header & 0x06) !== 0;
    const topicEnd = 2 + body.readUInt16BE(0);
    if (isConfirmed) acknowledgements.push(Buffer.concat([puback, body.subarray(topicEnd, topicEnd + 2)]));
    const [, n] = /"n":(\d+)/.exec(body.toString("latin1", topicEnd)) ?? [];
    this.#hear(Number(n));
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}

const puback = Buffer.from([0x40, 2]);

function packet(header: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length: number[] = [];
  for (let left = body.length; left > 0 || length.length === 0; left >>= 7)
    length.push((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
  return Buffer.concat([Buffer.from([header, ...length]), body]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

function readLength(bytes: Buffer, from: number): { value: number; end: number } | undefined {
  let value = 0;
  for (let index = 0; from + index < bytes.length; index++) {
    const byte = bytes[from + index] ?? 0;
    value |= (byte & 0x7f) << (7 * index);
    if (byte < 0x80) return { value, end: from + index + 1 };
  }
  return undefined;
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
