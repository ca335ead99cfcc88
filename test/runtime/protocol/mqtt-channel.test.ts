import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import fc from "fast-check";
import { linkedTransports } from "../../../runtime/protocol/connection.ts";
import { type Channel, openChannel } from "../../../runtime/protocol/mqtt/channel.ts";
import {
  type ChannelKeys,
  deviceIdOf,
  newToken,
  offerChannel,
  readHello,
  readPresence,
  signPresence,
  welcome,
} from "../../../runtime/protocol/mqtt/handshake.ts";

function party() {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const der = publicKey.export({ type: "spki", format: "der" });
  return {
    privateKey,
    publicKey,
    pem: publicKey.export({ type: "spki", format: "pem" }).toString(),
    id: createHash("sha256").update(der).digest("hex"),
    sign: (bytes: Uint8Array) => sign(null, bytes, privateKey),
  };
}

const desk = party();
const agent = party();
const stranger = party();
const device = deviceIdOf(agent.publicKey);
const session = newToken();
const trusted = (...parties: readonly { id: string; publicKey: KeyObject }[]) => ({
  device,
  session,
  sign: agent.sign,
  publisherKey: (id: string) => parties.find((one) => one.id === id)?.publicKey,
});

function seenPresence(of: { session?: string; signer?: ReturnType<typeof party> } = {}) {
  const signer = of.signer ?? agent;
  const bytes = signPresence(
    { device, session: of.session ?? session, state: "online", name: "pi", publicKey: signer.pem },
    signer.sign,
  );
  return readPresence(bytes, device);
}

function shakeHands(client = newToken()): { readonly atDesk: ChannelKeys; readonly atAgent: ChannelKeys } {
  const presence = seenPresence();
  assert.ok(presence);
  const offer = offerChannel({ presence, client, publisher: desk });
  const read = readHello(offer.hello, trusted(desk));
  assert.ok(read && "hello" in read);
  const answer = welcome(read.hello, agent.sign);
  assert.ok(answer);
  const atDesk = offer.accept(answer.bytes);
  assert.ok(atDesk);
  return { atDesk, atAgent: answer.keys };
}

describe("the handshake at a broker", () => {
  it("gives both ends the same keys, other ones each time", () => {
    const first = shakeHands();
    assert.deepEqual(first.atDesk.send, first.atAgent.receive);
    assert.deepEqual(first.atDesk.receive, first.atAgent.send);
    assert.deepEqual(first.atDesk.channel, first.atAgent.channel);
    assert.notDeepEqual(shakeHands().atDesk.send, first.atDesk.send);
  });

  it("believes no presence but the device's own", () => {
    assert.ok(seenPresence());
    assert.equal(seenPresence({ signer: stranger }), undefined);
    const presence = { device, session, state: "online", name: "pi", publicKey: agent.pem } as const;
    assert.equal(readPresence(signPresence(presence, stranger.sign), device), undefined);
  });

  it("does not hear a hello to an earlier session of the agent, or to another device", () => {
    const presence = seenPresence({ session: newToken() });
    assert.ok(presence);
    const { hello } = offerChannel({ presence, client: newToken(), publisher: desk });
    assert.equal(readHello(hello, trusted(desk)), undefined);
    assert.equal(
      readHello(hello, { ...trusted(desk), session: presence.session, device: "0".repeat(16) }),
      undefined,
    );
  });

  it("tells a desk that it does not know, and nobody else, that it is not trusted", () => {
    const presence = seenPresence();
    assert.ok(presence);
    const client = newToken();
    const offer = offerChannel({ presence, client, publisher: stranger });
    const read = readHello(offer.hello, trusted(desk));
    assert.ok(read && "refusal" in read);
    assert.throws(() => offer.accept(read.refusal), { code: "EDDY_DESK_UNTRUSTED" });
    const other = offerChannel({ presence, client: newToken(), publisher: stranger });
    assert.equal(other.accept(read.refusal), undefined);
  });

  it("takes no welcome that is not of this device to this hello", () => {
    const presence = seenPresence();
    assert.ok(presence);
    const mine = offerChannel({ presence, client: newToken(), publisher: desk });
    const others = offerChannel({ presence, client: newToken(), publisher: desk });
    const read = readHello(others.hello, trusted(desk));
    assert.ok(read && "hello" in read);
    assert.equal(mine.accept(welcome(read.hello, agent.sign)?.bytes ?? new Uint8Array()), undefined);
    const own = readHello(mine.hello, trusted(desk));
    assert.ok(own && "hello" in own);
    assert.equal(mine.accept(welcome(own.hello, stranger.sign)?.bytes ?? new Uint8Array()), undefined);
  });

  it("accepts nothing that was changed anywhere", () => {
    const presence = seenPresence();
    assert.ok(presence);
    const { hello } = offerChannel({ presence, client: newToken(), publisher: desk });
    fc.assert(
      fc.property(fc.nat(hello.length - 1), fc.integer({ min: 1, max: 255 }), (at, bits) => {
        const changed = Uint8Array.from(hello);
        changed[at] = (changed[at] ?? 0) ^ bits;
        const read = readHello(changed, trusted(desk));
        // Another publisher is refused. (Base64 has more than one way to write its last character.)
        assert.ok(!read || "refusal" in read || read.hello.publisher === desk.id);
      }),
      { numRuns: 300 },
    );
  });

  it("survives any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        assert.equal(readHello(bytes, trusted(desk)), undefined);
        assert.equal(readPresence(bytes, device), undefined);
      }),
    );
  });
});

