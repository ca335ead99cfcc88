/** What is meant to run, and what was accepted last, so that a restart of the device changes nothing. */
import Type, { type Static } from "typebox";
import { type Layout, readJsonFile, type Step, writeWhole } from "./layout.ts";
import type { Problem } from "./messages.ts";

const deploymentSchema = Type.Object({
  /** Whether it runs after a restart of the agent. */
  wanted: Type.Union([Type.Literal("running"), Type.Literal("stopped")]),
  /** Milliseconds since 1970. */
  since: Type.Number(),
  /** Why it was taken out of service. */
  quarantine: Type.Optional(Type.Object({ code: Type.String(), message: Type.String() })),
  /** The version before, while the current one is on probation, and how often the agent has died meanwhile. */
  probation: Type.Optional(Type.Object({ before: Type.String(), deaths: Type.Integer() })),
  /** The version that was taken back, and why; until the next activation. */
  rolledBack: Type.Optional(
    Type.Object({ version: Type.String(), code: Type.String(), message: Type.String() }),
  ),
});
export type Deployment = Static<typeof deploymentSchema>;

const deploymentsSchema = Type.Object({
  workflows: Type.Record(Type.String(), deploymentSchema),
  /** The highest sequence accepted, by workflow and publisher. It outlives the workflow, as replays would. */
  sequences: Type.Record(Type.String(), Type.Record(Type.String(), Type.Integer())),
});
type Stored = Static<typeof deploymentsSchema>;

export interface Deployments {
  get(workflow: string): Deployment | undefined;
  set(workflow: string, deployment: Deployment): void;
  remove(workflow: string): void;
  /** The highest sequence accepted for a workflow from a publisher; 0 where there was none. */
  lastSequence(workflow: string, publisher: string): number;
  accept(workflow: string, publisher: string, sequence: number): void;
}

export function openDeployments(
  layout: Layout,
  step: Step,
  onProblem: (problem: Problem) => void,
): Deployments {
  let stored = read(layout, onProblem);

  function change(next: Stored): void {
    writeWhole(layout.deployments, `${JSON.stringify(next, undefined, 2)}\n`, (name) =>
      step(`${name} deployments`),
    );
    stored = next;
  }

  return {
    get: (workflow) => stored.workflows[workflow],
    set(workflow, deployment) {
      change({ ...stored, workflows: { ...stored.workflows, [workflow]: deployment } });
    },
    remove(workflow) {
      const { [workflow]: _gone, ...workflows } = stored.workflows;
      change({ ...stored, workflows });
    },
    lastSequence: (workflow, publisher) => stored.sequences[workflow]?.[publisher] ?? 0,
    accept(workflow, publisher, sequence) {
      const own = { ...stored.sequences[workflow], [publisher]: sequence };
      change({ ...stored, sequences: { ...stored.sequences, [workflow]: own } });
    },
  };
}

/** A file that cannot be read stops nothing: workflows run as their pointers say, and sequences begin anew. */
function read(layout: Layout, onProblem: (problem: Problem) => void): Stored {
  const stored = readJsonFile(layout.deployments, deploymentsSchema, (keptAs) =>
    onProblem({
      code: "EDDY_DEPLOYMENTS",
      message: `What is meant to run could not be read; the file was kept as ${keptAs}. Every workflow is started; stop those that are not wanted.`,
    }),
  );
  return stored ?? { workflows: {}, sequences: {} };
}
