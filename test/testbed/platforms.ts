import {
  armNodeBinary,
  denoBinary,
  ensureArmNode,
  ensureDeno,
  ensureOldestNode,
  oldestNodeBinary,
} from "../../scripts/lib/tools.mjs";

export interface PlatformCommand {
  readonly command: string;
  /** Come before the script's path. */
  readonly options: readonly string[];
}

/** How to start an arm64 Node here: under qemu's user-mode emulation, or as it is on an arm64 machine. */
export function armNode(): PlatformCommand {
  ensureArmNode();
  return process.arch === "arm64"
    ? { command: armNodeBinary, options: [] }
    : { command: "qemu-aarch64-static", options: ["-L", "/usr/aarch64-linux-gnu", armNodeBinary] };
}

/** How to start the oldest Node that has to do: VS Code brings one of that line. */
export function oldestNode(): PlatformCommand {
  ensureOldestNode();
  return { command: oldestNodeBinary, options: [] };
}

/** How to start Deno here. */
export function deno(): PlatformCommand {
  ensureDeno();
  return { command: denoBinary, options: ["run"] };
}
