import type { Command } from "commander";
import { createCommand, withContext } from "../context.ts";
import { usageError } from "../errors.ts";

/** Prints a script that knows every command and option; file names are completed everywhere else. */
export function completionCommand(program: () => Command): Command {
  return createCommand("completion", "a script that completes commands and options in your shell", [
    'eval "$(eddy completion bash)"     # in ~/.bashrc',
    'eval "$(eddy completion zsh)"      # in ~/.zshrc, after compinit',
    "eddy completion fish > ~/.config/fish/completions/eddy.fish",
  ])
    .argument("[shell]", "bash, zsh or fish (default: the one that $SHELL names)")
    .action((shell: string | undefined) =>
      withContext({}, async ({ output }) => {
        output.line(scriptFor(shell ?? process.env.SHELL?.split("/").at(-1) ?? "bash", program()));
        return undefined;
      }),
    );
}

function scriptFor(shell: string, program: Command): string {
  const places = describe(program, []);
  switch (shell) {
    case "bash":
      return bash(places);
    case "zsh":
      return `autoload -Uz +X bashcompinit && bashcompinit\n${bash(places)}`;
    case "fish":
      return fish(places);
    default:
      throw usageError(`There is no completion for "${shell}". Known are: bash, zsh and fish.`);
  }
}

interface Word {
  readonly name: string;
  readonly summary: string;
}

/** What may follow the words of `path`. */
interface Place {
  readonly path: readonly string[];
  readonly commands: readonly Word[];
  readonly options: readonly Word[];
}

function describe(command: Command, path: readonly string[]): readonly Place[] {
  const help = command.createHelp();
  const commands = help.visibleCommands(command).filter((one) => one.name() !== "help");
  const options = help
    .visibleOptions(command)
    .flatMap(({ long, description }) => (long ? [{ name: long, summary: description }] : []));
  const words = commands.map((one) => ({ name: one.name(), summary: one.summary() }));
  return [
    { path, commands: words, options },
    ...commands.flatMap((one) => describe(one, [...path, one.name()])),
  ];
}

function bash(places: readonly Place[]): string {
  const known = places.filter(({ path }) => path.length > 0).map(({ path }) => `"${path.join(" ")} "`);
  const cases = places.map(({ path, commands, options }) => {
    const words = [...commands, ...options].map(({ name }) => name).join(" ");
    return `    "${path.map((word) => `${word} `).join("")}") words="${words}" ;;`;
  });
  return `_eddy() {
  local word="\${COMP_WORDS[COMP_CWORD]}" place="" words="" index
  for ((index = 1; index < COMP_CWORD; index++)); do
    case "$place\${COMP_WORDS[index]} " in
      ${known.join("|")}) place="$place\${COMP_WORDS[index]} " ;;
    esac
  done
  case "$place" in
${cases.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _eddy eddy`;
}

function fish(places: readonly Place[]): string {
  return places.flatMap((place) => fishLines(place)).join("\n");
}

function fishLines({ path, commands, options }: Place): readonly string[] {
  const within = path.map((word) => `__fish_seen_subcommand_from ${word}`);
  const isGroup = commands.length > 0;
  const names = commands.map(({ name }) => name).join(" ");
  const here = [...within, ...(isGroup ? [`not __fish_seen_subcommand_from ${names}`] : [])].join("; and ");
  const line = (what: string, summary: string) =>
    `complete -c eddy -n '${here}' ${what} -d '${summary.replaceAll(/['\\]/g, "\\$&")}'`;
  return [
    ...commands.map(({ name, summary }) => line(`-f -a ${name}`, summary)),
    ...options.map(({ name, summary }) => line(`-l ${name.replace(/^--/, "")}`, summary)),
  ];
}
