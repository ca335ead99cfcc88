import { createHash } from "node:crypto";
import { EddyError } from "../../language/problem.ts";
import { type CommandResult, quote, runScript } from "../ssh/commands.ts";
import type { SshConnection } from "../ssh/connection.ts";

export interface Upload {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Such as `700`. */
  readonly mode: string;
  /** The bytes are gzip's, and the file is what they hold. */
  readonly packed?: boolean;
  readonly progress?: (sent: number, total: number) => void;
}

/**
 * Copies a file to the device. What an interrupted copy left there is gone on with; the file appears under its name only
 * when it is complete and its checksum is right. It goes through `cat`: commands must be allowed anyway for the agent to
 * be reached, and many a small device has no SFTP server.
 */
export async function upload(
  connection: SshConnection,
  { path, bytes, mode, packed = false, progress }: Upload,
  signal?: AbortSignal,
): Promise<void> {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  // The name holds the checksum, so that what is gone on with is never the beginning of another file.
  const part = `${path}.${sha256.slice(0, 16)}.part`;
  const names = `path=${quote(path)}\npart=${quote(part)}\n`;
  const prepared = await expectSuccess(
    connection,
    `copy ${path}`,
    `${names}mkdir -p "$(dirname "$path")" && touch "$part" && wc -c <"$part"`,
    { signal },
  );
  const there = Number(prepared.stdout.trim());
  const offset = there <= bytes.length ? there : 0;
  progress?.(offset, bytes.length);
  await expectSuccess(
    connection,
    `copy ${path}`,
    `${names}${offset === 0 ? ': >"$part" && ' : ""}cat >>"$part" || { rm -f "$part"; exit 1; }`,
    {
      signal,
      input: { bytes: bytes.subarray(offset), onWritten: (sent) => progress?.(offset + sent, bytes.length) },
    },
  );
  await expectSuccess(
    connection,
    `finish ${path}`,
    `${names}${finish({ sha256, size: bytes.length, mode, packed })}`,
    {
      signal,
    },
  );
}

/** What power loss has made of it shows in its checksum; where no tool can tell, its size has to do. */
function finish(of: {
  readonly sha256: string;
  readonly size: number;
  readonly mode: string;
  readonly packed: boolean;
}) {
  return `if command -v sha256sum >/dev/null 2>&1; then sum=$(sha256sum <"$part"); sum=\${sum%% *}; else sum=${of.sha256}; fi
if [ "$(wc -c <"$part")" -ne ${of.size} ] || [ "$sum" != ${of.sha256} ]; then
  rm -f "$part"
  echo "damaged on the way" >&2
  exit 65
fi
${of.packed ? 'gzip -dc "$part" >"$part.out" || { rm -f "$part.out"; exit 1; }\nrm -f "$part"' : 'mv "$part" "$part.out"'}
chmod ${of.mode} "$part.out" && mv "$part.out" "$path"
`;
}

/** Runs a script that has to end well; how it ended badly becomes a precise error. */
export async function expectSuccess(
  connection: SshConnection,
  what: string,
  script: string,
  options: Parameters<typeof runScript>[2] = {},
): Promise<CommandResult> {
  const result = await runScript(connection, `LC_ALL=C\nexport LC_ALL\numask 077\n${script}`, options);
  if (result.code === 0) return result;
  throw explainFailure(result, what, connection);
}

function explainFailure({ code, stderr }: CommandResult, what: string, { target }: SshConnection): EddyError {
  const said = stderr.trim().split("\n").slice(-3).join(" ").slice(0, 500);
  const details = { host: target.host, exitCode: code, said };
  if (/no space left|disk quota exceeded/i.test(said))
    return new EddyError(
      "EDDY_DISK_FULL",
      `${target.host} has no space left: could not ${what}. Free some space there and try again; what runs there goes on.`,
      { details },
    );
  if (
    /permission denied|read-only file system|operation not permitted|access denied|not authorized/i.test(said)
  )
    return new EddyError(
      "EDDY_PERMISSION",
      `${target.user} is not allowed to ${what} on ${target.host} (${said}). Log in as a user who is, or choose another folder.`,
      { details },
    );
  if (code === 65)
    return new EddyError(
      "EDDY_TRANSFER_DAMAGED",
      `Could not ${what}: it was damaged on the way. Try again.`,
      {
        details,
      },
    );
  return new EddyError(
    "EDDY_INSTALL_FAILED",
    `${target.host} could not ${what}: ${said || `the command ended with ${code ?? "a signal"}`}.`,
    { details },
  );
}
