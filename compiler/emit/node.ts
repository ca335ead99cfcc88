import { MappedText } from "../../language/mapped-text.ts";
import type { InlineTemplate } from "../../runtime/engine/contract.ts";
import { implementationOf } from "../implementations.ts";
import { type CheckNames, checkText } from "../payload/check.ts";
import type { Shapes } from "../payload/shape.ts";
import type { PlannedNode } from "../plan.ts";
import { inlineBody } from "./inline.ts";
import type { ModuleScope } from "./scope.ts";
import { paramsObject, propertyName, type ValueContext } from "./values.ts";
import { outBody, outName } from "./wires.ts";

/** What one node is in the emitted code. */
export interface EmittedNode {
  readonly id: string;
  /** What is made once, before anything runs; assigned to `name` where it has one. */
  readonly made: readonly { readonly name?: string; readonly value: MappedText }[];
  readonly functions: readonly MappedText[];
}

export interface NodeOptions {
  /** The node type's template, where it has one. */
  readonly template: InlineTemplate | undefined;
  /** What its `output:` says of the payload, where that is checked when messages come in. */
  readonly payload: Shapes | undefined;
  /** Every node is a node of its own, and nothing that it hands on can be changed. */
  readonly isDebug: boolean;
  /** The host may give something else for the implementation of a node. */
  readonly isTest: boolean;
}

/** Pure. */
export function emitNode(
  node: PlannedNode,
  scope: ModuleScope,
  context: ValueContext,
  options: NodeOptions,
): EmittedNode {
  const { template, isDebug } = options;
  const body = template && !isDebug && inlineBody(node, template, scope, context);
  if (body) {
    const outs = node.ports.filter(({ targets }) => targets.length > 1);
    return {
      id: node.id,
      made: [],
      functions: [nodeFunction(node, body, scope), ...outs.map((port) => outFunction(node, port, scope))],
    };
  }
  return linked(node, scope, context, options);
}

/** A node that is run by its implementation: the engine makes it, and hands it a function for each output. */
function linked(
  node: PlannedNode,
  scope: ModuleScope,
  context: ValueContext,
  { isDebug, isTest, payload }: NodeOptions,
): EmittedNode {
  const { names } = scope;
  const { timing } = node.descriptor;
  const ports = node.ports.map((port) => `${propertyName(port.name)}: ${outName(node, port, names)}`);
  const outputs = ports.length === 0 ? "{}" : `{ ${ports.join(", ")} }`;
  const freeze = isDebug && node.ports.length > 0 ? [freezing(scope)] : [];
  const value = MappedText.of(
    `${scope.engine(timing)}(${names.engine}, ${node.index}, ${implementationText(node, scope, isTest)}, `,
    paramsObject(node.descriptor.params, node.node.params, context),
    `, ${outputs}`,
    timing === "asynchronous" && spills(node) ? `, ${scope.engine("openSpill")})` : ")",
  );
  return {
    id: node.id,
    made: [timing === "trigger" ? { value } : { name: names.of("node", node.id), value }],
    functions: [
      ...node.ports.map((port) =>
        outFunction(node, port, scope, [
          ...freeze,
          ...(port.name === "out" && payload ? [checkCall(node, scope)] : []),
        ]),
      ),
      ...(payload ? [MappedText.of(checkText(payload, checkNames(node, scope)))] : []),
    ],
  };
}

/** For debugging: the statement by which whoever changes a message is found. */
export function freezing(scope: ModuleScope): string {
  return `${scope.engine("freeze")}(msg);`;
}

function implementationText(node: PlannedNode, scope: ModuleScope, isTest: boolean): string {
  const type = node.node.type.value;
  const implementation = scope.type(type, implementationOf(node));
  return isTest
    ? `${scope.names.engine}.host.instead(${JSON.stringify(type)}, ${implementation})`
    : implementation;
}

function checkNames({ id }: PlannedNode, scope: ModuleScope): CheckNames {
  return { check: scope.names.of("payload", id), unfit: scope.engine("unfit") };
}

function checkCall(node: PlannedNode, scope: ModuleScope): string {
  return `${checkNames(node, scope).check}(msg.payload);`;
}

function spills({ node, instance }: PlannedNode): boolean {
  let root = instance;
  while (root.parent) root = root.parent.instance;
  return (node.settings.queue ?? root.workflow.settings.queue).overflow === "spill";
}

/** It never throws, as no node's input does: a caller goes on to the next wire without more ado. */
function nodeFunction(node: PlannedNode, body: MappedText, scope: ModuleScope): MappedText {
  const { engine } = scope.names;
  return functionText(node, scope.names.of("node", node.id), [
    `if (${engine}.watching) ${engine}.enter(${node.index});`,
    "try {",
    MappedText.of("  ", body),
    `} catch (error) { ${engine}.failed(${node.index}, msg, error); }`,
  ]);
}

function outFunction(
  node: PlannedNode,
  port: PlannedNode["ports"][number],
  scope: ModuleScope,
  before: readonly string[] = [],
): MappedText {
  return functionText(node, outName(node, port, scope.names), [...before, ...outBody(port, scope)]);
}

/** Its name stands for the node's id in the file, which is how stack traces find the line. */
function functionText(
  node: PlannedNode,
  name: string,
  statements: readonly (string | MappedText)[],
): MappedText {
  return MappedText.of(
    "function ",
    MappedText.at(name, node.instance.file, node.node.idRange.start),
    "(msg) {\n",
    ...statements.map((statement) => MappedText.of("  ", statement, "\n")),
    "}\n",
  );
}
