import type { Progress } from "../fleet/index.ts";
import { formatBytes, type Output, printable } from "./output.ts";

/** Shows steps as they come, on a terminal; `prefix` says of what. */
export function progressTeller(output: Output, prefix = ""): (progress: Progress) => void {
  return (progress) => output.progress(`${prefix}${renderProgress(progress)}`);
}

const barWidth = 20;

export function renderProgress({ message, done, total }: Progress): string {
  const text = printable(message);
  if (done === undefined || total === undefined || total === 0) return `${text} …`;
  const filled = Math.round((Math.min(done, total) / total) * barWidth);
  const bar = "█".repeat(filled) + "░".repeat(barWidth - filled);
  return `${text} ${bar} ${formatBytes(done)} of ${formatBytes(total)}`;
}
