/**
 * JSON-RPC through a broker that nobody trusts: each message is cut into frames, each frame is encrypted, authenticated
 * and numbered. A frame that comes twice is left out; one that is missing, or a long silence, ends the channel, so that a
 * request is carried out once or not at all, and soon or not at all.
 */
import { createCipheriv, createDecipheriv } from "node:crypto";
import type { Transport } from "../connection.ts";
import { HandedReader, HandingWriter, parseMessage } from "../message-ends.ts";
import type { ChannelKeys } from "./handshake.ts";

export interface ChannelOptions {
  readonly keys: ChannelKeys;
  /** Resolves when the broker has the frame; rejects where it will not get it. */
  readonly publish: (frame: Uint8Array) => Promise<void>;
  /** Bytes of one message that this end takes. */
  readonly largestMessage: number;
  /** Milliseconds between signs of life, and of silence after which the other end is taken for gone. */
  readonly beat?: number;
  readonly silence?: number;
}

export interface Channel {
  readonly transport: Transport;
  /** Takes a frame that came by the broker; one that is not of the other end changes nothing. */
  receive(frame: Uint8Array): void;
  /** Ends it without a word, where the other end is known to be gone. */
  end(): void;
  readonly closed: Promise<void>;
}

/** Milliseconds. Frames that somebody holds back are taken for this long, and no longer. */
const defaultBeat = 15_000;
const defaultSilence = 45_000;
/** Bytes of a message in one frame: well below what brokers in the cloud take at most (128 kB). */
const pieceSize = 96 * 1024;

/** A frame: this, the channel's name, a number, and the encrypted piece with its tag. */
const frameMark = 1;
const numberAt = 17;
const pieceAt = 23;
const tagLength = 16;

/** What a piece is, in its first byte. */
const kinds = { last: 0, more: 1, beat: 2, end: 3 } as const;

/** The name of the channel that a frame says it belongs to, hex; undefined for what is no frame. */
export function channelOf(frame: Uint8Array): string | undefined {
  if (frame.length <= pieceAt + tagLength || frame[0] !== frameMark) return undefined;
  return Buffer.from(frame.subarray(1, numberAt)).toString("hex");
}

export function openChannel(options: ChannelOptions): Channel {
  const { keys, publish, largestMessage, beat = defaultBeat, silence = defaultSilence } = options;
  const reader = new HandedReader();
  const whenClosed = Promise.withResolvers<void>();
  let sent = 0;
  let received = 0;
  let pieces: Uint8Array[] = [];
  let size = 0;
  let isOpen = true;

  const beating = setInterval(() => void send(kinds.beat, Buffer.alloc(0)).catch(end), beat);
  let listening = setTimeout(end, silence);
  // Alone, neither keeps a process alive.
  beating.unref();
  listening.unref();

  async function send(kind: number, piece: Uint8Array): Promise<void> {
    await publish(encrypt(keys, ++sent, kind, piece));
  }

  async function write(text: string): Promise<void> {
    if (!isOpen) throw new Error("The channel has ended.");
    const bytes = Buffer.from(text);
    const frames: Promise<void>[] = [];
    for (let at = 0; at < bytes.length; at += pieceSize) {
      const isLast = at + pieceSize >= bytes.length;
      frames.push(send(isLast ? kinds.last : kinds.more, bytes.subarray(at, at + pieceSize)));
    }
    await Promise.all(frames);
  }

  function end(): void {
    if (!isOpen) return;
    isOpen = false;
    clearInterval(beating);
    clearTimeout(listening);
    pieces = [];
    reader.end();
    whenClosed.resolve();
  }

  function close(): void {
    // Where it does not get there, the other end hears nothing more and ends by itself.
    if (isOpen) void send(kinds.end, Buffer.alloc(0)).catch(() => {});
    end();
  }

  function take(kind: number, piece: Uint8Array): void {
    if (kind === kinds.beat) return;
    if (kind === kinds.end) {
      end();
      return;
    }
    pieces.push(piece);
    size += piece.length;
    if (size > largestMessage) {
      reader.fail(new Error(`A message of more than ${largestMessage} bytes came.`));
      close();
      return;
    }
    if (kind === kinds.more) return;
    const whole = Buffer.concat(pieces.splice(0)).toString("utf8");
    size = 0;
    try {
      reader.hand(parseMessage(whole));
    } catch (error) {
      reader.fail(error instanceof Error ? error : new Error(String(error)));
      close();
    }
  }

  return {
    transport: { reader, writer: new HandingWriter(write, close), close },
    receive(frame) {
      if (!isOpen) return;
      const opened = decrypt(keys, frame);
      // Of somebody else, or sent again by the broker.
      if (!opened || opened.number <= received) return;
      if (opened.number > received + 1) {
        close();
        return;
      }
      received = opened.number;
      clearTimeout(listening);
      listening = setTimeout(end, silence);
      listening.unref();
      take(opened.kind, opened.piece);
    },
    end,
    closed: whenClosed.promise,
  };
}

function encrypt(keys: ChannelKeys, number: number, kind: number, piece: Uint8Array): Uint8Array {
  const head = Buffer.alloc(pieceAt);
  head[0] = frameMark;
  head.set(keys.channel, 1);
  head.writeUIntBE(number, numberAt, 6);
  const cipher = createCipheriv("aes-256-gcm", keys.send, nonceOf(head)).setAAD(head);
  const body = Buffer.concat([cipher.update(Buffer.of(kind)), cipher.update(piece), cipher.final()]);
  return Buffer.concat([head, body, cipher.getAuthTag()]);
}

function decrypt(keys: ChannelKeys, frame: Uint8Array) {
  if (channelOf(frame) !== Buffer.from(keys.channel).toString("hex")) return undefined;
  const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
  const head = bytes.subarray(0, pieceAt);
  try {
    const decipher = createDecipheriv("aes-256-gcm", keys.receive, nonceOf(head))
      .setAAD(head)
      .setAuthTag(bytes.subarray(-tagLength));
    const body = Buffer.concat([decipher.update(bytes.subarray(pieceAt, -tagLength)), decipher.final()]);
    return { number: head.readUIntBE(numberAt, 6), kind: body[0] ?? kinds.end, piece: body.subarray(1) };
  } catch {
    return undefined;
  }
}

/** Never used twice with one key: each direction has its own, and counts. */
function nonceOf(head: Uint8Array): Uint8Array {
  const nonce = Buffer.alloc(12);
  nonce.set(head.subarray(numberAt, pieceAt), 6);
  return nonce;
}
