import type TypeScript from "typescript";
import type { NodeDescriptor } from "../catalog.ts";
import type { SourceFile } from "../mapped-text.ts";
import type { Wire, WorkflowNode } from "../model.ts";
import type { TypeScriptModule } from "../own-node.ts";
import { inputPorts, outputPorts } from "../ports.ts";
import type { TypeRequest } from "./contract.ts";
import { type Finding, FindingWriter } from "./findings.ts";
import { type Suspect, trialsOf, withGuiltyWires } from "./guilty-wires.ts";
import { type NodeFile, nodeFile } from "./node-file.ts";
import { brokenPort, errorPort, OutputReader, type PortText } from "./outputs.ts";
import { type GeneratedFiles, generatedPath } from "./program.ts";
import type { SignatureShape } from "./signatures.ts";
import type { SnippetReader } from "./snippets.ts";
import { isQuiet, type VirtualText } from "./virtual-text.ts";
import { declaredPort, type InputText, joinWires, loopsOf, sourcesOf } from "./wires.ts";

/** What the checking of a generated file has found; kept while its text stays the same. */
export interface FileResult {
  readonly key: string;
  readonly findings: readonly Finding[];
  readonly ports: ReadonlyMap<string, PortText>;
}

/** A signature that nodes call, and the module that it comes from. */
export interface KnownSignature {
  readonly shape: SignatureShape | undefined;
  readonly module: string | undefined;
}

/** What the checks of nodes share. */
export interface RunContext {
  readonly ts: TypeScriptModule;
  readonly files: GeneratedFiles;
  readonly snippets: SnippetReader;
  readonly request: TypeRequest;
  readonly file: SourceFile;
  readonly imports: string;
  readonly signature: (type: string) => KnownSignature | undefined;
  /** Nodes of which something cannot be read, which is told by itself. */
  readonly broken: ReadonlySet<string>;
  /** Results of the check before, by the name of the generated file. */
  readonly known: Map<string, FileResult>;
}

/** A node that has been looked at. */
export interface CheckedNode {
  readonly node: WorkflowNode;
  readonly file: NodeFile | undefined;
  readonly findings: readonly Finding[];
  readonly ports: ReadonlyMap<string, PortText>;
  readonly inputs: ReadonlyMap<string, InputText>;
  /** What is wrong was found at a node before, or its types cannot be told. */
  readonly isBroken: boolean;
}

interface Pending {
  readonly node: WorkflowNode;
  readonly descriptor: NodeDescriptor;
  readonly inputs: ReadonlyMap<string, InputText>;
  readonly file: NodeFile;
  readonly key: string;
}

interface Checked {
  readonly one: Pending;
  readonly result: FileResult;
}

/** Checks the nodes of a workflow, each after those that its messages come from. */
export class Run {
  readonly nodes = new Map<string, CheckedNode>();
  /** Wires that close a loop of which no node says what it gives. */
  readonly openLoops: { readonly node: WorkflowNode; readonly wire: Wire }[] = [];
  isComplete = true;
  readonly #context: RunContext;
  /** What loops are taken to give, before the node that declares it has been checked. */
  readonly #declared = new Map<string, PortText>();
  readonly #ignored = new Set<Wire>();
  readonly #arrived = new Set<Wire>();

  constructor(context: RunContext) {
    this.#context = context;
  }

