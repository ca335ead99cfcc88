/** Runs compiled code on the memory host, on whatever platform this is, and tells what the reference tells. */
import type { WorkflowFactory } from "../../../runtime/engine/contract.ts";
import { createMemoryHost } from "../../runtime/memory-host.ts";
import type { ReferenceRun } from "./interpreter.ts";

/** `watched`: with an observer, for which the engine makes records. */
export async function runCompiled(
  code: string,
  payloads: readonly unknown[],
  { watched }: { readonly watched: boolean },
): Promise<ReferenceRun> {
  const host = createMemoryHost();
  const factory = new Function("host", code) as WorkflowFactory;
  const workflow = factory(host);
  if (watched) workflow.observe({ execution: () => {}, value: () => {} });
  await workflow.start();
  const [connection] = host.connections;
  for (const payload of payloads) {
    host.broker(connection?.name ?? "").deliver("in", JSON.stringify(payload));
    await host.clock.advance(0);
  }
  const { nodes, executions, errors } = workflow.counters();
  await workflow.stop(0);
  return {
    log: host.logs.map(({ node = "", level, message }) => [node, level === "error" ? "failed" : message]),
    nodes: Object.fromEntries(
      nodes.flatMap(({ id, errors: own, ports = {} }) => {
        const used = Object.entries(ports).filter(([, count]) => count > 0);
        return own > 0 || used.length > 0 ? [[id, { errors: own, ports: Object.fromEntries(used) }]] : [];
      }),
    ),
    executions,
    errors,
  };
}

/** Runs code for so many milliseconds of virtual time, with nothing coming in, and tells what its nodes counted and logged. */
export async function runFor(code: string, milliseconds: number) {
  const host = createMemoryHost();
  const workflow = (new Function("host", code) as WorkflowFactory)(host);
  await workflow.start();
  await host.clock.advance(milliseconds);
  const { nodes, executions, errors } = workflow.counters();
  await workflow.stop(0);
  return { nodes, executions, errors, log: host.logs.map(({ node, message }) => [node, message]) };
}
