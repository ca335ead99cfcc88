import { Worker } from "node:worker_threads";
import * as vscode from "vscode";
import { templateParts } from "../../language/expression-text.ts";
import type { ParsedWorkflow, TypeScriptModule } from "../../language/index.ts";
import type { Preview, PreviewQuestion } from "../../webview/protocol.ts";

/** Milliseconds; the first one has to start a thread. */
const patience = 1000;
const memoryMegabytes = 64;

/**
 * Works out what an expression gives for a message, in a thread of its own that is ended when it takes too long.
 * Undefined where that cannot be told here: the script imports something, or the workspace is not trusted.
 */
export async function preview(
  { workflow }: ParsedWorkflow,
  question: PreviewQuestion,
  loadTypeScript: () => Promise<TypeScriptModule>,
): Promise<Preview | undefined> {
  const script = workflow.script?.text ?? "";
  if (!vscode.workspace.isTrusted || /^\s*(import|export)\b/m.test(script)) return undefined;
  const typescript = await loadTypeScript();
  const names = "msg, now, env, secrets, state, params";
  const source = `const $preview = (${names}) => {\n${script}\nreturn (${expressionOf(question)}\n);\n};`;
  const { outputText } = typescript.transpileModule(source, {
    compilerOptions: { target: typescript.ScriptTarget.ES2024, module: typescript.ModuleKind.ESNext },
  });
  const initial = [...workflow.state].map(([name, { initial }]) => [name, initial] as const);
  const declared = [...workflow.env].map(([name, { default: value }]) => [name, value] as const);
  return run(outputText, {
    payload: question.payload,
    env: Object.fromEntries(declared),
    state: Object.fromEntries(initial),
  });
}

function expressionOf({ language, text }: PreviewQuestion): string {
  if (language === "expression") return text;
  const parts: string[] = [];
  let at = 0;
  for (const { start, end } of templateParts(text).expressions) {
    parts.push(escaped(text.slice(at, start)), text.slice(start, end));
    at = end;
  }
  return `\`${parts.join("")}${escaped(text.slice(at))}\``;
}

/** The `${` before a hole stays one. */
function escaped(text: string): string {
  return text.replace(/[`\\]/g, "\\$&");
}

const program = `
const { parentPort, workerData } = require("node:worker_threads");
const { code, payload, env, state } = workerData;
const tell = (preview) => parentPort.postMessage(preview);
try {
  const msg = { id: "preview", time: Date.now(), payload: JSON.parse(payload) };
  const value = new Function(code + ";return $preview")()(msg, () => Date.now(), env, {}, state, {});
  tell({ kind: "value", text: JSON.stringify(value) ?? String(value) });
} catch (error) {
  tell({ kind: "error", message: String(error?.message ?? error) });
}
`;

function run(code: string, data: Readonly<Record<string, unknown>>): Promise<Preview> {
  const worker = new Worker(program, {
    eval: true,
    env: {},
    workerData: { ...data, code },
    resourceLimits: { maxOldGenerationSizeMb: memoryMegabytes },
  });
  return new Promise<Preview>((resolve) => {
    const failed = (message: string) => resolve({ kind: "error", message });
    const timer = setTimeout(() => failed(vscode.l10n.t("It takes too long.")), patience);
    worker.once("message", (answer: Preview) => resolve(answer));
    worker.once("error", (error) => failed(error.message));
    worker.once("exit", () => clearTimeout(timer));
  }).finally(() => void worker.terminate());
}
