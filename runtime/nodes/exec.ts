import type { NodeDescriptor } from "../../language/catalog.ts";
import type { AsynchronousNode, Expression, Host } from "../engine/contract.ts";
import { engineError } from "../engine/errors.ts";
import { toBytesOrText } from "./support/formats.ts";
import { withPayload } from "./support/messages.ts";

export const descriptor = {
  type: "exec",
  title: "Run Program",
  category: "network",
  icon: "terminal",
  summary: "Runs a program on the device.",
  doc: `No shell is in between: arguments reach the program as they are. \`payload\` has \`result.stdout\`, \`result.stderr\` and
\`result.code\` in scope; left out, the payload is stdout. An exit code other than 0 leaves by \`error\` (code \`EDDY_EXIT_1\`).

\`\`\`yaml
temperature:
  type: exec
  from: minute
  command: vcgencmd
  args: [measure_temp]
\`\`\``,
  inputs: "single",
  outputs: [{ name: "out", doc: "The message with what the program printed." }],
  timing: "asynchronous",
  params: {
    command: { kind: "literal", schema: { type: "string" }, required: true, doc: "The program." },
    args: {
      kind: "list",
      of: { kind: "template", doc: "An argument.", secrets: false },
      doc: "Its arguments.",
      example: '[-n, "${msg.payload}"]',
    },
    stdin: { kind: "expression", doc: "What it reads from its standard input." },
    payload: {
      kind: "expression",
      scope: ["result"],
      default: "result.stdout",
      doc: "The payload of the message that goes on.",
    },
  },
  capabilities: ["exec"],
} as const satisfies NodeDescriptor;

export const signature = `declare function exec<M extends Message, P = string>(
  from: M,
  params: { command: string; args?: readonly ((msg: M) => string)[]; stdin?: (msg: M) => unknown; payload?: (msg: M, result: ExecResult) => P },
): { out: WithPayload<M, P> };`;

interface Result {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

interface Params {
  readonly command: string;
  readonly args?: readonly Expression<string>[];
  readonly stdin?: Expression;
  readonly payload: Expression<unknown, [Result]>;
}

/** A program to run, and what it reads. */
export interface Call {
  readonly command: string;
  readonly args: readonly string[];
  readonly stdin: string | Uint8Array | undefined;
}

/** The node over what runs programs: the platform, or a test. */
export function createExec(run: (host: Host, call: Call, signal: AbortSignal) => Promise<Result>) {
  const node: AsynchronousNode<Params> = {
    timing: "asynchronous",
    create: ({ host }, { command, args = [], stdin, payload }) => ({
      async receive(message, outputs, signal) {
        const values = args.map((argument) => argument(message));
        const input = stdin === undefined ? undefined : toBytesOrText(stdin(message));
        const result = await run(host, { command, args: values, stdin: input }, signal);
        if (result.code !== 0) throw exitError(command, result);
        outputs.out?.(withPayload(message, payload(message, result)));
      },
    }),
  };
  return node;
}

export default createExec(run);

/** Bytes of output that are taken. */
const largestOutput = 4 * 1024 * 1024;

function run(host: Host, { command, args, stdin }: Call, signal: AbortSignal): Promise<Result> {
  const { execFile } = host.builtin("node:child_process");
  return new Promise((resolve, reject) => {
    const options = { signal, maxBuffer: largestOutput, encoding: "utf8", killSignal: "SIGKILL" } as const;
    const child = execFile(command, args, options, (error, stdout, stderr) => {
      if (!error) resolve({ stdout, stderr, code: 0 });
      else if (typeof error.code === "number") resolve({ stdout, stderr, code: error.code });
      else reject(error.code === "ENOENT" ? missing(command) : error);
    });
    // A program that does not read its input ends it, which is no failure of ours.
    child.stdin?.on("error", () => {});
    child.stdin?.end(stdin);
  });
}

function exitError(command: string, { code, stderr }: Result): Error {
  const text = `${command} ended with ${code}${stderr ? `: ${stderr.trim().slice(0, 200)}` : "."}`;
  return engineError(`EDDY_EXIT_${code}`, text);
}

function missing(command: string): Error {
  return engineError(
    "EDDY_EXEC_MISSING",
    `There is no program "${command}" on this device. Install it, or give its whole path.`,
  );
}
