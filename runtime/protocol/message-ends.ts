import {
  AbstractMessageReader,
  AbstractMessageWriter,
  type DataCallback,
  type Disposable,
  type Message,
  type MessageReader,
  type MessageWriter,
} from "vscode-jsonrpc/node.js";

/** A reader for what has whole messages already. */
export class HandedReader extends AbstractMessageReader implements MessageReader {
  private deliver: DataCallback | undefined;
  private waiting: Message[] = [];

  /** Takes a message; what comes before anybody listens waits. */
  hand(message: Message): void {
    if (this.deliver) this.deliver(message);
    else this.waiting.push(message);
  }

  listen(callback: DataCallback): Disposable {
    this.deliver = callback;
    for (const message of this.waiting.splice(0)) callback(message);
    return { dispose: () => {} };
  }

  end(): void {
    this.fireClose();
  }

  fail(error: Error): void {
    this.fireError(error);
  }
}

/** A writer that gives its messages, as a copy that a wire would make, to a function. */
export class HandingWriter extends AbstractMessageWriter implements MessageWriter {
  private readonly send: (text: string) => Promise<void> | void;
  private readonly close: () => void;

  constructor(send: (text: string) => Promise<void> | void, close: () => void) {
    super();
    this.send = send;
    this.close = close;
  }

  async write(message: Message): Promise<void> {
    await this.send(JSON.stringify(message));
  }

  end(): void {
    this.close();
  }

  override dispose(): void {
    super.dispose();
    this.close();
  }
}

/** The message of JSON-RPC in a text. Throws for anything else. */
export function parseMessage(text: string): Message {
  const value: unknown = JSON.parse(text);
  if (
    typeof value === "object" &&
    value !== null &&
    "jsonrpc" in value &&
    typeof value.jsonrpc === "string"
  ) {
    return { ...value, jsonrpc: value.jsonrpc };
  }
  throw new Error("A message came that is not JSON-RPC 2.0.");
}
