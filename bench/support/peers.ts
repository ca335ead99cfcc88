// Node-RED, to compare with: in a folder of its own, which is no part of the project.
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runProgram } from "../../test/testbed/processes.ts";

const version = "5.0.7";
const folder = join(import.meta.dirname, "..", "peers");
const module = join(folder, "node_modules", "node-red", "lib", "red.js");

export const nodeRedTitle = `Node-RED ${version}`;

/** The module of Node-RED, which is installed where it is not there yet. */
export async function installNodeRed(): Promise<string> {
  if (existsSync(module)) return module;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), `${JSON.stringify({ private: true })}\n`);
  const words = [
    "install",
    "--no-audit",
    "--no-fund",
    "--ignore-scripts",
    "--save-exact",
    `node-red@${version}`,
  ];
  await runProgram("npm", words, { folder });
  return module;
}
