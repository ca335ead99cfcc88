import { open, readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "commander";
import { EddyError } from "../../language/problem.ts";
import { type CommonOptions, createCommand, createGroup, withContext } from "../context.ts";
import type { KeyOutput, KeyRotateOutput } from "../contract.ts";
import { exitCodes, usageError } from "../errors.ts";
import { printable } from "../output.ts";
import { readHidden, sshQuestions } from "../terminal.ts";

/** `eddy key …`: the desk's own key, by which devices know it. */
export function keyCommand(): Command {
  const group = createGroup("key", "this desk's key, which signs all that it deploys", [
    "eddy key show",
    "eddy key export eddy-key.pem",
    "eddy key rotate",
  ]);
  const show = createCommand("show", "the public key, for others to trust; its id on standard error", [
    "eddy key show",
    "eddy key show > colleague.pub",
  ]).action((options: CommonOptions) => showKey(options));
  const exported = createCommand("export", "write the private key to a file, under a passphrase", [
    "eddy key export eddy-key.pem",
  ])
    .argument("<file>", "which is not there yet")
    .option("--plain", "without a passphrase: whoever has the file is this desk")
    .action((file: string, options: ExportOptions) => exportKey(file, options));
  const imported = createCommand("import", "make a key that was exported this desk's own", [
    "eddy key import eddy-key.pem",
  ])
    .argument("<file>", "what was exported")
    .option("--force", "in place of the key that this desk has")
    .action((file: string, options: ImportOptions) => importKey(file, options));
  const rotate = createCommand(
    "rotate",
    "make a new key, and have every device trust it in place of the old one",
    ["eddy key rotate", "eddy key rotate --json"],
  )
    .option("--yes", "trust hosts that are not known yet")
    .action((options: RotateOptions) => rotateKey(options));
  for (const command of [show, exported, imported, rotate]) group.addCommand(command);
  return group;
}

interface ExportOptions extends CommonOptions {
  readonly plain?: boolean;
}
interface ImportOptions extends CommonOptions {
  readonly force?: boolean;
}
interface RotateOptions extends CommonOptions {
  readonly yes?: boolean;
}

function showKey(options: CommonOptions): Promise<void> {
  return withContext(options, async (context) => {
    const { output } = context;
    const key = await (await context.fleet()).publisher();
    output.json(key satisfies KeyOutput);
    output.note(`id ${key.id}`);
    output.line(key.publicKey.trimEnd());
    return undefined;
  });
}

function exportKey(file: string, options: ExportOptions): Promise<void> {
  return withContext(options, async (context) => {
    const { output, signal } = context;
    const passphrase = options.plain ? undefined : await newPassphrase(signal);
    const pem = await (await context.fleet()).exportKey(passphrase);
    await writeNew(resolve(file), pem);
    output.json({ ok: true });
    output.line(
      `${output.style("green", "✔")} ${file} holds this desk's key. Keep it where nobody else gets at it.`,
    );
    return undefined;
  });
}

/** Asked for twice where it is typed. */
async function newPassphrase(signal: AbortSignal): Promise<string> {
  const passphrase = await readHidden("Passphrase for the key: ", signal);
  if (passphrase === "") throw usageError("There is no passphrase. Without one, say --plain.");
  if (process.stdin.isTTY && (await readHidden("Once more: ", signal)) !== passphrase)
    throw usageError("These were two passphrases. Nothing was written.");
  return passphrase;
}

async function writeNew(path: string, text: string): Promise<void> {
  try {
    const file = await open(path, "wx", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (cause) {
    const isThere = cause instanceof Error && "code" in cause && cause.code === "EEXIST";
    throw isThere
      ? new EddyError("EDDY_FILE_EXISTS", `${path} is there already. Choose another file.`)
      : new EddyError("EDDY_FILE_UNREADABLE", `${path} cannot be written.`, { cause });
  }
}

function importKey(file: string, options: ImportOptions): Promise<void> {
  return withContext(options, async (context) => {
    const { output, signal } = context;
    const pem = await readFile(file, "utf8").catch((cause: unknown) => {
      throw new EddyError("EDDY_FILE_UNREADABLE", `${file} cannot be read.`, { cause });
    });
    const passphrase = pem.includes("ENCRYPTED")
      ? await readHidden("Passphrase of the key: ", signal)
      : undefined;
    const fleet = await context.fleet();
    const { force = false } = options;
    await fleet.importKey(pem, { force, ...(passphrase === undefined ? {} : { passphrase }) });
    const key = await fleet.publisher();
    output.json(key satisfies KeyOutput);
    output.line(`${output.style("green", "✔")} This desk is ${key.id.slice(0, 16)} now.`);
    return undefined;
  });
}

function rotateKey(options: RotateOptions): Promise<void> {
  return withContext(options, async (context) => {
    const { output, signal } = context;
    const { yes } = options;
    output.progress("Telling the devices …");
    const fleet = await context.fleet();
    const { id, devices } = await fleet.rotateKey({
      questions: sshQuestions({ output, signal, yes }),
      signal,
    });
    const told = devices.filter(({ reason }) => !reason).map(({ name }) => name);
    const left = devices.flatMap(({ name, reason }) => (reason ? [{ device: name, ...reason }] : []));
    output.json({ id, told, left } satisfies KeyRotateOutput);
    output.line(`${output.style("green", "✔")} This desk is ${id.slice(0, 16)} now. Export it anew.`);
    for (const name of told) output.line(`  ${output.style("green", "✔")} ${printable(name)}`);
    for (const { device, message } of left)
      output.line(`  ${output.style("red", "✘")} ${printable(device)}: ${printable(message)}`);
    if (left.length === 0) return undefined;
    output.note(
      "Those are told when they are next connected to; the old key is kept for them. If one never comes back: eddy device remove DEVICE --forget.",
    );
    return exitCodes.partial;
  });
}
