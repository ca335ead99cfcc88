import type { Wire } from "../model.ts";
import type { Problem, QuickFix } from "../problem.ts";
import { closest, enumerate, suggestion } from "../similar.ts";
import { type CheckContext, entryOf, report, type Step } from "./context.ts";
import { removeEntry, replace } from "./fixes.ts";

/** Wires that come from nowhere, or arrive where nothing takes them. */
export function checkWires(context: CheckContext): readonly Problem[] {
  const known = knownSources(context);
  const ofNodes = [...context.steps.values()].flatMap((step) => {
    if (step.descriptor?.inputs === "none") return wiresIntoTrigger(context, step);
    const target = { node: step.node.id };
    return [
      ...missingWire(step),
      ...step.node.from.flatMap((wire) => [
        ...checkSource(context, wire, known, target),
        ...checkInput(step, wire),
      ]),
      ...drawnTwice(step),
    ];
  });
  const ofOutputs = [...context.workflow.outputs.values()].flatMap(({ name, from }) => {
    if (from.length > 0) return from.flatMap((wire) => checkSource(context, wire, known, {}));
    const written = outputHasFrom(context, name.value);
    const message = `Nothing leaves by the output "${name.value}": say with from: which node it follows.`;
    return written ? [] : [report("EDDY_OUTPUT_WITHOUT_WIRE", "error", name.range, message)];
  });
  return [...ofNodes, ...ofOutputs];
}

/** The nodes that a wire names without there being one, each with the node that was probably meant. */
export function guessSource(wire: Wire, known: readonly string[]): string | undefined {
  return closest(wire.node, known);
}

/** All that a wire can come from: nodes and inputs of the workflow. */
export function knownSources({ workflow }: CheckContext): readonly string[] {
  return [...workflow.nodes.keys(), ...workflow.inputs.keys()];
}

function checkSource(
  { text, workflow, steps, unreadNodes }: CheckContext,
  wire: Wire,
  known: readonly string[],
  target: { readonly node?: string },
): readonly Problem[] {
  if (wire.node === "any") return wire.port === "error" ? [] : [onlyErrors(wire, target)];
  if (workflow.inputs.has(wire.node) && !steps.has(wire.node)) {
    return wire.port === "out"
      ? []
      : [unknownPort(wire, [], "An input of the workflow has no ports", target)];
  }
  const source = steps.get(wire.node);
  if (!source) {
    if (unreadNodes.has(wire.node)) return [];
    const guess = guessSource(wire, known);
    const message = `There is no node "${wire.node}". ${suggestion(guess, known)}`;
    const fixes = guess === undefined ? [] : renamedSource(wire, guess, text);
    return [report("EDDY_WIRE_NODE", "error", wire.range, message, { ...target, fixes })];
  }
  if (!source.descriptor || wire.port === "error" || source.outputs.has(wire.port)) return [];
  const what =
    source.outputs.size === 0
      ? `${wire.node} (${source.node.type.value}) has no output but error`
      : `${wire.node} has no output "${wire.port}"`;
  return [unknownPort(wire, [...source.outputs, "error"], what, target)];
}

function onlyErrors(wire: Wire, target: { readonly node?: string }): Problem {
  const message = `"any" stands for the errors of all nodes: write any.error, or name the node that is meant.`;
  const fixes = [replace(wire.range, "any.error")];
  return report("EDDY_WIRE_ANY", "error", wire.range, message, { ...target, fixes });
}

function unknownPort(
  wire: Wire,
  outputs: readonly string[],
  what: string,
  target: { readonly node?: string },
): Problem {
  const guess = closest(wire.port, outputs);
  const ports = outputs.filter((port) => port !== "error");
  const only = ports.length === 1 ? ports[0] : undefined;
  const hint = ports.length === 0 ? "" : ` ${suggestion(guess, outputs)}`;
  const fixes = [...new Set([guess, only])]
    .filter((port) => port !== undefined)
    .map((port) => replace(wire.range, port === "out" ? wire.node : `${wire.node}.${port}`));
  if (outputs.length === 0) fixes.push(replace(wire.range, wire.node));
  return report("EDDY_WIRE_PORT", "error", wire.range, `${what}.${hint}`, { ...target, fixes });
}

function checkInput({ node, descriptor }: Step, wire: Wire): readonly Problem[] {
  if (!descriptor) return [];
  const { type, id } = node;
  if (descriptor.inputs === "single") {
    if (wire.input === "in") return [];
    const message = `${type.value} has one input: write from: ${reference(wire)}, without "${wire.input}".`;
    return [report("EDDY_WIRE_INPUT", "error", wire.range, message, { node: id })];
  }
  const inputs = descriptor.inputPorts?.map(({ name }) => name);
  if (inputs ? inputs.includes(wire.input) : wire.input !== "in") return [];
  const names = inputs ? `Its inputs are ${enumerate(inputs)}` : "You choose the names of its inputs";
  const example = `{ ${inputs?.[0] ?? wire.node}: ${reference(wire)} }`;
  const message =
    wire.input === "in"
      ? `${type.value} takes its inputs by name. ${names}: write from: ${example}.`
      : `${type.value} has no input "${wire.input}". ${suggestion(closest(wire.input, inputs ?? []), inputs ?? [])}`;
  return [report("EDDY_WIRE_INPUT", "error", wire.range, message, { node: id })];
}

function wiresIntoTrigger(context: CheckContext, { node }: Step): readonly Problem[] {
  if (node.fromRange === undefined) return [];
  const map = context.nodeMaps.get(node.id);
  const entry = entryOf(map, "from");
  const fixes = map && entry ? removeEntry(context.text, map, entry, "Remove from") : [];
  const message = `${node.type.value} is a trigger: it starts executions by itself and takes no messages. Remove from.`;
  return [report("EDDY_WIRE_TRIGGER", "error", node.fromRange, message, { node: node.id, fixes })];
}

function missingWire({ node, descriptor }: Step): readonly Problem[] {
  if (!descriptor || node.fromRange !== undefined) return [];
  const message = `"${node.id}" is wired to nothing, so it never runs: say with from: which node it follows.`;
  return [report("EDDY_WIRE_MISSING", "error", node.idRange, message, { node: node.id })];
}

function drawnTwice({ node }: Step): readonly Problem[] {
  const seen = new Set<string>();
  return node.from.flatMap((wire) => {
    const key = `${wire.input}\n${wire.node}\n${wire.port}`;
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    const message = `The wire from ${reference(wire)} is drawn twice: remove one of the two.`;
    return [report("EDDY_WIRE_TWICE", "warning", wire.range, message, { node: node.id })];
  });
}

/** An output whose `from` could not be read is reported by the parser. */
function outputHasFrom({ root }: CheckContext, name: string): boolean {
  const outputs = entryOf(root, "outputs")?.value;
  const output = outputs?.kind === "map" ? entryOf(outputs, name)?.value : undefined;
  return output?.kind === "map" && entryOf(output, "from") !== undefined;
}

function reference({ node, port }: Wire): string {
  return port === "out" ? node : `${node}.${port}`;
}

function renamedSource({ node, port, range }: Wire, newNode: string, text: string): readonly QuickFix[] {
  // In quotes, or with escapes, the reference is written anew; it never needs quotes.
  return text.startsWith(node, range.start)
    ? [replace({ start: range.start, end: range.start + node.length }, newNode)]
    : [replace(range, port === "out" ? newNode : `${newNode}.${port}`)];
}
