import { readFileSync } from "node:fs";
import { EddyError } from "../../../language/problem.ts";

/** The params of a connection, as the workflow hands them over: literals, and secrets where a template had one alone. */
export type ConnectionParams = Readonly<Record<string, unknown>>;

/** A text param; a secret is opened here, since it goes to the outside world now. */
export function textParam(params: ConnectionParams, name: string): string | undefined {
  const value = params[name];
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value === "object" && "reveal" in value && typeof value.reveal === "function") {
    return String(value.reveal());
  }
  throw wrong(name, "is not a text");
}

export function numberParam(params: ConnectionParams, name: string): number | undefined {
  const text = textParam(params, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isFinite(value)) throw wrong(name, `is not a number ("${text}")`);
  return value;
}

export function booleanParam(params: ConnectionParams, name: string): boolean | undefined {
  const text = textParam(params, name);
  if (text === undefined) return undefined;
  if (text !== "true" && text !== "false") throw wrong(name, `is neither true nor false ("${text}")`);
  return text === "true";
}

/** A certificate or key: PEM text as it is, else the path of a file on the device. */
export function pemParam(params: ConnectionParams, name: string): string | undefined {
  const text = textParam(params, name);
  if (text === undefined || text.includes("-----BEGIN")) return text;
  try {
    return readFileSync(text, "utf8");
  } catch (error) {
    throw wrong(name, `names a file that cannot be read on this device (${text})`, error);
  }
}

export function wrong(name: string, what: string, cause?: unknown): EddyError {
  return new EddyError("EDDY_CONNECTION_PARAM", `The connection's "${name}" ${what}.`, { cause });
}
