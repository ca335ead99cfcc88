import { reservedNodeKeys } from "../catalog.ts";
import type { SourceMap, SourceScalar, SourceValue } from "../model.ts";
import { testParts } from "../parse/tests.ts";
import type { Problem } from "../problem.ts";
import { closest, suggestion } from "../similar.ts";
import { type CheckContext, entryOf, report } from "./context.ts";
import { replacements } from "./fixes.ts";

/** Nodes and outputs that tests name and that do not exist. */
export function checkTests(context: CheckContext): readonly Problem[] {
  const { workflow, root } = context;
  const known = [...workflow.nodes.keys(), ...workflow.inputs.keys(), ...workflow.outputs.keys()];
  const tests = items(entryOf(root, "tests")?.value).flatMap((test) => asMap(test) ?? []);
  const steps = tests.flatMap((test) => testParts.flatMap((part) => items(entryOf(test, part)?.value)));
  // Nodes of subflows, such as `alarm/check`, are known when it is compiled.
  const isInside = ({ text }: SourceScalar) => workflow.nodes.has(text.split("/", 1)[0] ?? "");
  const unknown = unknownNodes(
    context,
    steps
      .map((step) => entryOf(asMap(step), "node")?.value)
      .filter((name) => !(name?.kind === "scalar" && isInside(name))),
    known,
    (name, hint) =>
      report(
        "EDDY_TEST_NODE",
        "error",
        name.range,
        `There is no node "${name.text}" for this test. ${hint}`,
        {
          fixes: replacements(name.range, closest(name.text, known)),
        },
      ),
  );
  return [...unknown, ...steps.flatMap((step) => unknownPort(context, step))];
}

function unknownPort({ steps }: CheckContext, step: SourceValue): readonly Problem[] {
  const [node, port] = ["node", "port"].map((key) => entryOf(asMap(step), key)?.value);
  if (node?.kind !== "scalar" || port?.kind !== "scalar") return [];
  const known = steps.get(node.text);
  // Of a type that is not known, nobody knows the outputs.
  if (!known?.descriptor || port.text === "error" || known.outputs.has(port.text)) return [];
  const outputs = [...known.outputs, "error"];
  const hint = suggestion(closest(port.text, outputs), outputs);
  const message = `"${node.text}" has no output "${port.text}". ${hint}`;
  return [
    report("EDDY_TEST_PORT", "error", port.range, message, {
      fixes: replacements(port.range, closest(port.text, outputs)),
    }),
  ];
}

/** Nodes that groups frame and that do not exist. */
export function checkGroups(context: CheckContext): readonly Problem[] {
  const { workflow, root } = context;
  const known = [...workflow.nodes.keys()];
  const groups = asMap(entryOf(root, "groups")?.value)?.entries ?? [];
  const members = groups.flatMap(({ value }) => items(entryOf(asMap(value), "nodes")?.value));
  return unknownNodes(context, members, known, (name, hint) =>
    report("EDDY_GROUP_MEMBER", "warning", name.range, `There is no node "${name.text}" to frame. ${hint}`, {
      fixes: replacements(name.range, closest(name.text, known)),
    }),
  );
}

/** Names of the workflow's own ports and params that mean something else too, and inputs that nothing takes. */
export function checkOwnNames({ workflow }: CheckContext): readonly Problem[] {
  const taken = new Set([...workflow.nodes.values()].flatMap(({ from }) => from.map(({ node }) => node)));
  for (const { from } of workflow.outputs.values()) for (const { node } of from) taken.add(node);
  const inputs = [...workflow.inputs.values()].flatMap(({ name: { value, range } }) => {
    if (workflow.nodes.has(value)) {
      const message = `"${value}" is an input and a node, so a wire from it could mean either: rename one of them.`;
      return [report("EDDY_DUPLICATE_ID", "error", range, message)];
    }
    if (value === "any") {
      const message = `"any" stands for every node (any.error): choose another name for this input.`;
      return [report("EDDY_RESERVED_NAME", "error", range, message)];
    }
    if (taken.has(value)) return [];
    const message = `Nothing takes the input "${value}": wire a node to it with from: ${value}, or remove it.`;
    return [report("EDDY_INPUT_UNUSED", "hint", range, message)];
  });
  const outputs = [...workflow.outputs.values()].flatMap(({ name: { value, range } }) => {
    const message = `Every node has an output "error" already: choose another name for this one.`;
    return value === "error" ? [report("EDDY_RESERVED_NAME", "error", range, message)] : [];
  });
  const reserved: readonly string[] = reservedNodeKeys;
  const params = [...workflow.params.values()].flatMap(({ name: { value, range } }) => {
    const message = `"${value}" is a key of every node, so it cannot be a param of one: choose another name.`;
    return reserved.includes(value) ? [report("EDDY_RESERVED_NAME", "error", range, message)] : [];
  });
  return [...inputs, ...outputs, ...params];
}

/** An id that devices do not take: it names folders and topics there. */
export function checkWorkflowId({ workflow, root }: CheckContext): readonly Problem[] {
  if (idPattern.test(workflow.id)) return [];
  const written = entryOf(root, "id");
  const range = written?.value.range ?? { start: 0, end: 0 };
  const where = written
    ? `The id "${workflow.id}"`
    : `The name of the file gives the id "${workflow.id}", which`;
  const message = `${where} cannot be used on devices: set id: to letters, digits, dots, dashes and underscores (128 at most), a letter or digit first.`;
  return [report("EDDY_WORKFLOW_ID", "error", range, message)];
}

/** The ids that an artifact's manifest takes. */
const idPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

function unknownNodes(
  { unreadNodes }: CheckContext,
  names: readonly (SourceValue | undefined)[],
  known: readonly string[],
  describe: (name: SourceScalar, hint: string) => Problem,
): readonly Problem[] {
  const all = new Set(known);
  return names.flatMap((name) => {
    if (name?.kind !== "scalar" || name.text === "" || all.has(name.text) || unreadNodes.has(name.text))
      return [];
    return [describe(name, suggestion(closest(name.text, known), known))];
  });
}

function items(value: SourceValue | undefined): readonly SourceValue[] {
  return value?.kind === "list" ? value.items : [];
}

function asMap(value: SourceValue | undefined): SourceMap | undefined {
  return value?.kind === "map" ? value : undefined;
}
