import { findLoops } from "../checks/graph.ts";
import type { Wire, Workflow, WorkflowNode } from "../model.ts";
import { anyMessage } from "./node-file.ts";
import {
  brokenPort,
  type PortText,
  plainPort,
  plainSource,
  plainTopic,
  unionOf,
  unionText,
} from "./outputs.ts";

/** What comes in by one input of a node. */
export interface InputText extends PortText {
  /** The type of the message, for a generated file. */
  readonly message: string;
}

/** What comes in is not known. */
export const anyInput: InputText = { ...brokenPort, message: anyMessage };

/** Nothing comes in. */
export const silentInput: InputText = {
  ...plainPort("never"),
  message: `$eddy.Msg<never, ${plainTopic}, ${plainSource}>`,
};

/** Several wires into one input, as one: any of them may bring the next message. */
export function joinWires(ports: readonly PortText[], isStrict: boolean): InputText {
  const [first] = ports;
  if (!first) return anyInput;
  const coming = ports.filter(({ isNever }) => !isNever);
  if (coming.length === 0) return { ...first, message: anyMessage };
  const joined = unionOf(coming);
  const topic = unionText(coming.map((port) => port.topic));
  const source = unionText(coming.map((port) => port.source));
  const more = coming.every((port) => port.more === first.more) ? first.more : "";
  const isBroken = coming.some((port) => port.isBroken);
  const payload = joined.isAny ? (isStrict && !isBroken ? "unknown" : "any") : joined.payload;
  const frozen = joined.isAny ? payload : `$eddy.Frozen<${payload}>`;
  const message = `$eddy.Msg<${frozen}, ${topic}, ${source}>${more === "" ? "" : ` & ${more}`}`;
  return { ...joined, payload, topic, source, more, isBroken, message };
}

/** A declared payload: whatever the rest of the message is. */
export function declaredPort(type: string): PortText {
  return { ...plainPort(`(${type}\n)`), topic: plainTopic, source: plainSource };
}

/** The nodes that go around in loops, by the loop. Disabled nodes give nothing to others. */
export function loopsOf({ nodes }: Workflow): readonly ReadonlySet<string>[] {
  const followers = new Map<string, string[]>();
  for (const node of nodes.values()) {
    for (const wire of sourcesOf(node, nodes)) {
      const list = followers.get(wire.node);
      if (list) list.push(node.id);
      else followers.set(wire.node, [node.id]);
    }
  }
  return findLoops([...nodes.keys()], (id) => followers.get(id) ?? []).map((loop) => new Set(loop));
}

/** The wires of a node whose types depend on another node. */
export function sourcesOf(node: WorkflowNode, nodes: ReadonlyMap<string, WorkflowNode>): readonly Wire[] {
  return node.from.filter(({ node: id, port }) => {
    const source = nodes.get(id);
    return source !== undefined && !source.disabled && port !== "error";
  });
}