  run(): void {
    const { parsed } = this.#context.request;
    const { nodes } = parsed.workflow;
    const waiting = new Map(
      [...nodes.values()].map((node) => [node.id, sourcesOf(node, nodes).length] as const),
    );
    const followers = followersOf(nodes);
    let ready = [...nodes.values()].filter(({ id }) => waiting.get(id) === 0);
    const done = (id: string, next: WorkflowNode[]) => {
      for (const edge of followers.get(id) ?? []) this.#arrive(edge, waiting, next);
    };
    let pending: Pending[] = [];
    while (this.nodes.size < nodes.size) {
      if (this.#context.request.isCancelled?.()) {
        this.isComplete = false;
        return;
      }
      const next: WorkflowNode[] = [];
      for (const node of ready) {
        const open = this.#begin(node);
        if (open) pending.push(open);
        else done(node.id, next);
      }
      if (next.length === 0 && pending.length > 0) {
        const checked = pending;
        pending = [];
        this.#checkAll(checked);
        for (const { node } of checked) done(node.id, next);
      }
      if (next.length === 0 && pending.length === 0 && this.nodes.size < nodes.size) {
        if (!this.#openLoop(waiting, followers, next)) break;
      }
      ready = next;
    }
  }

  /** What comes in by each input of a node. */
  inputsOf(node: WorkflowNode, descriptor: NodeDescriptor): ReadonlyMap<string, InputText> {
    const { workflow } = this.#context.request.parsed;
    const isStrict = workflow.settings.types === "strict";
    const wired = inputPorts(node, descriptor).map((input) => {
      const wires = node.from.filter((wire) => wire.input === input || descriptor.inputs === "single");
      return [input, wires.flatMap((wire) => this.portOf(wire) ?? [])] as const;
    });
    return new Map(
      wired
        .filter(([, ports]) => ports.length > 0 || descriptor.inputs === "single")
        .map(([input, ports]) => [input, joinWires(ports, isStrict)]),
    );
  }

  /** What comes by a wire; undefined where nothing can, since the node is not there or disabled. */
  portOf(wire: Wire): PortText | undefined {
    const { workflow } = this.#context.request.parsed;
    if (wire.node === "any" || wire.port === "error") return errorPort;
    const input = workflow.inputs.get(wire.node);
    if (input) return this.#isType(input.type) ? declaredPort(input.type) : brokenPort;
    const source = workflow.nodes.get(wire.node);
    if (!source || source.disabled) return undefined;
    if (this.#ignored.has(wire)) return brokenPort;
    const declared = wire.port === "out" ? this.#declared.get(wire.node) : undefined;
    return declared ?? this.nodes.get(wire.node)?.ports.get(wire.port) ?? brokenPort;
  }

  /** The file of a node with all that is half typed left in. */
  rawFile(node: WorkflowNode): NodeFile | undefined {
    const descriptor = this.#context.request.catalog.nodes.get(node.type.value);
    const inputs = this.nodes.get(node.id)?.inputs;
    return descriptor && this.#fileOf(node, descriptor, inputs ?? this.inputsOf(node, descriptor), true);
  }

  #isType(text: string): boolean {
    return text.trim() !== "" && !this.#context.snippets.read("type", text).error;
  }

  /** Takes over what is known, or says what has to be checked. */
  #begin(node: WorkflowNode): Pending | undefined {
    const { request } = this.#context;
    const descriptor = request.catalog.nodes.get(node.type.value);
    if (!descriptor) {
      this.#finish(node, undefined, { key: "", findings: [], ports: new Map() }, new Map());
      return undefined;
    }
    const inputs = this.inputsOf(node, descriptor);
    const file = this.#fileOf(node, descriptor, inputs, false);
    const key = `${file.text.toString()}\0${originOf(node)}${this.#wiresKey(node)}`;
    const known = this.#context.known.get(node.id);
    if (known?.key !== key) return { node, descriptor, inputs, file, key };
    this.#finish(node, file, known, inputs);
    return undefined;
  }

