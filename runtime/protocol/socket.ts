import { createHash } from "node:crypto";
import { join, resolve } from "node:path";

/**
 * Where the agent of `home` listens: a socket in that folder, which only its user may enter, or the named pipe that
 * stands for it on Windows.
 */
export function agentSocketPath(home: string): string {
  if (process.platform !== "win32") return join(home, "agent.sock");
  const name = createHash("sha256").update(resolve(home).toLowerCase()).digest("hex").slice(0, 24);
  return `\\\\.\\pipe\\eddy-agent-${name}`;
}
