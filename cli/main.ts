#!/usr/bin/env node
import { createOutput } from "./output.ts";
import { createProgram } from "./program.ts";

// Whoever reads the output may stop reading, as `head` does.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
}

const fail = (error: unknown) => createOutput({ json: process.argv.includes("--json") }).fail(error).exitCode;

// What is thrown where nobody waits for it is a mistake of the program and no reason for a stack trace.
process.on("uncaughtException", (error) => process.exit(fail(error)));
process.on("unhandledRejection", (error) => process.exit(fail(error)));

try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = fail(error);
}
