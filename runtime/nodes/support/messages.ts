import type { Json } from "../../../language/model.ts";
import type { Message } from "../../engine/contract.ts";

/** The message with another payload: id, topic and source are carried on. */
export function withPayload(message: Message, payload: unknown, topic = message.topic): Message {
  return { id: message.id, time: message.time, topic, payload, source: message.source };
}

/** A message as it is kept in durable state. Throws where its payload is not plain data. */
export function storedMessage(message: Message): Json {
  const json: Json = JSON.parse(JSON.stringify(message));
  return json;
}

/** The other way round, of what `storedMessage` wrote. */
export function restoredMessage(value: Json | undefined): Message {
  if (!isRecord(value)) throw new TypeError("The kept message is damaged.");
  const { id, time, topic, payload, source } = value;
  return {
    id: String(id),
    time: Number(time),
    topic: typeof topic === "string" ? topic : undefined,
    payload,
    source: isRecord(source) ? source : undefined,
  };
}

export function isRecord(value: unknown): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The key under which a message's state is kept: what `by` says, or one for all. */
export function keyOf(message: Message, by: ((message: Message) => unknown) | undefined): string {
  return by ? String(by(message)) : "";
}
