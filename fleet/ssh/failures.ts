import { EddyError } from "../../language/problem.ts";
import { errorCode } from "../files.ts";
import type { SshTarget } from "./config.ts";

/** What a failed connection means to the person at the desk, and what to do. */
export function explainConnectError(
  error: unknown,
  target: Pick<SshTarget, "alias" | "host" | "port" | "user">,
  tried: {
    readonly keys: readonly string[];
    readonly skipped: readonly string[];
    readonly accepts: readonly string[];
  },
): EddyError {
  if (error instanceof EddyError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const level = error instanceof Error && "level" in error ? error.level : undefined;
  const details = { host: target.host, port: target.port, user: target.user };
  if (level === "client-authentication") {
    return new EddyError("EDDY_AUTH_FAILED", authenticationMessage(target, tried), {
      cause: error,
      details: { ...details, tried: tried.keys, accepts: tried.accepts },
    });
  }
  if (level === "handshake" || /identification|kex|algorithm/i.test(message)) {
    return new EddyError(
      "EDDY_SSH_PROTOCOL",
      `${place(target)} did not agree on a secure connection: ${message}. Check that an ssh server listens there, and that it is not older than OpenSSH 6.5.`,
      { cause: error, details },
    );
  }
  return new EddyError("EDDY_UNREACHABLE", unreachableMessage(errorCode(error), message, target), {
    cause: error,
    details,
  });
}

function authenticationMessage(
  target: Pick<SshTarget, "host" | "port" | "user">,
  tried: {
    readonly keys: readonly string[];
    readonly skipped: readonly string[];
    readonly accepts: readonly string[];
  },
): string {
  const keys = tried.keys.length > 0 ? `Keys shown: ${tried.keys.join(", ")}.` : "There was no key to show.";
  const skipped = tried.skipped.length > 0 ? ` Left out: ${tried.skipped.join("; ")}.` : "";
  const accepts = tried.accepts.length > 0 ? ` The server accepts: ${tried.accepts.join(", ")}.` : "";
  const port = target.port === 22 ? "" : ` -p ${target.port}`;
  return `${target.user}@${place(target)} did not let us in. ${keys}${skipped}${accepts} Put a key on the device with "ssh-copy-id${port} ${target.user}@${target.host}", or name the right key with IdentityFile in ~/.ssh/config.`;
}

function unreachableMessage(
  code: string | undefined,
  message: string,
  target: Pick<SshTarget, "alias" | "host" | "port">,
): string {
  switch (code) {
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `There is no host called "${target.host}". Check the name, or use the device's IP address.`;
    case "ECONNREFUSED":
      return `${place(target)} refuses connections. Check that sshd runs on the device (sudo systemctl enable --now ssh) and that the port is right.`;
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "EADDRNOTAVAIL":
      return `There is no way to ${place(target)} from here. Check that the device is on and in the same network.`;
    case "ETIMEDOUT":
      return `${place(target)} does not answer. Check that the device is on, and that no firewall is between.`;
    default:
      return /timed out|timeout/i.test(message)
        ? `${place(target)} does not answer. Check that the device is on, and that no firewall is between.`
        : `The connection to ${place(target)} ended: ${message}. Check that the device is on and reachable, then try again.`;
  }
}

function place({ host, port }: Pick<SshTarget, "host" | "port">): string {
  return port === 22 ? host : `${host}:${port}`;
}
