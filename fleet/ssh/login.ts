import type { AnyAuthMethod, AuthenticationType, AuthHandlerMiddleware, NextAuthHandler, Prompt } from "ssh2";
import type { SshTarget } from "./config.ts";
import type { KeyRing, SshMemory } from "./identities.ts";
import type { SshQuestions } from "./questions.ts";

const passwordAttempts = 3;

/** One attempt to log in: the methods in the order in which `ssh` tries them, as far as the server takes them. */
export interface Login {
  readonly handler: AuthHandlerMiddleware;
  /** What the server said it accepts. */
  readonly accepts: () => readonly string[];
  /** To be called when it let us in: what was typed is remembered. */
  readonly succeeded: () => void;
}

type Attempt = {
  readonly type: AuthenticationType;
  readonly prepare: () => Promise<AnyAuthMethod | undefined>;
};

export function createLogin(
  target: SshTarget,
  keys: KeyRing,
  questions: SshQuestions,
  memory: SshMemory,
): Login {
  const { user: username } = target;
  const place = `${username}@${target.host}:${target.port}`;
  let accepts: readonly string[] = [];
  let typed: string | undefined;

  const askPassword = async (attempt: number): Promise<AnyAuthMethod | undefined> => {
    const known = attempt === 0 ? memory.passwords.get(place) : undefined;
    const password =
      known ??
      (attempt > 0 ? await questions.password?.({ user: username, host: target.host, attempt }) : undefined);
    if (password === undefined) return undefined;
    typed = password;
    return { type: "password", username, password };
  };
  const askServerQuestions = async (attempt: number): Promise<AnyAuthMethod | undefined> => {
    const known = memory.passwords.get(place);
    if (attempt === 0 ? known === undefined : !questions.answers) return undefined;
    return {
      type: "keyboard-interactive",
      username,
      prompt: (name, instructions, _language, prompts, finish) => {
        const answer = attempt === 0 ? answerAgain(prompts, known) : ask(name, instructions, prompts);
        answer.then(
          (answers) => finish([...(answers ?? prompts.map(() => ""))]),
          () => finish(prompts.map(() => "")),
        );
      },
    };
  };
  const ask = async (name: string, instructions: string, prompts: readonly Prompt[]) => {
    const answers = await questions.answers?.({
      user: username,
      host: target.host,
      name,
      instructions,
      prompts: prompts.map(({ prompt, echo }) => ({ text: prompt, echo: echo === true })),
    });
    if (isPassword(prompts)) typed = answers?.[0];
    return answers;
  };

  const attempts: Attempt[] = [
    { type: "none", prepare: async () => ({ type: "none", username }) },
    { type: "publickey", prepare: async () => ({ type: "agent", username, agent: keys }) },
    ...times(
      passwordAttempts,
      (attempt): Attempt => ({
        type: "keyboard-interactive",
        prepare: () => askServerQuestions(attempt),
      }),
    ),
    ...times(
      passwordAttempts,
      (attempt): Attempt => ({ type: "password", prepare: () => askPassword(attempt) }),
    ),
  ];
  const next = async (): Promise<AnyAuthMethod | false> => {
    for (;;) {
      const index = attempts.findIndex(({ type }) => type === "none" || accepts.includes(type));
      const [attempt] = index < 0 ? [] : attempts.splice(index, 1);
      if (!attempt) return false;
      const method = await attempt.prepare();
      if (method) return method;
    }
  };
  return {
    accepts: () => accepts,
    succeeded() {
      if (typed !== undefined) memory.passwords.set(place, typed);
    },
    handler(
      methodsLeft: readonly AuthenticationType[] | null,
      _partial: boolean | null,
      proceed: NextAuthHandler,
    ) {
      if (methodsLeft) accepts = methodsLeft;
      next().then(
        (method) => give(proceed, method),
        () => give(proceed, false),
      );
    },
  };
}

/** `false` ends the login; the types of the library leave that out. */
function give(proceed: NextAuthHandler, method: AnyAuthMethod | false): void {
  (proceed as (method: AnyAuthMethod | false) => void)(method);
}

/** A password that was right before answers the same question once more; other questions are for a person. */
async function answerAgain(
  prompts: readonly Prompt[],
  known: string | undefined,
): Promise<readonly string[] | undefined> {
  return isPassword(prompts) && known !== undefined ? [known] : undefined;
}

function isPassword(prompts: readonly Prompt[]): boolean {
  return prompts.length === 1 && prompts[0]?.echo !== true && /password/i.test(prompts[0]?.prompt ?? "");
}

/** Number 0 is the answer that is known from before, asked of nobody. */
function times(count: number, make: (attempt: number) => Attempt): Attempt[] {
  return Array.from({ length: count + 1 }, (_, attempt) => make(attempt));
}
