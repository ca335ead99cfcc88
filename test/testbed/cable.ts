import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { freePort } from "./resources.ts";

export interface Cable extends AsyncDisposable {
  /** `mqtt://127.0.0.1:PORT`, with the server at the other end. */
  readonly url: string;
  /** Ends its connections as a bad network does. */
  cut(): void;
  /** Nothing comes through any more, and nobody is told: what a router does that forgets. */
  freeze(): void;
  /** New connections come through again. Those that were frozen stay so. */
  thaw(): void;
}

/** A loopback address that leads to a port, with faults on request. */
export async function startCable(port: number): Promise<Cable> {
  const sockets = new Set<Socket>();
  let isFrozen = false;
  const server = createServer((near) => {
    const far = connect({ port, host: "127.0.0.1" });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      if (!isFrozen) from.pipe(to);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  const own = await freePort();
  server.listen(own, "127.0.0.1");
  await once(server, "listening");
  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    url: `mqtt://127.0.0.1:${own}`,
    cut,
    freeze() {
      isFrozen = true;
      for (const socket of sockets) {
        socket.unpipe();
        // Taken in and dropped, as if it were on its way.
        socket.resume();
      }
    },
    thaw() {
      isFrozen = false;
    },
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
