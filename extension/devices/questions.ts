import * as vscode from "vscode";
import type { SshQuestions } from "../../fleet/index.ts";

/** What a connection over SSH asks, asked in VS Code's own input boxes. */
export const sshQuestions: SshQuestions = {
  async trustHost({ host, keyType, fingerprint }) {
    const yes = vscode.l10n.t("Trust and Connect");
    const answer = await vscode.window.showWarningMessage(
      vscode.l10n.t("{0} is not known yet. Is this its key?", host),
      {
        modal: true,
        detail: vscode.l10n.t(
          "{0} {1}\n\nCompare it with what “ssh-keygen -l” prints on the device.",
          keyType,
          fingerprint,
        ),
      },
      yes,
    );
    return answer === yes;
  },
  passphrase: ({ keyFile, attempt }) =>
    ask({
      title: attempt > 1 ? vscode.l10n.t("That was not it. Try again.") : vscode.l10n.t("Passphrase"),
      prompt: vscode.l10n.t("Passphrase of the key {0}", keyFile),
      hidden: true,
    }),
  password: ({ user, host, attempt }) =>
    ask({
      title: attempt > 1 ? vscode.l10n.t("That was not it. Try again.") : vscode.l10n.t("Password"),
      prompt: vscode.l10n.t("Password of {0} on {1}. It is not stored.", user, host),
      hidden: true,
    }),
  async answers({ name, instructions, prompts }) {
    const answers: string[] = [];
    for (const { text, echo } of prompts) {
      const answer = await ask({ title: name || instructions, prompt: text, hidden: !echo });
      if (answer === undefined) return undefined;
      answers.push(answer);
    }
    return answers;
  },
};

async function ask(question: {
  readonly title: string;
  readonly prompt: string;
  readonly hidden: boolean;
}): Promise<string | undefined> {
  return vscode.window.showInputBox({
    title: question.title,
    prompt: question.prompt,
    password: question.hidden,
    ignoreFocusOut: true,
  });
}
