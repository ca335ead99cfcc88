import { isIP } from "node:net";
import type { HttpAccess, HttpAddress } from "./http-listener.ts";
import { type ConnectionParams, numberParam, pemParam, textParam, wrong } from "./params.ts";

/** Bytes. */
const defaultBodyLimit = 1024 * 1024;

/** Reads where a workflow wants to be called, and by whom. Throws `EDDY_CONNECTION_PARAM` for what cannot be meant. */
export function readHttpParams(params: ConnectionParams): { address: HttpAddress; access: HttpAccess } {
  const host = textParam(params, "host") ?? "127.0.0.1";
  const port = numberParam(params, "port") ?? 8080;
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw wrong("port", `is not a TCP port (${port})`);
  const certificate = pemParam(params, "certificate");
  const key = pemParam(params, "key");
  if ((certificate === undefined) !== (key === undefined)) {
    throw wrong(certificate === undefined ? "certificate" : "key", "is missing: TLS needs both");
  }
  return {
    address: {
      host,
      port,
      tls: certificate !== undefined && key !== undefined ? { certificate, key } : undefined,
    },
    access: { bodyLimit: numberParam(params, "body-limit") ?? defaultBodyLimit, ...authorization(params) },
  };
}

function authorization(params: ConnectionParams): Pick<HttpAccess, "authorization" | "scheme"> {
  const token = textParam(params, "token");
  if (token !== undefined) return { authorization: `Bearer ${token}`, scheme: "Bearer" };
  const username = textParam(params, "username");
  const password = textParam(params, "password");
  if (username === undefined && password === undefined) return {};
  const pair = Buffer.from(`${username ?? ""}:${password ?? ""}`).toString("base64");
  return { authorization: `Basic ${pair}`, scheme: "Basic" };
}

/** What two connections must have in common to share one listener. */
export function addressKey({ host, port }: HttpAddress): string {
  return `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}
