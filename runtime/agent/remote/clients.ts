/** Clients that reach the agent through a broker: lets in those that the device trusts, and no other. */
import type { KeyObject } from "node:crypto";
import { largestRequest, type Transport } from "../../protocol/connection.ts";
import { type Channel, channelOf, openChannel } from "../../protocol/mqtt/channel.ts";
import { readHello, type Sign, welcome } from "../../protocol/mqtt/handshake.ts";
import type { ServedClient } from "../../protocol/server.ts";

export interface RemoteClientsOptions {
  /** The device's id. */
  readonly device: string;
  /** Of this start of the agent: hellos to an earlier one are not heard. */
  readonly session: string;
  readonly sign: Sign;
  /** The keys of publishers that the device trusts now, by id. */
  readonly publishers: () => ReadonlyMap<string, KeyObject>;
  readonly serve: (transport: Transport) => ServedClient;
  /** Monotonic, milliseconds. */
  readonly now: () => number;
}

export interface RemoteClients {
  /** Something that came for the agent. `publish` sends to one client; it resolves when the broker has it. */
  receive(bytes: Uint8Array, publish: (client: string, bytes: Uint8Array) => Promise<void>): void;
  /** Ends those who are not trusted any more. */
  checkTrust(): void;
  /** Answers what is being answered, and ends every client. */
  close(): Promise<void>;
  /** The way to all of them is gone. */
  drop(): void;
}

interface RemoteClient {
  readonly channel: Channel;
  readonly publisher: string;
  readonly served: ServedClient;
}

/** Clients at a time. A desk has one or two; a person may have several desks. */
const mostClients = 32;
/** Hellos that are looked at in a second: each costs a signature or two, and anybody at the broker may send one. */
const mostHellos = 20;
/** Milliseconds between two looks at whom the device trusts, while requests come in. */
const trustInterval = 1_000;

export function createRemoteClients(options: RemoteClientsOptions): RemoteClients {
  const { device, session, sign, publishers, serve, now } = options;
  const clients = new Map<string, RemoteClient>();
  const hellos = { since: now(), count: 0 };
  let trustSeen = now();

  function mayGreet(): boolean {
    if (now() - hellos.since >= 1_000) Object.assign(hellos, { since: now(), count: 0 });
    return ++hellos.count <= mostHellos;
  }

  function greet(bytes: Uint8Array, publish: (client: string, bytes: Uint8Array) => Promise<void>): void {
    if (!mayGreet()) return;
    const known = publishers();
    const read = readHello(bytes, { device, session, sign, publisherKey: (id) => known.get(id) });
    if (!read) return;
    // What cannot be sent, the client hears of by its own patience.
    const send = (client: string, answer: Uint8Array) => void publish(client, answer).catch(() => {});
    if ("refusal" in read) {
      send(read.client, read.refusal);
      return;
    }
    const { hello } = read;
    const answer = welcome(hello, sign);
    if (!answer) return;
    makeRoom();
    const name = Buffer.from(answer.keys.channel).toString("hex");
    const channel = openChannel({
      keys: answer.keys,
      publish: (frame) => publish(hello.client, frame),
      largestMessage: largestRequest,
    });
    clients.set(name, { channel, publisher: hello.publisher, served: serve(channel.transport) });
    void channel.closed.then(() => clients.delete(name));
    send(hello.client, answer.bytes);
  }

  /** The one that has been there longest gives way; a desk that is still there connects anew. */
  function makeRoom(): void {
    const [first] = clients.values();
    if (first && clients.size >= mostClients) first.channel.transport.close();
  }

  function checkTrust(): void {
    trustSeen = now();
    const known = publishers();
    for (const { publisher, channel } of clients.values()) {
      if (!known.has(publisher)) channel.transport.close();
    }
  }

  return {
    receive(bytes, publish) {
      const name = channelOf(bytes);
      if (name === undefined) {
        greet(bytes, publish);
        return;
      }
      if (now() - trustSeen >= trustInterval) checkTrust();
      clients.get(name)?.channel.receive(bytes);
    },
    checkTrust,
    async close() {
      await Promise.all([...clients.values()].map(({ served }) => served.close()));
    },
    drop() {
      for (const { channel } of [...clients.values()]) channel.end();
    },
  };
}
