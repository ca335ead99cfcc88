import type { NodeDescriptor } from "../../../language/catalog.ts";
import type { InputEnd, OutputEnd } from "../../../language/edits/edit.ts";
import type { NodeView, PortTypeView, ProblemView, ToCanvas, WorkflowView } from "../../protocol.ts";
import { summarise } from "./summary.ts";

/** A port of a card; `y` is its middle, from the card's upper edge. */
export interface Port {
  readonly name: string;
  readonly y: number;
}

/** Everything that a node's card shows, live values aside. */
export interface Card {
  readonly id: string;
  readonly type: string;
  readonly title: string;
  readonly subtitle: string;
  readonly icon: string;
  readonly category: string;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly height: number;
  /** Whether the ports' names stand on the card: where there is just one on a side, its meaning is clear. */
  readonly namedInputs: boolean;
  readonly namedOutputs: boolean;
  readonly severity?: "error" | "warning";
  readonly problems: readonly string[];
  readonly disabled: boolean;
  readonly trigger: boolean;
  /** What it takes messages from that is no node of this workflow: `any.error`, an input of the workflow. */
  readonly sources: readonly string[];
}

export interface WireView {
  readonly id: string;
  readonly source: OutputEnd;
  readonly target: InputEnd;
  /** What its messages carry, where that is known. */
  readonly type?: PortTypeView;
  /** What is wrong with what comes by it. */
  readonly problems?: readonly string[];
}

type Snapshot = Extract<ToCanvas, { type: "snapshot" }>;

/** Pixels at zoom 1. */
export const cardWidth = 180;
const headHeight = 44;
const rowHeight = 20;
const footHeight = 16;

/** The name of the port where a wire into a node with free input names makes a new one. */
export const newInput = "+";

/** The cards of a workflow, in its order. */
export function makeCards(
  workflow: WorkflowView,
  descriptors: ReadonlyMap<string, NodeDescriptor>,
  problems: readonly ProblemView[],
): readonly Card[] {
  const ids = new Set(workflow.nodes.map(({ id }) => id));
  const byNode = Map.groupBy(problems, ({ node }) => node);
  return workflow.nodes.map((node) =>
    makeCard(node, descriptors.get(node.type), byNode.get(node.id) ?? [], ids),
  );
}

function makeCard(
  node: NodeView,
  descriptor: NodeDescriptor | undefined,
  problems: readonly ProblemView[],
  ids: ReadonlySet<string>,
): Card {
  const serious = problems.filter(({ severity }) => severity !== "hint");
  const severity = worst(serious);
  const summary = summarise(node, descriptor);
  const free = descriptor?.inputs === "named" && descriptor.inputPorts === undefined;
  const shape = cardShape(free ? [...node.inputs, newInput] : node.inputs, node.outputs);
  return {
    id: node.id,
    type: node.type,
    title: node.label || node.id,
    subtitle: summary === "" ? node.type : `${node.type} · ${summary}`,
    icon: descriptor?.icon ?? "question",
    category: descriptor?.category ?? "unknown",
    ...shape,
    ...(severity ? { severity } : {}),
    problems: serious.map(({ message }) => message),
    disabled: node.disabled,
    trigger: descriptor ? descriptor.timing === "trigger" : node.inputs.length === 0,
    sources: node.from.filter(({ node: source }) => !ids.has(source)).map(referenceText),
  };
}

/** Where the ports are and how high the card is. `error` is always the last output, in the foot. */
export function cardShape(inputs: readonly string[], outputs: readonly string[]) {
  const named = outputs.filter((name) => name !== "error");
  const namedInputs = inputs.length > 1 || (inputs.length === 1 && inputs[0] !== "in");
  const namedOutputs = named.length > 1 || (named.length === 1 && named[0] !== "out");
  const rows = Math.max(namedInputs ? inputs.length : 0, namedOutputs ? named.length : 0);
  const height = headHeight + rows * rowHeight + footHeight;
  const rowY = (index: number) => headHeight + index * rowHeight + rowHeight / 2;
  const middle = headHeight / 2;
  return {
    inputs: inputs.map((name, index): Port => ({ name, y: namedInputs ? rowY(index) : middle })),
    outputs: [
      ...named.map((name, index): Port => ({ name, y: namedOutputs ? rowY(index) : middle })),
      ...(outputs.includes("error") ? [{ name: "error", y: height - footHeight / 2 }] : []),
    ],
    height,
    namedInputs,
    namedOutputs,
  };
}

/** The wires between nodes. A wire to a port that the node does not have is left out: a problem tells of it. */
export function makeWires(
  workflow: WorkflowView,
  types: Snapshot["types"] = {},
  problems: readonly ProblemView[] = [],
): readonly WireView[] {
  const nodes = new Map(workflow.nodes.map((node) => [node.id, node]));
  const errors = Map.groupBy(
    problems.filter(({ severity }) => severity === "error"),
    ({ node }) => node,
  );
  return workflow.nodes.flatMap((node) =>
    node.from.flatMap((wire): WireView[] => {
      const source = nodes.get(wire.node);
      if (!source?.outputs.includes(wire.port) || !node.inputs.includes(wire.input)) return [];
      const ends = {
        source: { node: wire.node, port: wire.port },
        target: { node: node.id, input: wire.input },
      };
      const type = types[wire.node]?.[wire.port];
      const wrong = (errors.get(node.id) ?? []).filter((problem) => isAbout(problem, wire));
      return [
        {
          id: wireId(ends.source, ends.target),
          ...ends,
          ...(type ? { type } : {}),
          ...(wrong.length > 0 ? { problems: wrong.map(({ message }) => message) } : {}),
        },
      ];
    }),
  );
}

function isAbout({ wires = [] }: ProblemView, wire: NodeView["from"][number]): boolean {
  return wires.some(
    ({ node, port, input }) => node === wire.node && port === wire.port && input === wire.input,
  );
}

export function wireId(source: OutputEnd, target: InputEnd): string {
  return `${source.node}.${source.port}>${target.node}.${target.input}`;
}

function referenceText({ node, port }: { readonly node: string; readonly port: string }): string {
  return port === "out" ? node : `${node}.${port}`;
}

function worst(problems: readonly ProblemView[]): "error" | "warning" | undefined {
  if (problems.some(({ severity }) => severity === "error")) return "error";
  return problems.length > 0 ? "warning" : undefined;
}
