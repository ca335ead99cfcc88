/** How JSON-RPC messages get from one end to the other, and how failures look on the wire. */
import type { Readable, Writable } from "node:stream";
import {
  AbstractMessageReader,
  type DataCallback,
  type Disposable,
  type MessageReader,
  type MessageWriter,
  ResponseError,
  StreamMessageWriter,
} from "vscode-jsonrpc/node.js";
import { EddyError, type ProblemCode } from "../../language/problem.ts";
import { HandedReader, HandingWriter, parseMessage } from "./message-ends.ts";

/** One end of a connection between a client and an agent. */
export interface Transport {
  readonly reader: MessageReader;
  readonly writer: MessageWriter;
  /** Ends it at once, whatever is still under way. */
  close(): void;
}

/** Bytes of one message that an agent takes. The largest request is a piece of an artifact (1.4 MB of base64). */
export const largestRequest = 4 * 1024 * 1024;
/** Bytes of one message that a client takes. */
export const largestAnswer = 64 * 1024 * 1024;
/** Bytes. Ours is one line of 30; the base protocol allows a content type beside it. */
const largestHeader = 4096;

/** JSON-RPC over a pair of byte streams, framed by `Content-Length` headers as in the language server protocol. */
export function streamTransports(
  input: Readable,
  output: Writable,
  { largestMessage }: { readonly largestMessage: number },
): Transport {
  return {
    reader: new BoundedReader(input, largestMessage),
    writer: new StreamMessageWriter(output),
    close() {
      output.destroy();
      input.destroy();
    },
  };
}

/** Two ends in one process. Messages are copied as a wire would, so that neither end can change what the other has. */
export function linkedTransports(): readonly [Transport, Transport] {
  const first = new LinkedEnd();
  const second = new LinkedEnd();
  first.link(second);
  second.link(first);
  return [first.transport, second.transport];
}

/** An application error of JSON-RPC; what it is about stands in `data`. */
const applicationError = -32000;

export function toResponseError(error: unknown): ResponseError<unknown> {
  if (error instanceof ResponseError) return error;
  if (error instanceof EddyError) {
    return new ResponseError(applicationError, error.message, {
      code: error.code,
      ...(error.details === undefined ? {} : { details: error.details }),
    });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new ResponseError(applicationError, `The agent failed while it answered: ${message}`, {
    code: "EDDY_INTERNAL",
  });
}

export function isProblemCode(text: unknown): text is ProblemCode {
  return typeof text === "string" && /^EDDY_[A-Z0-9_]+$/.test(text);
}

/**
 * Reads frames and refuses what is too large before it is kept, which the library's own reader does not.
 * After a broken frame nothing that follows can be told apart, so it reports an error and reads no more.
 */
class BoundedReader extends AbstractMessageReader implements MessageReader {
  private chunks: Buffer[] = [];
  private length = 0;
  private bodyLength: number | undefined;
  private broken = false;
  private readonly input: Readable;
  private readonly largestMessage: number;

  constructor(input: Readable, largestMessage: number) {
    super();
    this.input = input;
    this.largestMessage = largestMessage;
  }

  listen(callback: DataCallback): Disposable {
    const onData = (chunk: Buffer) => this.take(chunk, callback);
    const onError = (error: Error) => this.fireError(error);
    const onClose = () => this.fireClose();
    this.input.on("data", onData);
    this.input.on("error", onError);
    this.input.on("close", onClose);
    this.input.on("end", onClose);
    return {
      dispose: () => {
        this.input.off("data", onData);
        this.input.off("close", onClose);
        this.input.off("end", onClose);
      },
    };
  }

  private take(chunk: Buffer, callback: DataCallback): void {
    if (this.broken) return;
    this.chunks.push(chunk);
    this.length += chunk.length;
    try {
      for (;;) {
        this.bodyLength ??= this.readHeader();
        if (this.bodyLength === undefined || this.length < this.bodyLength) return;
        const body = this.cut(this.bodyLength);
        this.bodyLength = undefined;
        callback(parseMessage(body.toString("utf8")));
      }
    } catch (error) {
      this.broken = true;
      this.chunks = [];
      this.fireError(error);
    }
  }

  private readHeader(): number | undefined {
    const start = this.peek(largestHeader);
    const end = start.indexOf("\r\n\r\n");
    if (end < 0) {
      if (start.length >= largestHeader) throw new Error("The header of a message is too long.");
      return undefined;
    }
    const header = this.cut(end + 4).toString("latin1");
    const length = /^content-length: *(\d{1,10}) *$/im.exec(header)?.[1];
    if (length === undefined) throw new Error("A message came without a Content-Length.");
    if (Number(length) > this.largestMessage) {
      throw new Error(`A message of ${length} bytes came; ${this.largestMessage} are allowed.`);
    }
    return Number(length);
  }

  private peek(length: number): Buffer {
    const [first] = this.chunks;
    if (first === undefined) return Buffer.alloc(0);
    if (this.chunks.length > 1 && first.length < length) this.chunks = [Buffer.concat(this.chunks)];
    return (this.chunks[0] ?? first).subarray(0, length);
  }

  private cut(length: number): Buffer {
    const [first] = this.chunks;
    const all = this.chunks.length === 1 && first ? first : Buffer.concat(this.chunks);
    const rest = all.subarray(length);
    this.chunks = rest.length > 0 ? [rest] : [];
    this.length = rest.length;
    return all.subarray(0, length);
  }
}

class LinkedEnd {
  private other: LinkedEnd | undefined;
  private closed = false;
  readonly transport: Transport;
  private readonly reader = new HandedReader();

  constructor() {
    const writer = new HandingWriter(
      (text) => {
        if (!this.other?.receive(text)) throw new Error("The other end is closed.");
      },
      () => this.close(),
    );
    this.transport = { reader: this.reader, writer, close: () => this.close() };
  }

  link(other: LinkedEnd): void {
    this.other = other;
  }

  private receive(text: string): boolean {
    if (this.closed) return false;
    // Also what a socket does: the sender never runs inside of the receiver.
    queueMicrotask(() => this.reader.hand(parseMessage(text)));
    return true;
  }

  private close(): void {
    for (const end of [this, this.other]) {
      if (!end || end.closed) continue;
      end.closed = true;
      queueMicrotask(() => end.reader.end());
    }
  }
}