  /** Errors are told of wires, so that it matters which of several brings what. */
  #wiresKey({ from }: WorkflowNode): string {
    if (from.length < 2) return "";
    const told = from.map((wire) => [wire.node, wire.port, wire.input, this.portOf(wire)]);
    return `\0${JSON.stringify(told)}`;
  }

  #fileOf(
    node: WorkflowNode,
    descriptor: NodeDescriptor,
    inputs: ReadonlyMap<string, InputText>,
    isRaw: boolean,
  ): NodeFile {
    const { imports, file, snippets, signature } = this.#context;
    const known = signature(node.type.value);
    return nodeFile({
      node,
      descriptor,
      signature: known?.shape,
      module: known?.module,
      inputs: new Map([...inputs].map(([port, { message }]) => [port, message])),
      imports,
      file,
      snippets,
      isRaw,
    });
  }

  #checkAll(pending: readonly Pending[]): void {
    const again = this.#checkOnce(pending, true);
    // What comes in cannot be written down for these, so that nothing is known of it.
    if (again.length === 0) return;
    const without = again.map((one): Pending => {
      const inputs = new Map([...one.inputs].map(([port]) => [port, joinWires([], false)]));
      return { ...one, inputs, file: this.#fileOf(one.node, one.descriptor, inputs, false) };
    });
    this.#checkOnce(without, false);
  }

  #checkOnce(pending: readonly Pending[], mayBeWithout: boolean): readonly Pending[] {
    const { files, request } = this.#context;
    const path = (node: WorkflowNode) => generatedPath(request.file, `node-${node.id}`);
    for (const { node, file } of pending) files.set(path(node), file.text.toString());
    const program = files.program(pending.map(({ node }) => path(node)));
    const again: Pending[] = [];
    const checked: Checked[] = [];
    for (const one of pending) {
      const { node, descriptor, file, key, inputs } = one;
      const source = program.getSourceFile(path(node));
      if (!source) continue;
      const found = withinStack(() => program.getSemanticDiagnostics(source));
      if (!found) {
        this.#finish(node, undefined, { key, findings: [], ports: new Map() }, inputs);
        continue;
      }
      if (mayBeWithout && found.some(({ start = 0 }) => start >= file.head.start && start < file.head.end)) {
        again.push(one);
        continue;
      }
      const findings = this.#findings(one, program, source, found);
      const reader = new OutputReader(this.#context.ts, program.getTypeChecker(), source);
      checked.push({
        one,
        result: { key, findings, ports: reader.ports(outputPorts(node, descriptor), file) },
      });
    }
    for (const { one, result } of this.#withGuiltyWires(checked)) {
      this.#context.known.set(one.node.id, result);
      this.#finish(one.node, one.file, result, one.inputs);
    }
    return again;
  }

  #findings(
    { node, file }: Pick<Pending, "node" | "file">,
    program: TypeScript.Program,
    source: TypeScript.SourceFile,
    found: readonly TypeScript.Diagnostic[],
  ): readonly Finding[] {
    const origin = { from: originOf(node), type: node.type.value };
    const writer = new FindingWriter(this.#context.ts, program, source, file, origin);
    return found.flatMap((one) => {
      const { start = 0 } = one;
      return start < file.head.start || isQuiet(file, start) ? [] : (writer.finding(one) ?? []);
    });
  }

  /** Checks nodes in error once more, with what single wires bring. */
  #withGuiltyWires(checked: readonly Checked[]): readonly Checked[] {
    const { files, request } = this.#context;
    const isStrict = request.parsed.workflow.settings.types === "strict";
    const suspects = checked.map(({ one, result: { findings } }) => {
      const suspect = this.#suspect(one, findings);
      const trials = (findings.length === 0 ? [] : trialsOf(suspect, isStrict)).map((trial, index) => {
        const path = generatedPath(request.file, `node-${one.node.id}~${index}`);
        files.set(path, trial.file.text.toString());
        return { ...trial, path };
      });
      return { suspect, trials };
    });
    const paths = suspects.flatMap(({ trials }) => trials.map(({ path }) => path));
    if (paths.length === 0) return checked;
    const program = files.program(paths);
    const told = checked.map(({ one, result }, index): Checked => {
      const { suspect, trials = [] } = suspects[index] ?? {};
      if (!suspect || trials.length === 0) return { one, result };
      const left = trials.map(({ path, file }) => {
        const source = program.getSourceFile(path);
        const found = source && withinStack(() => program.getSemanticDiagnostics(source));
        return source && found ? this.#findings({ node: one.node, file }, program, source, found) : [];
      });
      return { one, result: { ...result, findings: withGuiltyWires(suspect, trials, left) } };
    });
    for (const path of paths) files.delete(path);
    return told;
  }

  #suspect({ node, descriptor, inputs, file }: Pending, findings: readonly Finding[]): Suspect {
    const wires = node.from.flatMap((wire) => {
      const port = this.portOf(wire);
      return port ? [{ wire, port }] : [];
    });
    const fileWith: Suspect["fileWith"] = (others) => this.#fileOf(node, descriptor, others, false);
    return { wires, inputs, file, findings, fileWith };
  }

  #finish(
    node: WorkflowNode,
    file: NodeFile | undefined,
    { findings, ports }: FileResult,
    inputs: ReadonlyMap<string, InputText>,
  ): void {
    const isBroken =
      file === undefined ||
      findings.length > 0 ||
      this.#context.broken.has(node.id) ||
      [...inputs.values()].some((input) => input.isBroken);
    const told = new Map(
      [...ports].map(([name, port]) => [name, isBroken && port.isAny ? { ...port, isBroken: true } : port]),
    );
    this.nodes.set(node.id, { node, file, findings, ports: told, inputs, isBroken });
  }

  /** Takes for granted what one node of a loop declares to give; where none does, one wire is left out and told. */
  #openLoop(
    waiting: Map<string, number>,
    followers: ReadonlyMap<string, readonly Following[]>,
    next: WorkflowNode[],
  ): boolean {
    const { workflow } = this.#context.request.parsed;
    const stuck = (id: string) => !this.nodes.has(id) && (waiting.get(id) ?? 0) > 0;
    for (const loop of loopsOf(workflow)) {
      const members = [...loop].filter(stuck);
      if (members.length === 0) continue;
      const speaker = members
        .map((id) => workflow.nodes.get(id))
        .find((node) => node?.output && !this.#declared.has(node.id) && this.#isType(node.output.text));
      if (speaker?.output) {
        this.#declared.set(speaker.id, declaredPort(speaker.output.text));
        for (const edge of followers.get(speaker.id) ?? [])
          if (edge.wire.port === "out") this.#arrive(edge, waiting, next);
        return true;
      }
      for (const id of members) {
        const node = workflow.nodes.get(id);
        const wire = node?.from.find(
          (one) => loop.has(one.node) && stuck(one.node) && !this.#ignored.has(one),
        );
        if (!node || !wire) continue;
        this.#ignored.add(wire);
        this.openLoops.push({ node, wire });
        this.#arrive({ node, wire }, waiting, next);
        return true;
      }
    }
    return false;
  }

  /** What comes by a wire is known; each wire counts once. */
  #arrive({ node, wire }: Following, waiting: Map<string, number>, next: WorkflowNode[]): void {
    if (this.#arrived.has(wire)) return;
    this.#arrived.add(wire);
    const left = (waiting.get(node.id) ?? 0) - 1;
    waiting.set(node.id, left);
    if (left === 0) next.push(node);
  }
}

