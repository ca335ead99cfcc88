/** Messages that a workflow was at when its worker ended: kept beside its state, to be looked at and sent again. */
import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import Type, { type Static } from "typebox";
import { EddyError } from "../../../language/problem.ts";
import type { InjectedMessage } from "../../engine/contract.ts";
import { keptMessage } from "../../protocol/contract.ts";
import { type Layout, readJsonFile, writeWhole } from "../layout.ts";
import type { Problem } from "../messages.ts";
import { fingerprint } from "../pulse.ts";

/** Of one workflow; the oldest makes room. */
const mostKept = 20;

const { message: _asTold, ...shared } = keptMessage.properties;
/** As it is told, but that the message is the JSON that it came as; absent where it was too large. */
const keptSchema = Type.Object({ ...shared, text: Type.Optional(Type.String()) });
export type KeptMessage = Static<typeof keptSchema>;

const fileSchema = Type.Object({ messages: Type.Array(keptSchema) });

export interface KeptMessages {
  list(workflow: string): readonly KeptMessage[];
  /** Throws `EDDY_UNKNOWN_MESSAGE`. */
  get(workflow: string, key: string): KeptMessage;
  /** The same message in the same version is kept once. */
  keep(workflow: string, message: Omit<KeptMessage, "key" | "times">): KeptMessage;
  /** What `isKept` of the contract knows by: of messages that are certain to end a worker of this version again. */
  fingerprints(workflow: string, version: string): readonly string[];
  discard(workflow: string, key: string): void;
  forget(workflow: string): void;
}

export interface KeptMessagesOptions {
  readonly layout: Layout;
  readonly onProblem: (problem: Problem) => void;
}

export function createKeptMessages({ layout, onProblem }: KeptMessagesOptions): KeptMessages {
  const known = new Map<string, readonly KeptMessage[]>();

  function list(workflow: string): readonly KeptMessage[] {
    const before = known.get(workflow);
    if (before) return before;
    const file = readJsonFile(layout.kept(workflow), fileSchema, (keptAs) =>
      onProblem({
        code: "EDDY_KEPT_MESSAGES",
        message: `The messages that "${workflow}" had failed over could not be read; the file was kept as ${keptAs}.`,
      }),
    );
    const messages = file?.messages ?? [];
    known.set(workflow, messages);
    return messages;
  }

  function change(workflow: string, messages: readonly KeptMessage[]): void {
    known.set(workflow, messages);
    writeWhole(layout.kept(workflow), JSON.stringify({ messages }));
  }

  function get(workflow: string, key: string): KeptMessage {
    const found = list(workflow).find((message) => message.key === key);
    if (found) return found;
    throw new EddyError(
      "EDDY_UNKNOWN_MESSAGE",
      `No message ${key} is kept for "${workflow}". List those that are.`,
    );
  }

  return {
    list,
    get,
    keep(workflow, message) {
      const before = list(workflow);
      const same = before.find((one) => one.version === message.version && isSame(one.text, message.text));
      const kept = { ...message, key: same?.key ?? newKey(), times: (same?.times ?? 0) + 1 };
      change(workflow, [...before.filter((one) => one !== same).slice(1 - mostKept), kept]);
      return kept;
    },
    fingerprints: (workflow, version) =>
      list(workflow).flatMap((one) => {
        const isCertain = one.reason.code === "EDDY_BLOCKED" || one.times > 1;
        return one.version === version && one.text !== undefined && isCertain ? [fingerprint(one.text)] : [];
      }),
    discard(workflow, key) {
      get(workflow, key);
      change(
        workflow,
        list(workflow).filter((message) => message.key !== key),
      );
    },
    forget(workflow) {
      known.delete(workflow);
      rmSync(layout.kept(workflow), { force: true });
    },
  };
}

const newKey = () => randomUUID().slice(0, 8);

function isSame(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && fingerprint(one) === fingerprint(other);
}

/** As it is told to a client. */
export function shownMessage({ key, time, version, node, reason, times, text }: KeptMessage) {
  return {
    key,
    time,
    version,
    node,
    reason,
    times,
    ...(text === undefined ? {} : { message: JSON.parse(text) as unknown }),
  };
}

/** As it was, to be put into its node again. Throws `EDDY_MESSAGE_TOO_LARGE` for one of which only the reason was kept. */
export function messageOf({ key, text }: KeptMessage): InjectedMessage {
  if (text === undefined) {
    throw new EddyError(
      "EDDY_MESSAGE_TOO_LARGE",
      `Message ${key} was larger than 64 kB and is not kept itself. It has to come from its source again.`,
    );
  }
  const { topic, payload, base64, source } = JSON.parse(text);
  return {
    payload: base64 === undefined ? payload : new Uint8Array(Buffer.from(base64, "base64")),
    ...(topic === undefined ? {} : { topic }),
    ...(source === undefined ? {} : { source }),
  };
}
