import { EddyError } from "../../language/problem.ts";

/** What an `ssh://` address says itself; the rest comes from the user's ssh configuration. */
export interface SshAddress {
  readonly user?: string;
  /** A host name, an IP address, or an alias of the ssh configuration. */
  readonly host: string;
  readonly port?: number;
}

/** Reads `ssh://[user@]host[:port]`; also without `ssh://`, as it is typed for `ssh` and `ProxyJump`. */
export function parseSshAddress(text: string): SshAddress {
  const match =
    /^(?:ssh:\/\/)?(?:([^@/:\s]+)@)?(\[[0-9A-Fa-f:.]+(?:%[\w.-]+)?\]|[^@/:[\]\s]+)(?::(\d{1,5}))?\/?$/.exec(
      text,
    );
  const [, user, host, port] = match ?? [];
  if (
    !host ||
    host.startsWith("-") ||
    user?.startsWith("-") ||
    (port && !(Number(port) >= 1 && Number(port) <= 65535))
  )
    throw new EddyError(
      "EDDY_BAD_ADDRESS",
      `"${text}" is not an address of a device. Write ssh://user@host or ssh://user@host:port; a password is asked for, never written.`,
    );
  return {
    // A URI writes the percent sign before a zone as %25 (RFC 6874).
    host: host.replace(/^\[|\]$/g, "").replace("%25", "%"),
    ...(user === undefined ? {} : { user: decode(user) }),
    ...(port === undefined ? {} : { port: Number(port) }),
  };
}

/** The address as it is kept: one spelling for one place. */
export function formatSshAddress({ user, host, port }: SshAddress): string {
  const name = host.includes(":") ? `[${host}]` : host;
  return `ssh://${user === undefined ? "" : `${encodeURIComponent(user)}@`}${name}${port === undefined ? "" : `:${port}`}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