/** Two ends of a channel with something in between that may do with frames what it likes. */
function joined(
  between: (frame: Uint8Array, deliver: (frame: Uint8Array) => void) => void = (frame, deliver) =>
    deliver(frame),
  options: { largestMessage?: number; beat?: number; silence?: number } = {},
) {
  const { atDesk, atAgent } = shakeHands();
  const ends: { desk?: Channel; agent?: Channel } = {};
  const to = (name: "desk" | "agent") => async (frame: Uint8Array) => {
    between(frame, (one) => queueMicrotask(() => ends[name]?.receive(one)));
  };
  const common = { largestMessage: 4 * 1024 * 1024, ...options };
  const one = openChannel({ keys: atDesk, publish: to("agent"), ...common });
  const other = openChannel({ keys: atAgent, publish: to("desk"), ...common });
  Object.assign(ends, { desk: one, agent: other });
  const heard: unknown[] = [];
  other.transport.reader.listen((message) => heard.push(Reflect.get(message, "method")));
  other.transport.reader.onError(() => {});
  const say = (method: string) => one.transport.writer.write({ jsonrpc: "2.0", method } as never);
  return { desk: one, agent: other, heard, say };
}

const turn = () => new Promise(setImmediate);

describe("a channel through a broker", () => {
  it("carries messages of any size, in order", async () => {
    const { heard, say, desk: end } = joined();
    const long = "x".repeat(500_000);
    for (const method of ["a", long, "b"]) await say(method);
    await turn();
    assert.deepEqual(heard, ["a", long, "b"]);
    end.transport.close();
  });

  it("does what comes twice once", async () => {
    const {
      heard,
      say,
      desk: end,
    } = joined((frame, deliver) => {
      deliver(frame);
      deliver(frame);
    });
    await say("a");
    await say("b");
    await turn();
    assert.deepEqual(heard, ["a", "b"]);
    end.transport.close();
  });

  it("ends where a frame is missing, and does nothing that came after", async () => {
    let count = 0;
    const {
      heard,
      say,
      agent: end,
    } = joined((frame, deliver) => {
      if (++count !== 2) deliver(frame);
    });
    await say("a");
    await say("lost");
    await say("after");
    await end.closed;
    assert.deepEqual(heard, ["a"]);
  });

  it("hears nothing that was changed, made up, or recorded from another channel", async () => {
    const recorded: Uint8Array[] = [];
    const earlier = joined((frame, deliver) => {
      recorded.push(frame);
      deliver(frame);
    });
    await earlier.say("open the valve");
    await turn();
    const { heard, say, agent: end } = joined();
    for (const frame of recorded) end.receive(frame);
    await say("a");
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        end.receive(bytes);
        // With the right name of the channel it is still none of ours.
        end.receive(Buffer.concat([recorded[0]?.subarray(0, 17) ?? Buffer.alloc(0), bytes]));
      }),
    );
    await turn();
    assert.deepEqual(heard, ["a"]);
    earlier.desk.transport.close();
    end.transport.close();
  });

  it("shows nothing of what is said", async () => {
    const seen: Uint8Array[] = [];
    const { say, desk: end } = joined((frame, deliver) => {
      seen.push(frame);
      deliver(frame);
    });
    await say("the password is hunter2");
    assert.ok(!Buffer.concat(seen).toString("latin1").includes("hunter2"));
    end.transport.close();
  });

  it("ends after a silence, and stays while both live", async () => {
    const lived = Promise.withResolvers<void>();
    let beats = 0;
    const between = (frame: Uint8Array, deliver: (frame: Uint8Array) => void) => {
      deliver(frame);
      if (++beats === 100) lived.resolve();
    };
    const { desk: one, agent: other, say, heard } = joined(between, { beat: 5, silence: 200 });
    await lived.promise;
    await say("still there");
    await turn();
    assert.deepEqual(heard, ["still there"]);
    // Its frames go nowhere from now on.
    other.end();
    await one.closed;
  });

  it("ends on a message that is too large or none at all", async () => {
    const { say, agent: end } = joined(undefined, { largestMessage: 1_000 });
    await say("y".repeat(2_000));
    await end.closed;
  });

  it("ends at both ends when one closes it", async () => {
    const { desk: one, agent: other } = joined();
    one.transport.close();
    await other.closed;
  });
});

describe("linked ends", () => {
  it("still copy what goes from one to the other", async () => {
    const [near, far] = linkedTransports();
    const sent = { jsonrpc: "2.0", method: "a", params: { list: [1] } };
    const got = new Promise<object>((resolve) => far.reader.listen(resolve));
    await near.writer.write(sent as never);
    assert.notEqual(Reflect.get(await got, "params"), sent.params);
    near.close();
  });
});
