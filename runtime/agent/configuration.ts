/** Env and secrets, bound on the device: for every workflow, or for one. */
import Type, { type Static } from "typebox";
import { EddyError } from "../../language/problem.ts";
import type { Manifest } from "../protocol/artifact.ts";
import type { Identity } from "./identity.ts";
import { type Layout, readJsonFile, writeWhole } from "./layout.ts";
import type { Problem } from "./messages.ts";

const scope = Type.Object({
  env: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()])),
  /** Sealed under the device's key. */
  secrets: Type.Record(Type.String(), Type.String()),
});
const configurationSchema = Type.Object({ device: scope, workflows: Type.Record(Type.String(), scope) });
type Scope = Static<typeof scope>;
type Stored = Static<typeof configurationSchema>;
export type EnvironmentValue = Scope["env"][string];

export interface ConfigurationChange {
  readonly env?: Readonly<Record<string, EnvironmentValue | null>> | undefined;
  readonly secrets?: Readonly<Record<string, string | null>> | undefined;
}

export interface Binding {
  readonly env: Readonly<Record<string, EnvironmentValue>>;
  readonly secrets: Readonly<Record<string, string>>;
}

export interface Configuration {
  /** Secrets are told by name only. */
  get(workflow: string | undefined): { env: Record<string, EnvironmentValue>; secrets: string[] };
  /** `null` unsets. */
  set(workflow: string | undefined, change: ConfigurationChange): void;
  /**
   * The values that a workflow declares: its own, else the device's, else the declared default.
   * Throws `EDDY_MISSING_VALUES`, which names all that are missing or of the wrong type.
   */
  bind(manifest: Manifest): Binding;
  forget(workflow: string): void;
}

/** `onProblem` hears of a file that cannot be read; it is kept beside, and the agent goes on without its values. */
export function openConfiguration(
  layout: Layout,
  identity: Identity,
  onProblem: (problem: Problem) => void,
): Configuration {
  let stored = read(layout, onProblem);

  function change(next: Stored): void {
    writeWhole(layout.configuration, `${JSON.stringify(next, undefined, 2)}\n`);
    stored = next;
  }

  const scopeOf = (workflow: string | undefined): Scope =>
    (workflow === undefined ? stored.device : stored.workflows[workflow]) ?? { env: {}, secrets: {} };

  return {
    get(workflow) {
      const { env, secrets } = scopeOf(workflow);
      return { env: { ...env }, secrets: Object.keys(secrets).sort() };
    },
    set(workflow, { env = {}, secrets = {} }) {
      const old = scopeOf(workflow);
      const sealed = Object.fromEntries(
        Object.entries(secrets).map(([name, value]) => [
          name,
          value === null ? null : identity.seal(value, purpose(workflow, name)),
        ]),
      );
      const next = { env: merged(old.env, env), secrets: merged(old.secrets, sealed) };
      if (workflow === undefined) change({ ...stored, device: next });
      else change({ ...stored, workflows: { ...stored.workflows, [workflow]: next } });
    },
    bind(manifest) {
      const own = scopeOf(manifest.id);
      const shared = stored.device;
      const env: Record<string, EnvironmentValue> = {};
      const secrets: Record<string, string> = {};
      const problems: string[] = [];
      const missing = { env: [] as string[], secrets: [] as string[] };
      for (const [name, { type, default: fallback }] of Object.entries(manifest.env)) {
        const value = own.env[name] ?? shared.env[name] ?? fallback;
        const fitting = value === undefined ? undefined : convert(value, type);
        if (value === undefined) problems.push(`the env value "${name}" is not set`);
        else if (fitting === undefined) problems.push(`the env value "${name}" is not a ${type}`);
        else env[name] = fitting;
        if (fitting === undefined) missing.env.push(name);
      }
      for (const name of manifest.secrets) {
        const isOwn = own.secrets[name] !== undefined;
        const sealed = own.secrets[name] ?? shared.secrets[name];
        if (sealed === undefined) {
          problems.push(`the secret "${name}" is not set`);
          missing.secrets.push(name);
        } else secrets[name] = identity.unseal(sealed, purpose(isOwn ? manifest.id : undefined, name));
      }
      if (problems.length === 0) return { env, secrets };
      throw new EddyError(
        "EDDY_MISSING_VALUES",
        `Workflow "${manifest.id}" cannot be started on this device: ${problems.join("; ")}. Set what is missing with "eddy env set" or "eddy secret set", or in the Devices view.`,
        { details: { problems, ...missing } },
      );
    },
    forget(workflow) {
      if (!stored.workflows[workflow]) return;
      const { [workflow]: _gone, ...workflows } = stored.workflows;
      change({ ...stored, workflows });
    },
  };
}

/** What a sealed value is bound to: copied to another name or workflow, it does not open. */
function purpose(workflow: string | undefined, name: string): string {
  return workflow === undefined ? name : `${workflow}/${name}`;
}

function merged<Value>(old: Readonly<Record<string, Value>>, change: Readonly<Record<string, Value | null>>) {
  const next: Record<string, Value> = { ...old };
  for (const [name, value] of Object.entries(change)) {
    if (value === null) delete next[name];
    else next[name] = value;
  }
  return next;
}

/** `eddy env set` knows texts; the declaration knows what is meant. */
function convert(
  value: EnvironmentValue,
  type: "string" | "number" | "boolean",
): EnvironmentValue | undefined {
  if (typeof value === type) return value;
  if (type === "string") return String(value);
  if (
    type === "number" &&
    typeof value === "string" &&
    value.trim() !== "" &&
    Number.isFinite(Number(value))
  ) {
    return Number(value);
  }
  if (type === "boolean" && (value === "true" || value === "false")) return value === "true";
  return undefined;
}

function read(layout: Layout, onProblem: (problem: Problem) => void): Stored {
  const stored = readJsonFile(layout.configuration, configurationSchema, (keptAs) =>
    onProblem({
      code: "EDDY_CONFIGURATION",
      message: `Env and secrets could not be read; the file was kept as ${keptAs}. Set them again.`,
    }),
  );
  return stored ?? { device: { env: {}, secrets: {} }, workflows: {} };
}
