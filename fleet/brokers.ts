import { Check } from "typebox/value";
import { EddyError } from "../language/problem.ts";
import { type BrokerSettings, brokerSettings } from "../runtime/protocol/mqtt/broker.ts";
import type { Device } from "./devices.ts";
import type { Publisher } from "./publisher.ts";

/** How a device's record keeps the broker: its address to be seen, all else sealed and bound to the device. */
export function keptBroker(
  settings: BrokerSettings,
  device: string,
  { sealer }: Publisher,
): NonNullable<Device["broker"]> {
  return { url: settings.url, sealed: sealer.seal(JSON.stringify(settings), `broker of ${device}`) };
}

export function readBroker({ id, name, broker }: Device, { sealer }: Publisher): BrokerSettings {
  const text = broker && sealer.unseal(broker.sealed, `broker of ${id}`);
  const settings: unknown = text === undefined ? undefined : JSON.parse(text);
  if (Check(brokerSettings, settings)) return settings;
  throw new EddyError(
    "EDDY_BROKER_UNREADABLE",
    `How to get to the broker of ${name} was written down by another desk. Set it again ("eddy device broker").`,
  );
}

/** The broker and the device's id of `mqtts://HOST[:PORT]/ID`. */
export function parseBrokerAddress(text: string): { readonly url: string; readonly device: string } {
  const url = URL.parse(text);
  const device = url?.pathname.split("/").at(-1) ?? "";
  if (!url || !/^[0-9a-f]{16}$/.test(device))
    throw new EddyError(
      "EDDY_BAD_ADDRESS",
      `"${text}" has to end with the id of a device: mqtts://HOST[:PORT]/0123456789abcdef. "eddy device info" shows the id.`,
    );
  const path = url.pathname.slice(0, -device.length - 1);
  url.pathname = path;
  return { url: url.href.replace(/\/$/, ""), device };
}

export function isBrokerAddress(text: string): boolean {
  return /^(mqtts?|wss?):\/\//i.test(text);
}
