import { Command, Option } from "commander";
import type { Compiler } from "../compiler/index.ts";
import type { Fleet } from "../fleet/index.ts";
import { EddyError } from "../language/problem.ts";
import type { TypeChecker } from "../language/types/index.ts";
import { exitCodes, Interrupted } from "./errors.ts";
import { createOutput, type Output } from "./output.ts";

/** What a command works with. Made for one command, and let go of when it has ended. */
export interface Context {
  readonly output: Output;
  /** Ends with `Interrupted` as its reason when the person who started the command has had enough. */
  readonly signal: AbortSignal;
  compiler(): Promise<Compiler>;
  /** Checks the types on wires. */
  types(): Promise<TypeChecker>;
  fleet(): Promise<Fleet>;
}

/** What every command has. */
export interface CommonOptions {
  readonly json?: boolean;
}

/** A command with what all commands have in common: `--json`, and examples behind the help. */
export function createCommand(name: string, summary: string, examples: readonly string[]): Command {
  const json = new Option("--json", "print results as JSON, for programs");
  return createGroup(name, summary, examples).addOption(json);
}

/** A command that only has commands in it. */
export function createGroup(name: string, summary: string, examples: readonly string[]): Command {
  const lines = examples.map((one) => `  $ ${one}`).join("\n");
  return new Command(name)
    .summary(summary)
    .description(summary)
    .exitOverride()
    .addHelpText("after", `\nExamples:\n${lines}`);
}

/**
 * Makes the context for one run of a command and lets go of everything when it ends, however it ends. What `run` gives
 * is what the process ends with; a failure is told.
 */
export async function withContext(
  { json = false }: CommonOptions,
  run: (context: Context) => Promise<number | undefined>,
): Promise<void> {
  const output = createOutput({ json });
  const controller = new AbortController();
  const interruptions = onInterruption(() => controller.abort(new Interrupted()));
  let compiler: Promise<Compiler> | undefined;
  let types: Promise<TypeChecker> | undefined;
  let fleet: Promise<Fleet> | undefined;
  try {
    const code = await run({
      output,
      signal: controller.signal,
      compiler: () => {
        compiler ??= openCompiler();
        return compiler;
      },
      types: () => {
        types ??= openTypes();
        return types;
      },
      fleet: () => {
        fleet ??= openOwnFleet();
        return fleet;
      },
    });
    process.exitCode = code ?? exitCodes.done;
  } catch (error) {
    // Whatever gave up because of the interruption, in its own words.
    const { aborted, reason } = controller.signal;
    process.exitCode = output.fail(aborted ? reason : error).exitCode;
  } finally {
    interruptions.dispose();
    output.clear();
    // A failure to open has been told by the command that needed it.
    await types?.then((one) => one.dispose()).catch(() => {});
    await compiler?.then((one) => one.dispose()).catch(() => {});
    await fleet?.then((one) => one.dispose()).catch(() => {});
  }
}

/** The first interruption ends the command in order, a second one at once. */
function onInterruption(interrupt: () => void): { dispose(): void } {
  let isSecond = false;
  const hear = () => {
    if (isSecond) process.exit(exitCodes.interrupted);
    isSecond = true;
    interrupt();
  };
  process.on("SIGINT", hear);
  process.on("SIGTERM", hear);
  return {
    dispose: () => {
      process.off("SIGINT", hear);
      process.off("SIGTERM", hear);
    },
  };
}

// Loaded when needed: most commands need a part of the program only, and are quicker to start without the rest.
async function openCompiler(): Promise<Compiler> {
  const [{ createCompiler }, { builtinCatalog, inlineTemplate }] = await Promise.all([
    import("../compiler/index.ts"),
    import("../runtime/nodes/catalog.ts"),
  ]);
  return createCompiler({ catalog: builtinCatalog, template: inlineTemplate, typescript });
}

async function openTypes(): Promise<TypeChecker> {
  const [{ createTypeChecker }, { moduleFiles }, module] = await Promise.all([
    import("../language/types/index.ts"),
    import("./files.ts"),
    typescript(),
  ]);
  return createTypeChecker({ typescript: module, files: moduleFiles });
}

/** TypeScript, where it is installed beside the command. */
export async function typescript(): Promise<typeof import("typescript")> {
  try {
    return (await import("typescript")).default;
  } catch (error) {
    throw new EddyError(
      "EDDY_NO_TYPESCRIPT",
      "Workflows are checked with TypeScript, which is not installed. Run npm install typescript.",
      { cause: error },
    );
  }
}

async function openOwnFleet(): Promise<Fleet> {
  const { defaultHome, openFleet } = await import("../fleet/index.ts");
  return openFleet({ home: defaultHome(process.env) });
}
