/** Packets of MQTT as they come in: how large they may be, and what a workflow gets of them. */
import { totalmem } from "node:os";
import type { IPublishPacket, MqttClient } from "mqtt";
import type { MqttMessage } from "../../engine/contract.ts";

/** Bytes of a packet that a device takes, by its memory: it is read as a whole, and copied on the way. */
export function largestIncoming(memory = totalmem()): number {
  return Math.min(16 * 2 ** 20, Math.floor(memory / 32));
}

/**
 * Follows what comes in from packet to packet, in whatever pieces, and calls at the first that is larger than `limit`, before
 * more of it is here than its length (MQTT 5, 2.1.1 and 1.5.5; the same in 3.1.1).
 */
export function createSizeWatch(limit: number, tooLarge: (size: number) => void) {
  /** Bytes of the packet under way that are still to come. */
  let left = 0;
  /** What is known of the length, and what its next byte counts; 0 before the first byte of a packet. */
  let length = 0;
  let weight = 0;
  return (chunk: Uint8Array): void => {
    for (let at = 0; at < chunk.length; ) {
      if (left > 0) {
        const step = Math.min(left, chunk.length - at);
        left -= step;
        at += step;
        continue;
      }
      const byte = chunk[at++] ?? 0;
      if (weight === 0) {
        length = 0;
        weight = 1;
        continue;
      }
      length += (byte & 0x7f) * weight;
      weight *= 0x80;
      if (byte >= 0x80 && weight < 2 ** 28) continue;
      weight = 0;
      left = length;
      if (length > limit) tooLarge(length);
    }
  };
}

/**
 * Ends a connection at a packet larger than `limit`. MQTT 3.1.1 has no word for it to the broker, and mqtt.js has no limit of
 * its own before it has read a packet to the end.
 */
export function endOnHugePackets(client: MqttClient, limit: number, ended: (size: number) => void): void {
  const watch = () => {
    const { stream } = client;
    const hear = createSizeWatch(limit, (size) => {
      ended(size);
      stream.destroy();
    });
    stream.prependListener("data", hear);
  };
  watch();
  // Its next connection is made when everybody has heard of it, in the same turn.
  client.on("reconnect", () => process.nextTick(watch));
}

export function messageOf(packet: IPublishPacket, acknowledge: () => void): MqttMessage {
  const payload = typeof packet.payload === "string" ? Buffer.from(packet.payload) : packet.payload;
  const properties: Readonly<Record<string, unknown>> | undefined = packet.properties && {
    ...packet.properties,
  };
  return {
    topic: packet.topic,
    payload,
    qos: packet.qos,
    retain: packet.retain,
    ...(properties === undefined ? {} : { properties }),
    acknowledge,
  };
}
