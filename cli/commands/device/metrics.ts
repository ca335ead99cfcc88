import type { Command } from "commander";
import { createCommand, withContext } from "../../context.ts";
import { usageError } from "../../errors.ts";
import { printable } from "../../output.ts";
import { type ConnectionOptions, connectTo } from "../../places.ts";

interface Options extends ConnectionOptions {
  readonly address: string;
  readonly off?: boolean;
}

export function metricsCommand(): Command {
  return createCommand("metrics", "serve numbers for Prometheus at /metrics of a port of the device", [
    "eddy device metrics greenhouse 9464",
    "eddy device metrics greenhouse 9464 --address 0.0.0.0",
    "eddy device metrics greenhouse --off",
  ])
    .argument("<device>", "its name or id")
    .argument("[port]", "where; left out: shows where they are served now")
    .option("--address <address>", "of the device, at which others may ask", "127.0.0.1")
    .option("--off", "serve them no longer")
    .option("--yes", "trust a host that is not known yet")
    .action((name: string, port: string | undefined, options: Options) => metrics(name, port, options));
}

function metrics(name: string, text: string | undefined, options: Options): Promise<void> {
  return withContext(options, async (context) => {
    const { output, signal } = context;
    if (text !== undefined && options.off) throw usageError("Either a port or --off, not both.");
    const port = text === undefined ? undefined : readPort(text);
    const { client, device } = await connectTo(context, name, options);
    if (port !== undefined || options.off) {
      const wanted = port === undefined ? null : { port, address: options.address };
      await client.request("metrics/serve", { metrics: wanted }, signal);
    }
    const { metrics: now } = await client.request("metrics/get", {}, signal);
    output.json({ metrics: now ?? null });
    const address = now?.address.includes(":") ? `[${now.address}]` : now?.address;
    output.line(
      now
        ? `${printable(device.name)} serves metrics at http://${address}:${now.port}/metrics, to everybody who gets there.`
        : `${printable(device.name)} serves no metrics.`,
    );
    return undefined;
  });
}

function readPort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw usageError(`"${text}" is no port: 1 to 65535.`);
}
