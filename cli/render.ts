import type { RunEvent } from "./contract.ts";
import { formatMilliseconds, type Output, printable } from "./output.ts";

const levelStyles = { debug: "dim", info: "cyan", warn: "yellow", error: "red" } as const;

export function renderLog(
  output: Output,
  { level, node, message }: { level: keyof typeof levelStyles; node?: string; message: string },
): string {
  const where = node === undefined ? "" : ` ${output.style("bold", node)}`;
  return `${output.style(levelStyles[level], level.padEnd(5))}${where} ${printable(message)}`;
}

export function renderExecution(
  output: Output,
  { outcome, nodes, ms }: Pick<Extract<RunEvent, { event: "execution" }>, "outcome" | "nodes" | "ms">,
): string {
  const mark = outcome === "ok" ? output.style("green", "✔") : output.style("red", "✘");
  const path = nodes.map(({ id }) => id).join(" → ");
  const failed = nodes.find(({ error }) => error);
  const reason = failed?.error ? ` ${output.style("red", printable(failed.error.message))}` : "";
  const late = outcome === "timeout" ? ` ${output.style("red", "took too long")}` : "";
  return `${mark} ${path} ${output.style("dim", formatMilliseconds(ms))}${reason}${late}`;
}
