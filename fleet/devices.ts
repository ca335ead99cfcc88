import { join } from "node:path";
import Type, { type Static } from "typebox";
import { Check, Errors } from "typebox/value";
import { EddyError } from "../language/problem.ts";
import { readIfThere, withLock, writeFileAtomic } from "./files.ts";

const deviceSchema = Type.Object({
  id: Type.String({ pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$" }),
  name: Type.String({ minLength: 1, maxLength: 100 }),
  url: Type.String({ pattern: "^(local|ssh://.+|(mqtts?|wss?)://.+)$" }),
  /** The agent's folder on the device, absolute. */
  agentHome: Type.Optional(Type.String()),
  /** The program that runs the agent there, absolute. */
  runtime: Type.Optional(
    Type.Object({ kind: Type.Union([Type.Literal("node"), Type.Literal("deno")]), path: Type.String() }),
  ),
  /** How many threads it was asked to run with, where somebody has asked. */
  threads: Type.Optional(Type.Union([Type.Literal("one"), Type.Literal("several")])),
  /** Ed25519, PEM; read once over the first trusted connection. */
  publicKey: Type.Optional(Type.String()),
  /** The broker at which it is reachable, and as whom to go there (sealed). */
  broker: Type.Optional(Type.Object({ url: Type.String(), sealed: Type.String() })),
});

const fileSchema = Type.Object({ version: Type.Literal(1), devices: Type.Array(deviceSchema) });

/** A machine that this desk knows. */
export type Device = Readonly<Static<typeof deviceSchema>>;

/** Always there, needs no installation: workflows run on it before any hardware is at hand. */
export const thisComputer: Device = { id: "local", name: "This computer", url: "local" };

/** The devices of a desk, in `devices.json`. Read anew each time: several programs may share one desk. */
export interface DeviceStore {
  /** *This computer* first, then in the order in which they were added. */
  list(): Promise<readonly Device[]>;
  /** By id, else by name. Unknown: `EDDY_UNKNOWN_DEVICE`. */
  find(nameOrId: string): Promise<Device>;
  /** Adds it, or replaces the one with the same id. A name that another one has: `EDDY_NAME_TAKEN`. */
  save(device: Device): Promise<void>;
  delete(id: string): Promise<void>;
}

export function openDeviceStore(home: string): DeviceStore {
  const path = join(home, "devices.json");
  const read = async () => parseDevices(await readIfThere(path), path);
  const change = (update: (devices: readonly Device[]) => readonly Device[]) =>
    withLock(home, "devices", async () => {
      const devices = update(await read());
      const text = `${JSON.stringify({ version: 1, devices }, null, 2)}\n`;
      await writeFileAtomic(path, text, { mode: 0o600 });
    });
  const list = async () => {
    const devices = await read();
    return devices.some(({ id }) => id === thisComputer.id) ? devices : [thisComputer, ...devices];
  };
  return {
    list,
    async find(nameOrId) {
      const devices = await list();
      const found =
        devices.find(({ id }) => id === nameOrId) ??
        devices.find(({ name }) => name === nameOrId) ??
        devices.find(({ name }) => name.toLowerCase() === nameOrId.toLowerCase());
      if (found) return found;
      const known = devices.map(({ id, name }) => (id === thisComputer.id ? id : name)).join(", ");
      throw new EddyError(
        "EDDY_UNKNOWN_DEVICE",
        `There is no device "${nameOrId}". Known are: ${known}. Add another one with "eddy device add".`,
      );
    },
    save: (device) =>
      change((devices) => {
        if (devices.some(({ id, name }) => id !== device.id && name === device.name))
          throw new EddyError(
            "EDDY_NAME_TAKEN",
            `Another device is called "${device.name}" already. Choose another name.`,
          );
        const others = devices.filter(({ id }) => id !== device.id);
        return others.length < devices.length
          ? devices.map((one) => (one.id === device.id ? device : one))
          : [...devices, device];
      }),
    delete: (id) => change((devices) => devices.filter((device) => device.id !== id)),
  };
}

function parseDevices(text: string | undefined, path: string): readonly Device[] {
  if (text === undefined) return [];
  const fail = (reason: string): never => {
    throw new EddyError(
      "EDDY_DEVICES_UNREADABLE",
      `${path} cannot be read: ${reason}. Correct it, or move it away and add the devices again.`,
    );
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fail("it is not JSON");
  }
  if (Check(fileSchema, value)) return value.devices;
  const [first] = Errors(fileSchema, value);
  return fail(`${first?.instancePath || "/"} ${first?.message ?? "does not fit"}`);
}
