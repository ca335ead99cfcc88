import { CompletionItemKind } from "vscode-languageserver-protocol";
import type { ParamDescriptor } from "../../catalog.ts";
import { markdown } from "../markdown.ts";
import type { Expected } from "../offers.ts";
import type { CompletionContext, Offer } from "./options.ts";

/** Declared names behind `env.`, `secrets.`, `state.` and `params.`, where TypeScript may stand. */
export function memberOffers(
  { analysis, place }: CompletionContext,
  expected: Expected | undefined,
): { readonly offers: readonly Offer[]; readonly start: number } | undefined {
  if (!isCode(expected) && place.path[0] !== "script") return undefined;
  const end = place.word.end;
  const [, root = "", written] =
    /(?:^|[^\w$.])(env|secrets|state|params)\.([\w$]*)$/.exec(
      analysis.text.slice(Math.max(0, end - 200), end),
    ) ?? [];
  if (written === undefined) return undefined;
  const { env, secrets, state, params } = analysis.parsed.workflow;
  const declared = {
    env: [...env.values()].map(({ name, type, description }) => ({ name, type, description })),
    secrets: [...secrets.values()].map(({ name, description }) => ({ name, type: "Secret", description })),
    state: [...state.values()].map(({ name, type }) => ({ name, type, description: undefined })),
    params: [...params.values()].map(({ name, type, description }) => ({ name, type, description })),
  };
  const list = isRoot(root) ? declared[root] : [];
  const offers = list.map(({ name, type, description }) => ({
    label: name.value,
    kind: CompletionItemKind.Variable,
    detail: type,
    ...(description === undefined ? {} : { documentation: markdown(description) }),
  }));
  return { offers, start: end - written.length };
}

function isRoot(text: string): text is "env" | "secrets" | "state" | "params" {
  return ["env", "secrets", "state", "params"].includes(text);
}

function isCode(expected: Expected | undefined): boolean {
  return expected?.kind === "param" && expected.descriptors.some(isCodeParam);
}

function isCodeParam({ kind }: ParamDescriptor): boolean {
  return kind === "template" || kind === "expression" || kind === "code";
}
