/** What workflows have stored on one device is brought to another one. */
import type { AgentClient } from "../runtime/protocol/client.ts";
import type { RequestParams } from "../runtime/protocol/contract.ts";

/** How much it was. */
export interface MovedData {
  readonly values: number;
  /** Messages that wait for their brokers. */
  readonly messages: number;
}

/** `workflow` absent: what all on the device share. Neither end runs it meanwhile; `EDDY_RUNNING` otherwise. */
export async function moveData(
  from: AgentClient,
  to: AgentClient,
  workflow: string | undefined,
  signal: AbortSignal | undefined,
): Promise<MovedData> {
  const which = workflow === undefined ? {} : { id: workflow };
  const moved = { values: 0, messages: 0 };
  let after: RequestParams<"data/export">["after"];
  let fresh = true;
  do {
    const { next, values, messages } = await from.request(
      "data/export",
      { ...which, ...(after ? { after } : {}) },
      signal,
    );
    await to.request("data/import", { ...which, fresh, values, messages }, signal);
    moved.values += values.length;
    moved.messages += messages.length;
    after = next;
    fresh = false;
  } while (after);
  return moved;
}
