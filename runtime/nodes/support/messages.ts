import type { Message } from "../../engine/contract.ts";

/** The message with another payload: id, topic and source are carried on. */
export function withPayload(message: Message, payload: unknown, topic = message.topic): Message {
  return { id: message.id, time: message.time, topic, payload, source: message.source };
}
