/** Tells devices of the desk's new key: all at once when it is made, and later those that were not there. */
import { EddyError } from "../language/problem.ts";
import type { AgentClient } from "../runtime/protocol/client.ts";
import { isBrokerAddress } from "./brokers.ts";
import type { ConnectOptions, KeyRotation } from "./contract.ts";
import type { Device } from "./devices.ts";
import type { Rotation } from "./rotation.ts";

export interface KeyTellerOptions {
  readonly rotation: Rotation;
  readonly connect: (device: Device, options: ConnectOptions) => Promise<AgentClient>;
  readonly letGo: (device: Device) => void;
}

/** Milliseconds that a device may take until it counts as one to be told later. */
const patience = 20_000;

export class KeyTeller {
  readonly #options: KeyTellerOptions;
  readonly #telling = new Map<string, Promise<void>>();

  constructor(options: KeyTellerOptions) {
    this.#options = options;
  }

  async rotate(devices: readonly Device[], options: ConnectOptions): Promise<KeyRotation["devices"]> {
    const { rotation, connect } = this.#options;
    await rotation.begin(devices.map(({ id }) => id));
    return Promise.all(
      devices.map(async (device) => {
        const { id, name } = device;
        try {
          const late = AbortSignal.timeout(patience);
          const signal = options.signal ? AbortSignal.any([options.signal, late]) : late;
          await connect(device, { ...options, signal });
          await this.tell(device, options);
          return { id, name };
        } catch (error) {
          options.signal?.throwIfAborted();
          return { id, name, reason: reasonOf(error) };
        }
      }),
    );
  }

  /** Tells a device what a change of keys has left to tell; once at a time. */
  async tell(device: Device, options: ConnectOptions): Promise<void> {
    const { rotation } = this.#options;
    if ((await rotation.step(device.id)) === undefined) return;
    const telling =
      this.#telling.get(device.id) ??
      this.#tell(device, options).finally(() => this.#telling.delete(device.id));
    this.#telling.set(device.id, telling);
    await telling;
  }

  async #tell(device: Device, options: ConnectOptions): Promise<void> {
    const { rotation, connect, letGo } = this.#options;
    await rotation.tell(device.id, await connect(device, options), () => {
      // At a broker, a connection belongs to the key that it was made with.
      if (device.broker || isBrokerAddress(device.url)) letGo(device);
      return connect(device, options);
    });
  }
}

function reasonOf(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof EddyError) return { code: error.code, message: error.message };
  if (error instanceof Error && error.name === "TimeoutError")
    return { code: "EDDY_UNREACHABLE", message: `It did not answer within ${patience / 1000} seconds.` };
  return { code: "EDDY_INTERNAL", message: error instanceof Error ? error.message : String(error) };
}
