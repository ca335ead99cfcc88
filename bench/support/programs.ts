// The programs that are measured, each in a process of its own.
import { join } from "node:path";
import { runProgram } from "../../test/testbed/processes.ts";

export function programPath(name: string): string {
  return join(import.meta.dirname, "..", "programs", name);
}

/** Runs a program that prints one figure as its last line. */
export async function figureOf(name: string, ...words: readonly (string | number)[]): Promise<number> {
  const output = await runProgram(process.execPath, [programPath(name), ...words.map(String)]);
  const figure = Number(output.trim().split("\n").at(-1));
  if (Number.isNaN(figure)) throw new Error(`${name} gave no figure:\n${output}`);
  return figure;
}
