import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type Command, Option } from "commander";
import { type CommonOptions, createCommand, withContext } from "../context.ts";
import type { NewOutput } from "../contract.ts";
import { usageError } from "../errors.ts";
import { fileError } from "../files.ts";
import { templateNames, templates } from "../templates.ts";

interface Options extends CommonOptions {
  readonly template: keyof typeof templates;
}

export function newCommand(): Command {
  return createCommand("new", "write a new workflow", [
    "eddy new line",
    'eddy new "Cold chain alarm" --template mqtt',
    "eddy new flows/hello --template http",
  ])
    .argument("<name>", "what it is called; the file is named after it, in the folder that stands before it")
    .addOption(
      new Option("--template <template>", "what it starts with").choices(templateNames).default("blank"),
    )
    .action((name: string, options: Options) => create(name, options));
}

function create(name: string, options: Options): Promise<void> {
  return withContext(options, async ({ output }) => {
    const label = basename(name)
      .replace(/\.flow\.yaml$/, "")
      .trim();
    const id = slug(label);
    if (id === "") throw usageError(`"${name}" has no letters or digits that a file could be named after.`);
    const file = join(dirname(name), `${id}.flow.yaml`);
    try {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, templates[options.template](JSON.stringify(label)), { flag: "wx" });
    } catch (error) {
      throw fileError(error, file, "written");
    }
    output.json({ file } satisfies NewOutput);
    output.line(`${output.style("green", "✔")} ${output.style("bold", file)}`);
    output.note(output.noteStyle("dim", `Try it: eddy run ${file} --for 10s`));
    return undefined;
  });
}

/** The name of a file, and so a workflow's id: `Cold chain alarm` → `cold-chain-alarm`. */
function slug(name: string): string {
  return name
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
}
