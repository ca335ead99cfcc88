import type { Command } from "commander";
import { type Context, createCommand, createGroup, withContext } from "../context.ts";
import { usageError } from "../errors.ts";
import { printable, table } from "../output.ts";
import { type ConnectionOptions, connectTo, readScope } from "../places.ts";
import { readHidden } from "../terminal.ts";
import { assignment } from "../values.ts";

type Kind = "env" | "secret";

/** `eddy env …`: values that a device gives to its workflows. */
export function envCommand(): Command {
  const group = createGroup("env", "bind values on a device, for all its workflows or for one", [
    "eddy env set local/line BROKER=10.0.0.7",
    "eddy env list local",
  ]);
  const set = createCommand("set", "bind a value", ["eddy env set local/line BROKER=10.0.0.7 LIMIT=8"])
    .argument("<device[/workflow]>", "for whom")
    .argument("<name=value...>", "what")
    .option("--yes", "trust a host that is not known yet")
    .action((scope: string, pairs: readonly string[], options: ConnectionOptions) =>
      change(scope, options, async () => ({
        env: Object.fromEntries(pairs.map((pair) => assignment(pair, "eddy env set"))),
      })),
    );
  return group.addCommand(set).addCommand(unsetCommand("env")).addCommand(listCommand("env"));
}

/** `eddy secret …`: the same for what must not be seen. */
export function secretCommand(): Command {
  const group = createGroup("secret", "bind secrets on a device, for all its workflows or for one", [
    "eddy secret set local/line PASSWORD",
    "eddy secret list local/line",
  ]);
  const set = createCommand("set", "bind a secret; its value is read from standard input, or asked for", [
    "eddy secret set local/line PASSWORD",
    "pass show broker | eddy secret set local/line PASSWORD",
  ])
    .argument("<device[/workflow]>", "for whom")
    .argument("<name>", "which")
    .option("--yes", "trust a host that is not known yet")
    .action((scope: string, name: string, options: ConnectionOptions) =>
      change(scope, options, async ({ signal }) => ({ secrets: { [name]: await readSecret(name, signal) } })),
    );
  return group.addCommand(set).addCommand(unsetCommand("secret")).addCommand(listCommand("secret"));
}

async function readSecret(name: string, signal: AbortSignal): Promise<string> {
  if (name.includes("="))
    throw usageError(
      "A secret on the command line is seen by others and kept in the shell's history. Give its name only; the value is asked for, or read from standard input.",
    );
  const value = await readHidden(`Value of ${name}: `, signal);
  if (value === "") throw usageError(`There is no value for "${name}".`);
  return value;
}

function unsetCommand(kind: Kind): Command {
  return createCommand("unset", "take values away", [`eddy ${kind} unset local/line NAME`])
    .argument("<device[/workflow]>", "for whom")
    .argument("<name...>", "which")
    .option("--yes", "trust a host that is not known yet")
    .action((scope: string, names: readonly string[], options: ConnectionOptions) =>
      change(scope, options, async () => {
        const nothing = Object.fromEntries(names.map((name) => [name, null]));
        return kind === "env" ? { env: nothing } : { secrets: nothing };
      }),
    );
}

interface Values {
  readonly env?: Record<string, string | null>;
  readonly secrets?: Record<string, string | null>;
}

function change(
  scope: string,
  options: ConnectionOptions,
  values: (context: Context) => Promise<Values>,
): Promise<void> {
  return withContext(options, async (context) => {
    const { output, signal } = context;
    const { device, workflow } = readScope(scope);
    const changes = await values(context);
    const { client } = await connectTo(context, device, options);
    await client.request(
      "config/set",
      { ...(workflow === undefined ? {} : { workflow }), ...changes },
      signal,
    );
    output.json({ ok: true });
    output.line(
      `${output.style("green", "✔")} Bound on ${scope}. Running workflows take it at their next start.`,
    );
    return undefined;
  });
}

function listCommand(kind: Kind): Command {
  const summary = kind === "env" ? "the values that are bound" : "the names of the secrets that are bound";
  return createCommand("list", summary, [`eddy ${kind} list local/line`])
    .argument("<device[/workflow]>", "for whom")
    .option("--yes", "trust a host that is not known yet")
    .action((scope: string, options: ConnectionOptions) => list(kind, scope, options));
}

function list(kind: Kind, scope: string, options: ConnectionOptions): Promise<void> {
  return withContext(options, async (context) => {
    const { output, signal } = context;
    const { device, workflow } = readScope(scope);
    const { client } = await connectTo(context, device, options);
    const { env, secrets } = await client.request(
      "config/get",
      workflow === undefined ? {} : { workflow },
      signal,
    );
    if (kind === "env") {
      output.json({ env });
      for (const row of table(Object.entries(env).map(([name, value]) => [name, printable(String(value))])))
        output.line(row);
    } else {
      output.json({ secrets });
      for (const name of secrets) output.line(name);
    }
    return undefined;
  });
}
