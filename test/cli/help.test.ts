import assert from "node:assert/strict";
import type { Command } from "commander";
import { explain } from "../../cli/errors.ts";
import { createProgram } from "../../cli/program.ts";
import { EddyError } from "../../language/problem.ts";

describe("The help of eddy", () => {
  const all = commandsOf(createProgram(), []);

  it("is there for every command that was promised", () => {
    const paths = all.map(({ path }) => path);
    for (const path of [
      ...["new", "check", "format", "build", "run", "test", "deploy", "rollback", "stop", "start", "remove"],
      ...["inject", "kept", "tap", "logs", "completion"],
      ...[
        "add",
        "list",
        "info",
        "doctor",
        "replace",
        "trust",
        "untrust",
        "metrics",
        "remove",
        "logs",
        "shell",
      ].map((name) => `device ${name}`),
      ...["show", "export", "import", "rotate"].map((name) => `key ${name}`),
      ...["set", "unset", "list"].flatMap((name) => [`env ${name}`, `secret ${name}`]),
    ])
      assert.ok(paths.includes(path), path);
  });

  for (const { path, command } of all) {
    it(`has examples: eddy ${path}`, () => {
      let text = "";
      command.configureOutput({
        writeOut: (part) => {
          text += part;
        },
      });
      command.outputHelp();
      const examples = [...text.matchAll(/^ {2}\$ (.+)$/gm)].map(([, one]) => one ?? "");
      assert.ok(examples.length > 0, text);
      assert.ok(examples.some((one) => one.includes("eddy")));
      for (const option of command.options) assert.match(option.description, /\S/);
    });
  }

  it("completes every command and option", async () => {
    for (const shell of ["bash", "zsh", "fish"]) {
      const script = await printed(["completion", shell]);
      for (const { command } of all) {
        assert.ok(script.includes(command.name()), `${shell}: ${command.name()}`);
        for (const { long } of command.options)
          if (long)
            assert.ok(script.includes(shell === "fish" ? `-l ${long.slice(2)}` : long), `${shell}: ${long}`);
      }
    }
  });
});

describe("Exit codes", () => {
  it("say whether it is the command line, the network or the work", () => {
    const codes = {
      EDDY_UNKNOWN_DEVICE: 2,
      EDDY_BAD_PAYLOAD: 2,
      EDDY_UNREACHABLE: 3,
      EDDY_AUTH_FAILED: 3,
      EDDY_HOST_UNKNOWN: 3,
      EDDY_MISSING_VALUES: 1,
      EDDY_ACTIVATION_FAILED: 1,
    } as const;
    for (const [code, exitCode] of Object.entries(codes))
      assert.equal(explain(new EddyError(code as keyof typeof codes, "It failed.")).exitCode, exitCode, code);
  });

  it("a mistake of the program is told as one", () => {
    const { error, exitCode } = explain(new TypeError("x is not a function"));
    assert.equal(error.message, "Something went wrong inside eddy: x is not a function");
    assert.equal(exitCode, 1);
  });
});

interface Found {
  readonly path: string;
  readonly command: Command;
}

function commandsOf(command: Command, path: readonly string[]): readonly Found[] {
  return command.commands.flatMap((one) => {
    const inner = [...path, one.name()];
    return [{ path: inner.join(" "), command: one }, ...commandsOf(one, inner)];
  });
}

/** What a command that needs nothing else prints. */
async function printed(given: readonly string[]): Promise<string> {
  const { stdout } = process;
  const write = stdout.write;
  let text = "";
  stdout.write = (part: string | Uint8Array) => {
    text += String(part);
    return true;
  };
  const { exitCode } = process;
  try {
    await createProgram().parseAsync(["node", "eddy", ...given]);
  } finally {
    stdout.write = write;
    process.exitCode = exitCode;
  }
  return text;
}
