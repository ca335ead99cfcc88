import { Command } from "commander";
import { typescript } from "../context.ts";

/** For editors: they start it and talk to it, a person never does. */
export function languageServerCommand(): Command {
  return new Command("language-server")
    .summary("serve an editor over LSP")
    .description("serve an editor over LSP: diagnostics, completion, hover, rename and more")
    .exitOverride()
    .option("--stdio", "talk over standard input and output")
    .option("--node-ipc", "talk over the channel of the Node process that starts it")
    .option("--clientProcessId <id>", "end when this process ends")
    .addHelpText("after", "\nExamples:\n  $ eddy language-server --stdio")
    .action(async () => {
      // Loaded here alone, as no other command needs it.
      const { serveLanguage } = await import("../language-server.ts");
      serveLanguage(await typescript());
    });
}
