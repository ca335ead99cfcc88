/** What a platform says when it holds a workflow back, told as what the workflow has not declared. */
import { EddyError } from "../../../language/problem.ts";

interface Refusal {
  readonly capability: "network" | "files" | "exec" | "native";
  /** What was tried, such as `read /etc/hostname`. */
  readonly tried: string;
}

/** Node's names (nodejs.org/api/permissions.html), then Deno's. */
const kinds: Readonly<Record<string, readonly [capability: Refusal["capability"], verb: string]>> = {
  FileSystemRead: ["files", "read"],
  FileSystemWrite: ["files", "write"],
  ChildProcess: ["exec", "start"],
  Net: ["network", "connect to"],
  Addon: ["native", "load"],
  read: ["files", "read"],
  write: ["files", "write"],
  run: ["exec", "start"],
  net: ["network", "connect to"],
  ffi: ["native", "load"],
};

/** In the place of a platform's refusal, one that names the node and what it would have to declare; else what it was. */
export function explainRefusal(node: string, error: unknown): unknown {
  const refusal = refusalIn(error);
  if (!refusal) return error;
  const { capability, tried } = refusal;
  const who = node === "" ? "It" : `"${node}"`;
  return new EddyError(
    "EDDY_NOT_DECLARED",
    `${who} tried to ${tried}, but the workflow has not declared "${capability}", and its process is held to that. Use a node whose type declares it, or add it to the capabilities of your own type; then deploy again.`,
    { cause: error },
  );
}

function refusalIn(error: unknown, depth = 0): Refusal | undefined {
  if (!(error instanceof Error) || depth > 4) return undefined;
  return refusalOfNode(error) ?? refusalOfDeno(error) ?? refusalIn(error.cause, depth + 1);
}

function refusalOfNode(error: Error): Refusal | undefined {
  const code = Reflect.get(error, "code");
  if (code === "ERR_DLOPEN_DISABLED") return { capability: "native", tried: "load a native module" };
  if (code !== "ERR_ACCESS_DENIED") return undefined;
  return refusal(Reflect.get(error, "permission"), Reflect.get(error, "resource"));
}

/** `Requires read access to "/etc/hostname", run again with the --allow-read flag` */
function refusalOfDeno({ name, message }: Error): Refusal | undefined {
  if (name !== "NotCapable") return undefined;
  const [, kind, resource] = /^Requires (\w+) access(?: to "(.+?)")?[, ]/.exec(message) ?? [];
  return refusal(kind, resource);
}

function refusal(kind: unknown, resource: unknown): Refusal | undefined {
  const [capability, verb] = (typeof kind === "string" && kinds[kind]) || [];
  if (capability === undefined || verb === undefined) return undefined;
  const what = typeof resource === "string" && resource !== "" ? resource : rest[capability];
  return { capability, tried: `${verb} ${what}` };
}

/** Where the platform does not say what it was about. */
const rest = { network: "a host", files: "a file", exec: "a program", native: "a native module" } as const;
