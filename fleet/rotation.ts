/** A new key for the desk: device by device, until none knows the old one any more. */
import { generateKeyPairSync } from "node:crypto";
import { rm } from "node:fs/promises";
import { hostname, userInfo } from "node:os";
import Type, { type Static } from "typebox";
import { Check } from "typebox/value";
import { EddyError } from "../language/problem.ts";
import type { AgentClient } from "../runtime/protocol/client.ts";
import type { DeviceStore } from "./devices.ts";
import { readIfThere, withLock, writeFileAtomic } from "./files.ts";
import { reseal } from "./keys.ts";
import {
  keyFiles,
  openPublisher,
  openPublisherBefore,
  type Publisher,
  readKey,
  writeKey,
} from "./publisher.ts";

const rotationSchema = Type.Object({
  /** What each device still has to be told: the new key, or to forget the old one. */
  devices: Type.Record(Type.String(), Type.Union([Type.Literal("trust"), Type.Literal("revoke")])),
});
type Step = Static<typeof rotationSchema>["devices"][string];

export interface Rotation {
  /** What a device still has to be told; undefined where there is nothing. */
  step(device: string): Promise<Step | undefined>;
  /** Whom the device knows this desk as: at a broker it lets in nobody else. */
  publisherFor(device: string): Promise<Publisher>;
  /** Makes a new key, and notes that these have to be told; where this was done before and not ended, goes on with that. */
  begin(devices: readonly string[]): Promise<void>;
  /** Tells one device what it has to be told. `reconnect` gives a client by the new key. */
  tell(device: string, client: AgentClient, reconnect: () => Promise<AgentClient>): Promise<void>;
  /** Notes that a device is done, or gone. The old key goes with the last one. */
  done(device: string): Promise<void>;
}

export function openRotation(home: string, store: DeviceStore, now: () => number): Rotation {
  const files = keyFiles(home);

  async function read(): Promise<Static<typeof rotationSchema> | undefined> {
    const text = await readIfThere(files.rotation);
    if (text === undefined) return undefined;
    try {
      const value: unknown = JSON.parse(text);
      if (Check(rotationSchema, value)) return value;
    } catch {
      // Told below, together with JSON of another shape.
    }
    throw new EddyError(
      "EDDY_ROTATION_UNREADABLE",
      `${files.rotation} cannot be read. Delete it, then run "eddy key rotate" again, which tells every device.`,
    );
  }

  const write = (devices: Readonly<Record<string, Step>>) =>
    writeFileAtomic(files.rotation, `${JSON.stringify({ devices }, undefined, 2)}\n`, { mode: 0o600 });

  const change = (device: string, step: Step | undefined) =>
    withLock(files.folder, "rotation", async () => {
      const rotation = await read();
      if (!rotation || (step === undefined && rotation.devices[device] === undefined)) return;
      const { [device]: _before, ...others } = rotation.devices;
      const devices = step === undefined ? others : { ...others, [device]: step };
      if (Object.keys(devices).length > 0) await write(devices);
      else await end();
    });

  async function end(): Promise<void> {
    // Both keys open what was sealed, and the new one seals it.
    const publisher = await openPublisher(home, now);
    await reseal(store, publisher, publisher);
    await rm(files.rotation, { force: true });
    await rm(files.before, { force: true });
  }

  const self: Rotation = {
    step: async (device) => (await read())?.devices[device],
    async publisherFor(device) {
      const before = (await self.step(device)) === "trust" ? await openPublisherBefore(home, now) : undefined;
      return before ?? (await openPublisher(home, now));
    },
    async begin(devices) {
      await openPublisher(home, now);
      await withLock(files.folder, "rotation", async () => {
        const current = await readKey(files.current);
        if (!current) return;
        // In this order, so that a process that ends in between leaves what the next attempt goes on with.
        if (!(await read())) {
          await writeKey(files.before, current);
          await write(Object.fromEntries(devices.map((id) => [id, "trust"])));
        }
        const before = await readKey(files.before);
        if (before?.equals(current)) await writeKey(files.current, generateKeyPairSync("ed25519").privateKey);
        if (Object.keys((await read())?.devices ?? {}).length === 0) await end();
      });
    },
    async tell(device, client, reconnect) {
      const step = await self.step(device);
      const before = await openPublisherBefore(home, now);
      if (step === undefined || !before) return;
      let by = client;
      if (step === "trust") {
        const { publicKey } = await openPublisher(home, now);
        await client.request("publisher/trust", { publicKey, name: deskName() });
        await change(device, "revoke");
        // Only who has been let in by the new key takes the old one away.
        by = await reconnect();
      }
      await by.request("publisher/revoke", { id: before.id }).catch((error: unknown) => {
        if (!(error instanceof EddyError) || error.code !== "EDDY_UNKNOWN_PUBLISHER") throw error;
      });
      await change(device, undefined);
    },
    done: (device) => change(device, undefined),
  };
  return self;
}

/** What devices call this desk in their list. */
export function deskName(): string {
  return `${userInfo().username}@${hostname()}`.replace(/[^\x20-\x7e]/g, "?").slice(0, 100);
}
