import { EddyError } from "../../language/problem.ts";
import type { DeviceTransport, OpenAgent, OpenOptions, TerminalSize } from "./transport.ts";

/** A device with two ways to it: its broker first, which is there wherever the device is, and ssh where that leads nowhere. */
export class EitherTransport<Direct extends DeviceTransport> implements DeviceTransport {
  readonly #broker: DeviceTransport;
  readonly direct: Direct;

  constructor(broker: DeviceTransport, direct: Direct) {
    this.#broker = broker;
    this.direct = direct;
  }

  async open(options: OpenOptions): Promise<OpenAgent> {
    try {
      return await this.#broker.open(options);
    } catch (error) {
      options.signal?.throwIfAborted();
      return await this.direct.open(options).catch((other: unknown) => {
        throw both(error, other);
      });
    }
  }

  shell(size: TerminalSize, options: OpenOptions) {
    return this.direct.shell(size, options);
  }

  close(): void {
    this.#broker.close();
    this.direct.close();
  }
}

/** The failure of the direct way, whose remedy is at hand; the other one is said with it. */
function both(broker: unknown, direct: unknown): unknown {
  if (!(broker instanceof EddyError) || !(direct instanceof EddyError)) return direct;
  return new EddyError(direct.code, `${direct.message} Nor by its broker: ${broker.message}`, {
    cause: direct,
  });
}
