import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { text } from "node:stream/consumers";
import type { SshQuestions } from "../fleet/index.ts";
import { EddyError } from "../language/problem.ts";
import { Interrupted } from "./errors.ts";
import { type Output, printable } from "./output.ts";

export interface Question {
  readonly text: string;
  /** What is typed must not be seen. */
  readonly hidden: boolean;
}

/** Asks on the terminal; questions stand on standard error, so that results can be redirected. */
export async function ask({ text: question, hidden }: Question, signal: AbortSignal): Promise<string> {
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw new EddyError(
      "EDDY_NO_TERMINAL",
      `Nobody can be asked here, there is no terminal: ${question.trim()}`,
    );
  // What is hidden is hidden with all that readline writes, the question too.
  if (hidden) process.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({
    input: process.stdin,
    output: hidden ? silent : process.stderr,
    terminal: true,
  });
  // Readline takes Ctrl+C from the terminal for itself.
  const interrupted = new Promise<never>((_resolve, reject) => {
    reader.once("SIGINT", () => reject(new Interrupted()));
    reader.once("close", () => reject(new Interrupted()));
  });
  try {
    return await Promise.race([reader.question(hidden ? "" : question, { signal }), interrupted]);
  } finally {
    interrupted.catch(() => {});
    reader.close();
    if (hidden) process.stderr.write("\n");
  }
}

/** A value that must not be seen: what is piped in, without its last line break, else typed without echo. */
export async function readHidden(question: string, signal: AbortSignal): Promise<string> {
  if (process.stdin.isTTY) return ask({ text: question, hidden: true }, signal);
  return (await text(process.stdin)).replace(/\r?\n$/, "");
}

/** Asks before something is taken away; anything but a yes is `EDDY_DECLINED`. */
export async function confirmRemoval(question: string, signal: AbortSignal): Promise<void> {
  if (!(await confirm(question, signal))) throw new EddyError("EDDY_DECLINED", "Nothing was removed.");
}

export async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  const answer = await ask({ text: `${question} [y/N] `, hidden: false }, signal);
  return /^y(es)?$/i.test(answer.trim());
}

export interface QuestionOptions {
  readonly output: Output;
  readonly signal: AbortSignal;
  /** `--yes`: hosts that nobody here has seen yet are trusted. */
  readonly yes?: boolean | undefined;
}

/** What a connection over SSH asks, asked on the terminal. Without one, it is refused with a sentence. */
export function sshQuestions({ output, signal, yes = false }: QuestionOptions): SshQuestions {
  const asked = async (question: string, hidden = true) => {
    output.clear();
    return ask({ text: question, hidden }, signal);
  };
  const again = (attempt: number) => (attempt > 1 ? "That was not it. " : "");
  return {
    async trustHost({ host, keyType, fingerprint }) {
      if (yes) {
        output.note(`${host} is trusted from now on: ${keyType} ${fingerprint}`);
        return true;
      }
      output.clear();
      if (!process.stdin.isTTY)
        throw new EddyError(
          "EDDY_HOST_UNKNOWN",
          `${host} is not known yet (${keyType} ${fingerprint}), and nobody can be asked here. Compare this with what ssh-keygen -l prints on the device, then use --yes, or connect once with ssh.`,
        );
      output.note(`${host} is not known yet. Its key is\n  ${keyType} ${fingerprint}`);
      output.note("Compare it with what ssh-keygen -l prints on the device.");
      return confirm("Trust it?", signal);
    },
    passphrase: ({ keyFile, attempt }) => asked(`${again(attempt)}Passphrase of the key ${keyFile}: `),
    password: ({ user, host, attempt }) => asked(`${again(attempt)}Password of ${user} on ${host}: `),
    async answers({ name, instructions, prompts }) {
      for (const line of [name, instructions]) if (line.trim() !== "") output.note(printable(line));
      const answers: string[] = [];
      for (const { text: prompt, echo } of prompts) answers.push(await asked(printable(prompt), !echo));
      return answers;
    },
  };
}
