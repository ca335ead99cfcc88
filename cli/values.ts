import { parseEnv } from "node:util";
import { EddyError } from "../language/problem.ts";
import type { Manifest } from "../runtime/protocol/artifact.ts";
import { usageError } from "./errors.ts";
import { readSource } from "./files.ts";

/** Where values of env and secrets are given. */
export interface ValueOptions {
  readonly env?: readonly string[];
  readonly secret?: readonly string[];
  readonly envFile?: string;
}

export interface Values {
  readonly env: Readonly<Record<string, string | number | boolean>>;
  readonly secrets: Readonly<Record<string, string>>;
}

/**
 * Values for what a workflow declares. The command line comes first, then the file, then the process's environment
 * (`NAME`s of env in the file only; secrets as `EDDY_SECRET_NAME`).
 */
export async function valuesFor(manifest: Manifest, options: ValueOptions): Promise<Values> {
  const file = options.envFile === undefined ? {} : parseEnv((await readSource(options.envFile)).text);
  const env = assignments(options.env ?? [], "--env");
  const secrets = assignments(options.secret ?? [], "--secret");
  for (const name of env.keys())
    if (!Object.hasOwn(manifest.env, name)) throw undeclared("env", name, Object.keys(manifest.env));
  for (const name of secrets.keys())
    if (!manifest.secrets.includes(name)) throw undeclared("secrets", name, manifest.secrets);
  return {
    env: given(Object.keys(manifest.env), (name) => {
      const text = env.get(name) ?? file[name];
      return text === undefined ? undefined : readValue(name, text, manifest.env[name]?.type ?? "string");
    }),
    secrets: given(
      manifest.secrets,
      (name) => secrets.get(name) ?? file[name] ?? process.env[`EDDY_SECRET_${name}`],
    ),
  };
}

function given<Value>(
  names: readonly string[],
  find: (name: string) => Value | undefined,
): Record<string, Value> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = find(name);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

function assignments(texts: readonly string[], option: string): ReadonlyMap<string, string> {
  return new Map(texts.map((text) => assignment(text, option)));
}

/** `NAME=VALUE`, or what `form` says; the value may hold further equal signs. */
export function assignment(
  text: string,
  option: string,
  form = "NAME=VALUE",
): readonly [name: string, value: string] {
  const at = text.indexOf("=");
  if (at <= 0) throw usageError(`${option} takes ${form}.`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function undeclared(key: "env" | "secrets", name: string, known: readonly string[]): EddyError {
  const declared = known.length === 0 ? "none" : known.join(", ");
  return usageError(`The workflow does not declare "${name}" under ${key}: (declared: ${declared}).`);
}

function readValue(name: string, text: string, type: "string" | "number" | "boolean") {
  if (type === "string") return text;
  if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
  if (type === "number" && text.trim() !== "" && Number.isFinite(Number(text))) return Number(text);
  const wanted = type === "number" ? "a number" : "true or false";
  throw new EddyError("EDDY_BAD_VALUE", `"${name}" has to be ${wanted}, not "${text.slice(0, 40)}".`);
}

/** JSON of the command line. */
export function readPayload(text: string): unknown {
  if (text.trim() === "") return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new EddyError(
      "EDDY_BAD_PAYLOAD",
      `The payload is not JSON: ${text.slice(0, 80)}. Text needs quotes of its own: '"text"'.`,
    );
  }
}
