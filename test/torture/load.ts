/** A steady load: messages at a broker and requests at a port, each with a number, and what came of them. */
import { Agent, request } from "node:http";
import { Socket } from "node:net";
import { connectAsync, type MqttClient } from "mqtt";
import { eventually } from "../testbed/resources.ts";

/** Calls `send` with 1, 2, 3 … so many times a second, however late the timer is, until it is stopped. */
export function pace(perSecond: number, send: (number: number) => void): { stop(): number } {
  const started = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - started) * perSecond) / 1000);
    while (sent < due) send(++sent);
  }, 1);
  return {
    stop() {
      clearInterval(timer);
      return sent;
    },
  };
}

/** Everything that came with a number: how often, and when. */
export class Arrivals {
  readonly times: number[] = [];
  readonly #counts = new Map<number, number>();

  add(number: number): void {
    this.times.push(performance.now());
    this.#counts.set(number, (this.#counts.get(number) ?? 0) + 1);
  }

  get size(): number {
    return this.#counts.size;
  }

  lost(sent: number): number {
    let lost = 0;
    for (let number = 1; number <= sent; number++) if (!this.#counts.has(number)) lost++;
    return lost;
  }

  get doubled(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count - 1, 0);
  }

  /** The longest time without an arrival between two moments. */
  gap(from: number, to: number): number {
    let longest = 0;
    let before = from;
    for (let at = firstAfter(this.times, from); at < this.times.length; at++) {
      const time = this.times[at] ?? to;
      longest = Math.max(longest, time - before);
      before = time;
      if (time > to) return longest;
    }
    return Math.max(longest, to - before);
  }
}

function firstAfter(times: readonly number[], moment: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) <= moment) low = middle + 1;
    else high = middle;
  }
  return low;
}

export async function brokerClient(url: string): Promise<MqttClient & AsyncDisposable> {
  const client = await connectAsync(url, { protocolVersion: 5, properties: { receiveMaximum: 65_535 } });
  // A load that the kernel holds back comes in bursts.
  if (client.stream instanceof Socket) client.stream.setNoDelay(true);
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.endAsync(true) });
}

/** Publishes 0 to a topic until somebody is subscribed, who gets it once. The broker tells by reason code 16. */
export async function untilHeard(sender: MqttClient, topic: string): Promise<void> {
  let reason: number | undefined = 16;
  sender.on("packetreceive", (packet) => {
    if (packet.cmd === "puback") reason = packet.reasonCode ?? 0;
  });
  await eventually(`somebody listens to ${topic}`, async () => {
    await sender.publishAsync(topic, "0", { qos: 1 });
    return reason !== 16;
  });
  sender.removeAllListeners("packetreceive");
}

/** Calls over connections that stay open; counts what was not answered as it should be. */
export class Caller implements Disposable {
  refused = 0;
  readonly problems = new Set<string>();
  readonly answered = new Arrivals();
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  readonly #port: number;
  #open = 0;

  constructor(port: number) {
    this.#port = port;
  }

  /** The answer has to be the number itself. */
  call(number: number): void {
    this.#open++;
    const fail = (why: string) => {
      this.refused++;
      this.#open--;
      this.problems.add(why);
    };
    const call = request({ port: this.#port, path: `/call/${number}`, agent: this.#agent }, (answer) => {
      let text = "";
      answer.on("data", (piece) => {
        text += piece;
      });
      answer.on("end", () => {
        if (answer.statusCode !== 200 || text !== String(number))
          return fail(`status ${answer.statusCode}: ${text}`);
        this.#open--;
        this.answered.add(number);
      });
    });
    call.on("error", (error) => fail(error.message));
    call.end();
  }

  get isIdle(): boolean {
    return this.#open === 0;
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}