interface Following {
  readonly node: WorkflowNode;
  readonly wire: Wire;
}

/** By node: the wires that lead on from it. */
function followersOf(nodes: ReadonlyMap<string, WorkflowNode>): ReadonlyMap<string, readonly Following[]> {
  const followers = new Map<string, Following[]>();
  for (const node of nodes.values()) {
    for (const wire of sourcesOf(node, nodes)) {
      const list = followers.get(wire.node);
      if (list) list.push({ node, wire });
      else followers.set(wire.node, [{ node, wire }]);
    }
  }
  return followers;
}

/** The nodes that the messages of a node come from, as sentences name them. */
export function originOf({ from }: WorkflowNode): string | undefined {
  const names = [...new Set(from.map(({ node, port }) => (port === "out" ? node : `${node}.${port}`)))];
  if (names.length === 0) return undefined;
  if (names.length > 4) return `${names.length} nodes`;
  const quoted = names.map((name) => `"${name}"`);
  const last = quoted.pop() ?? "";
  return quoted.length === 0 ? last : `${quoted.join(", ")} and ${last}`;
}

/** TypeScript recurses: where a type is without end, it runs out of stack, and nothing can be said. */
export function withinStack<Answer>(ask: () => Answer): Answer | undefined {
  try {
    return ask();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return undefined;
  }
}

/** A generated file that is no node's, checked. */
export function checkFile(
  { ts, files, known, request }: Pick<RunContext, "ts" | "files" | "known" | "request">,
  name: string,
  virtual: VirtualText,
  surroundings: string,
): FileResult {
  const path = generatedPath(request.file, name);
  const text = virtual.text.toString();
  files.set(path, text);
  const key = `${text}\0${surroundings}`;
  const before = known.get(`:${name}`);
  if (before?.key === key) return before;
  const program = files.program([path]);
  const source = program.getSourceFile(path);
  const found = (source && withinStack(() => program.getSemanticDiagnostics(source))) ?? [];
  const writer =
    source &&
    new FindingWriter(ts, program, source, virtual, {
      from: undefined,
      type: name === "workflow" ? "the connection" : name,
    });
  const result = { key, findings: found.flatMap((one) => writer?.finding(one) ?? []), ports: new Map() };
  known.set(`:${name}`, result);
  return result;
}
