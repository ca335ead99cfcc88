import type { NodeDescriptor } from "../../language/catalog.ts";
import type { Expression, Message, NodeContext, Timer, TriggerNode } from "../engine/contract.ts";
import { isObject } from "./support/stored.ts";

export const descriptor = {
  type: "inject",
  title: "Inject",
  category: "trigger",
  icon: "play",
  summary: "Starts executions by hand, at intervals, or at times of day.",
  doc: `Can always be injected by hand. \`every\` repeats; \`cron\` (five fields, or six with seconds) follows the clock in
\`settings.timezone\`. A time that passed while the workflow was stopped is skipped, or caught up once with \`missed: once\`.
A new version goes on in the rhythm of the one before.

\`\`\`yaml
morning:
  type: inject
  cron: "0 6 * * 1-5"
  payload: |-
    { shift: "early" }
\`\`\``,
  inputs: "none",
  outputs: [{ name: "out", doc: "One message each time." }],
  timing: "trigger",
  params: {
    payload: { kind: "expression", default: "now()", doc: "The payload.", example: "now()" },
    topic: { kind: "template", doc: "The topic." },
    every: { kind: "literal", schema: { type: "duration", minimum: 1 }, doc: "How often.", example: "10s" },
    cron: {
      kind: "literal",
      schema: { type: "cron" },
      doc: "When, as a cron expression.",
      example: '"0 6 * * *"',
    },
    missed: {
      kind: "literal",
      schema: { type: "enum", values: ["skip", "once"] },
      default: "skip",
      advanced: true,
      doc: "What happens when a cron time passed while the workflow did not run.",
    },
    "at-start": {
      kind: "literal",
      schema: { type: "boolean" },
      default: false,
      doc: "Also when the workflow starts.",
    },
  },
} as const satisfies NodeDescriptor;

export const signature = `declare function inject<P, T = undefined>(params: {
  payload: (msg: Message<undefined>) => P; topic?: (msg: Message<undefined>) => T;
}): { out: Message<P> & { readonly topic?: T } };`;

interface Params {
  readonly payload: Expression;
  readonly topic?: Expression<string>;
  readonly every?: number;
  readonly cron?: string;
  readonly missed: "skip" | "once";
  readonly "at-start": boolean;
}

const inject: TriggerNode<Params> = {
  timing: "trigger",
  create(context, { payload, topic, every, cron, missed, "at-start": atStart }, outputs) {
    const schedules: Schedule[] = [];
    const fire = () => {
      const empty: Message = { id: context.newId(), time: context.clock.now(), payload: undefined };
      try {
        outputs.out?.({ ...empty, topic: topic?.(empty), payload: payload(empty) });
      } catch (error) {
        context.fail(error, empty);
      }
    };
    if (every !== undefined) schedules.push(interval(context, every, fire));
    if (cron !== undefined) schedules.push(calendar(context, cron, missed, fire));
    return {
      open() {
        if (atStart) fire();
        for (const schedule of schedules) schedule.start();
      },
      close() {
        for (const schedule of schedules) schedule.stop();
      },
    };
  },
};

export default inject;

interface Schedule {
  start(): void;
  stop(): void;
}

/** Milliseconds that a change of versions may take, in which a time that passes is not skipped but late. */
const handOver = 10_000;

/** Keeps its phase: a late timer does not move the ones after it, nor does a new version of the workflow. */
function interval({ clock, state }: NodeContext, every: number, fire: () => void): Schedule {
  let timer: Timer | undefined;
  let due = 0;
  const plan = () => {
    // After a pause of the machine the times that are over are left out.
    due = Math.max(due + every, clock.monotonic());
    timer = clock.after(due - clock.monotonic(), () => {
      plan();
      fire();
    });
  };
  return {
    start() {
      due = clock.monotonic();
      const kept = state.get("due");
      if (isObject(kept) && kept.every === every && typeof kept.at === "number") {
        const late = clock.now() - kept.at;
        const isLate = late >= 0 && late < Math.min(every, handOver);
        // The last time that is over in the phase of before.
        due -= ((late % every) + every) % every;
        if (isLate) fire();
      }
      plan();
    },
    stop() {
      if (!timer) return;
      timer.cancel();
      state.set("due", { at: clock.now() + due - clock.monotonic(), every });
    },
  };
}

/** No single wait is longer, so that a clock that was set is noticed. Milliseconds. */
const longestWait = 60_000;
/** By how much a clock that runs is set at most. One that is set by more did not know the time. Milliseconds. */
const longestStep = 3_600_000;

function calendar(context: NodeContext, cron: string, missed: "skip" | "once", fire: () => void): Schedule {
  const { clock, host, state, timezone } = context;
  const nextTime = (from: number) => host.nextTime(cron, timezone, from);
  let timer: Timer | undefined;
  let due: number | undefined;
  let fired = Number.NEGATIVE_INFINITY;
  const note = (time: number) => state.set("last", time);
  const plan = () => {
    const now = clock.now();
    // Set back by a little, it comes to the same time twice; by more, it is another time.
    if (fired - now > longestStep) fired = Number.NEGATIVE_INFINITY;
    due = nextTime(Math.max(fired, now));
    wait();
  };
  const wait = () => {
    if (due === undefined) return;
    timer = clock.after(Math.min(due - clock.now(), longestWait), check);
  };
  const check = () => {
    if (due === undefined) return;
    const late = clock.now() - due;
    // It may have been set back: then the next time is an earlier one.
    if (late < 0) {
      plan();
      return;
    }
    fired = due;
    note(clock.now());
    plan();
    // A device that booted in 1970 has learned the time: what was due meanwhile never was.
    if (late <= longestStep || missed === "once") fire();
  };
  return {
    start() {
      const last = state.get("last");
      const overdue = typeof last === "number" ? nextTime(last) : undefined;
      const catchUp = missed === "once" && overdue !== undefined && overdue <= clock.now();
      note(clock.now());
      plan();
      if (catchUp) fire();
    },
    stop: () => timer?.cancel(),
  };
}
