import type { Range, SourceScalar, SourceValue } from "../model.ts";
import { namePattern } from "../parse/reader.ts";
import type { Problem, QuickFix } from "../problem.ts";
import { type CheckContext, entryOf, type ReadParam, report } from "./context.ts";
import { declare } from "./fixes.ts";

/** Values that look like passwords, tokens or keys. The file goes into version control; they do not belong there. */
export function checkCredentials(context: CheckContext): readonly Problem[] {
  const { steps, connections, workflow } = context;
  return [
    ...[...steps.values()].flatMap(({ node, params }) =>
      params.flatMap((param) => inParam(context, param, node.id, node.id)),
    ),
    ...connections.flatMap(({ connection, params }) =>
      params.flatMap((param) => inParam(context, param, connection.name.value, undefined)),
    ),
    ...inEnv(context),
    ...(workflow.script && isKnownForm(workflow.script.text) ? [found(workflow.script, undefined, [])] : []),
  ];
}

function inParam(
  context: CheckContext,
  { entry, descriptor }: ReadParam,
  owner: string,
  node: string | undefined,
): readonly Problem[] {
  const texts = scalars(entry.key.value, entry.value);
  const isCode =
    descriptor?.kind === "expression" || descriptor?.kind === "code" || descriptor?.kind === "type";
  return texts.flatMap(({ key, scalar }) => {
    const suspicious = isKnownForm(scalar.text) || (!isCode && isCredentialName(key) && isPlainValue(scalar));
    if (!suspicious) return [];
    const fixes =
      descriptor?.kind === "template" && descriptor.secrets === true
        ? asSecret(context, owner, key, scalar)
        : [];
    return [found(scalar, node, fixes)];
  });
}

/** A default holds on every device, so it is as public as any other value in the file. */
function inEnv({ workflow, root }: CheckContext): readonly Problem[] {
  const section = entryOf(root, "env")?.value;
  return [...workflow.env.values()].flatMap(({ name, default: preset }) => {
    if (typeof preset !== "string" || preset === "") return [];
    if (!isCredentialName(name.value) && !isKnownForm(preset)) return [];
    const declared = section?.kind === "map" ? entryOf(section, name.value)?.value : undefined;
    const written = declared?.kind === "map" ? entryOf(declared, "default")?.value : undefined;
    return [found(written ?? { range: name.range }, undefined, [])];
  });
}

function found(
  { range }: { readonly range: Range },
  node: string | undefined,
  fixes: readonly QuickFix[],
): Problem {
  const message =
    "This looks like a credential. Declare a secret and write ${secrets.NAME} here; then change the credential, since the file may have been shared.";
  return report("EDDY_CREDENTIAL", "warning", range, message, { node, fixes });
}

function asSecret(
  context: CheckContext,
  owner: string,
  key: string,
  { range }: SourceScalar,
): readonly QuickFix[] {
  const name = `${owner}_${key}`.replaceAll(/[^A-Za-z0-9]+/g, "_").toUpperCase();
  if (!namePattern.test(name)) return [];
  const declared = context.workflow.secrets.has(name) ? [] : declare(context, "secrets", name, "{}");
  const edits = [...declared, { range, newText: `"\${secrets.${name}}"` }];
  return [{ title: `Use the secret ${name}`, edits }];
}

interface KeyedScalar {
  readonly key: string;
  readonly scalar: SourceScalar;
}

/** Every text of a param, with the key that it stands under. */
function scalars(key: string, value: SourceValue): readonly KeyedScalar[] {
  switch (value.kind) {
    case "scalar":
      return [{ key, scalar: value }];
    case "list":
      return value.items.flatMap((item) => scalars(key, item));
    case "map":
      return value.entries.flatMap((entry) => scalars(entry.key.value, entry.value));
  }
}

/** `password`, `api-key`, `clientSecret`, `Authorization`; not `max-tokens` or `key-file`. */
function isCredentialName(key: string): boolean {
  const words = key
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase()
    .split(/[-_. ]+/);
  const last = words.at(-1) ?? "";
  if (credentialWords.has(last)) return true;
  return (
    last === "key" && ["api", "private", "access", "secret", "auth", "shared"].includes(words.at(-2) ?? "")
  );
}

const credentialWords: ReadonlySet<string> = new Set(
  "password passwd passphrase pwd secret token apikey authorization credential credentials".split(" "),
);

/** A value that is written out, and not taken from somewhere else at run time. */
function isPlainValue({ text, value }: SourceScalar): boolean {
  return typeof value !== "boolean" && value !== null && text.trim().length > 0 && !text.includes("${");
}

/** Forms that issuers of credentials give them, so that they can be recognised. */
function isKnownForm(text: string): boolean {
  return knownForms.some((form) => form.test(text));
}

const knownForms: readonly RegExp[] = [
  /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/,
  /\bAKIA[0-9A-Z]{16}\b/,
  /\bgh[opsu]_[A-Za-z0-9]{36}/,
  /\bgithub_pat_[A-Za-z0-9_]{22,}/,
  /\bglpat-[A-Za-z0-9_-]{20,}/,
  /\bxox[abprs]-[A-Za-z0-9-]{10,}/,
  /\bsk-[A-Za-z0-9_-]{20,}/,
  /\bAIza[0-9A-Za-z_-]{35}\b/,
  /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/,
  /\b[Bb]earer [A-Za-z0-9._~+/-]{16,}/,
  /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@$]{1,100}:[^\s/:@$]{1,200}@/,
  /\bSharedAccessKey=[A-Za-z0-9+/]{20,}/,
];
