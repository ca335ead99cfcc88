import { spawn } from "node:child_process";
import { EddyError } from "../language/problem.ts";
import { createOutput } from "./output.ts";

/** Runs this very command line under Deno, where it is installed, and ends with its exit code. */
export async function runUnderDeno(): Promise<void> {
  const [script = "", ...given] = process.argv.slice(1);
  const output = createOutput({ json: given.includes("--json") });
  try {
    const child = spawn("deno", ["run", "--allow-all", "--quiet", script, ...underNode(given)], {
      stdio: "inherit",
    });
    // Ctrl+C reaches both; the child ends in order, and this process when it has.
    const wait = () => {};
    process.on("SIGINT", wait);
    process.on("SIGTERM", () => child.kill("SIGTERM"));
    process.exitCode = await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code) => resolve(code ?? 1));
    });
  } catch (error) {
    process.exitCode = output.fail(isMissing(error) ? noDeno(error) : error).exitCode;
  }
}

/** The command line without the request for Deno. */
function underNode(given: readonly string[]): readonly string[] {
  return given.flatMap((word, index) => {
    if (word === "--runtime=deno" || word === "--runtime") return [];
    return given[index - 1] === "--runtime" ? [] : [word];
  });
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

function noDeno(cause: unknown): EddyError {
  return new EddyError(
    "EDDY_NO_DENO",
    "Deno is not installed, or not in the PATH. Install it (https://deno.com), or run without --runtime deno.",
    { cause },
  );
}
