import { type CheckContext, createContext, type ReadParam } from "../checks/context.ts";
import { writtenWires } from "../edits/wires.ts";
import { memberUses, templateMemberUses } from "../expression-text.ts";
import type { Range, SourceEntry, SourceScalar, SourceValue } from "../model.ts";
import { testParts } from "../parse/tests.ts";
import { isElsewhere, readTypeReference } from "../resolve-paths.ts";
import { sourceRange } from "../source-range.ts";
import type { Analysis } from "./analysis.ts";

export type NameKind =
  | "node"
  | "port"
  | "input"
  | "output"
  | "param"
  | "connection"
  | "env"
  | "secrets"
  | "state"
  | "file";

/** What a name stands for: two places with the same file, kind, owner and name are about the same thing. */
export interface Name {
  readonly kind: NameKind;
  /** The path of the file that declares it. */
  readonly file: string;
  readonly name: string;
  /** The node that a port belongs to. */
  readonly owner?: string;
}

/** A place where a name stands in a text. */
export interface NameUse {
  readonly name: Name;
  /** Of the name itself, without quotes; empty behind a reference where the port `out` goes without saying. */
  readonly range: Range;
  readonly isDeclaration: boolean;
  /** `env.X`: where it stands in TypeScript the name has to be an identifier. */
  readonly inCode?: boolean;
}

/** Every name that a workflow declares or uses, in the order in which they are found. */
export function namesOf(analysis: Analysis): readonly NameUse[] {
  const context = createContext(analysis.parsed, analysis.catalog);
  return new NameReader(analysis, context).read();
}

/** The name at an offset, the narrowest where several are. */
export function nameAt(uses: readonly NameUse[], offset: number): NameUse | undefined {
  return uses
    .filter(({ range }) => range.start < range.end && range.start <= offset && offset <= range.end)
    .toSorted((one, other) => one.range.end - one.range.start - (other.range.end - other.range.start))[0];
}

export function isSameName(one: Name, other: Name): boolean {
  return (
    one.kind === other.kind && one.name === other.name && one.file === other.file && one.owner === other.owner
  );
}

const roots = { env: "env", secrets: "secrets", state: "state", params: "param" } as const;
const rootNames: ReadonlySet<string> = new Set(Object.keys(roots));

class NameReader {
  readonly #analysis: Analysis;
  readonly #context: CheckContext;
  readonly #uses: NameUse[] = [];

  constructor(analysis: Analysis, context: CheckContext) {
    this.#analysis = analysis;
    this.#context = context;
  }

  read(): readonly NameUse[] {
    const { workflow } = this.#analysis.parsed;
    for (const section of ["env", "secrets", "state"] as const)
      for (const { name } of workflow[section].values()) this.#declare(section, name);
    for (const { name } of workflow.connections.values()) this.#declare("connection", name);
    for (const { name } of workflow.inputs.values()) this.#declare("input", name);
    for (const { name } of workflow.outputs.values()) this.#declare("output", name);
    for (const { name } of workflow.params.values()) this.#declare("param", name);
    for (const entry of this.#entries("nodes")) this.#node(entry);
    for (const entry of this.#entries("outputs")) this.#wires(entry, undefined);
    for (const { params } of this.#context.connections) this.#params(params);
    if (workflow.script) this.#code(workflow.script, "code");
    for (const mention of this.#mentions()) this.#mention(mention);
    return this.#uses;
  }

  #declare(kind: NameKind, { value, range }: { readonly value: string; readonly range: Range }): void {
    const { file } = this.#analysis;
    this.#add({ kind, file, name: value }, this.#keyRange(value, range), true);
  }

  #add(name: Name, range: Range, isDeclaration: boolean, inCode = false): void {
    this.#uses.push({ name, range, isDeclaration, ...(inCode ? { inCode } : {}) });
  }

  /** Without the quotes. */
  #keyRange(name: string, { start, end }: Range): Range {
    const { text } = this.#analysis;
    return /["']/.test(text[start] ?? "") &&
      text.startsWith(name, start + 1) &&
      end - start === name.length + 2
      ? { start: start + 1, end: end - 1 }
      : { start, end };
  }

  #node(entry: SourceEntry): void {
    const { file, parsed } = this.#analysis;
    const node = parsed.workflow.nodes.get(entry.key.value);
    if (node === undefined) return;
    this.#declare("node", entry.key);
    const target = this.#fileOf(node.id);
    if (target !== undefined) this.#add({ kind: "file", file: target, name: target }, node.type.range, false);
    this.#wires(entry, target);
    const step = this.#context.steps.get(node.id);
    this.#params(step?.params ?? []);
    if (target !== undefined) {
      for (const { key } of node.params.values())
        this.#add(
          { kind: "param", file: target, name: key.value },
          this.#keyRange(key.value, key.range),
          false,
        );
    }
    const named = step?.descriptor?.outputsFrom;
    const ports = named && node.params.get(named.param)?.value;
    for (const { value, range } of portNames(ports))
      this.#add({ kind: "port", file, owner: node.id, name: value }, this.#keyRange(value, range), true);
  }

  /** The subflow or own node that is the type of a node. */
  #fileOf(id: string): string | undefined {
    const { file, parsed } = this.#analysis;
    const type = parsed.workflow.nodes.get(id)?.type.value ?? "";
    if (!isElsewhere(type)) return undefined;
    const reference = readTypeReference(type, file, "");
    return reference.kind === "subflow" || reference.kind === "own" ? reference.path : undefined;
  }

  #wires(owner: SourceEntry, target: string | undefined): void {
    const { file, parsed, catalog } = this.#analysis;
    const from =
      owner.value.kind === "map" ? owner.value.entries.find(({ key }) => key.value === "from") : undefined;
    if (target !== undefined && from?.value.kind === "map") {
      for (const { key } of from.value.entries)
        this.#add(
          { kind: "input", file: target, name: key.value },
          this.#keyRange(key.value, key.range),
          false,
        );
    }
    for (const { scalar, end } of writtenWires(owner)) {
      const start = scalar.text.length - scalar.text.trimStart().length;
      const behind = start + end.node.length;
      const isInput = !parsed.workflow.nodes.has(end.node) && parsed.workflow.inputs.has(end.node);
      if (end.node !== "any") {
        const kind = isInput ? "input" : "node";
        this.#add({ kind, file, name: end.node }, sourceRange(scalar, start, behind), false);
      }
      const node = parsed.workflow.nodes.get(end.node);
      if (node === undefined) continue;
      const written = scalar.text[behind] === ".";
      const wireEnd = sourceRange(scalar, behind, behind);
      const range = written
        ? sourceRange(scalar, behind + 1, behind + 1 + end.port.length)
        : { start: wireEnd.end, end: wireEnd.end };
      const subflow = this.#fileOf(node.id);
      const isFixed = catalog.nodes.get(node.type.value)?.outputsFrom === undefined || end.port === "error";
      if (subflow !== undefined && end.port !== "error")
        this.#add({ kind: "output", file: subflow, name: end.port }, range, false);
      else if (written || !isFixed)
        this.#add({ kind: "port", file, owner: node.id, name: end.port }, range, false);
    }
  }

  #params(params: readonly ReadParam[]): void {
    const { file } = this.#analysis;
    for (const { entry, descriptor, leaves } of params) {
      for (const leaf of leaves) {
        if (leaf.kind === "connection")
          this.#add({ kind: "connection", file, name: leaf.source.text }, innerRange(leaf.source), false);
        else if (leaf.kind === "template") this.#code(leaf.source, "template");
        else if (leaf.kind === "expression" || leaf.kind === "code") this.#code(leaf.source, "code");
      }
      if (descriptor?.kind === "record" && descriptor.keys === "state" && entry.value.kind === "map") {
        for (const { key } of entry.value.entries)
          this.#add({ kind: "state", file, name: key.value }, this.#keyRange(key.value, key.range), false);
      }
    }
  }

  #code(source: SourceScalar, language: "code" | "template"): void {
    const { file } = this.#analysis;
    const read = language === "code" ? memberUses : templateMemberUses;
    for (const { root, name, start, end } of read(source.text, rootNames).uses)
      if (isRoot(root))
        this.#add({ kind: roots[root], file, name }, sourceRange(source, start, end), false, true);
  }

  #mention(scalar: SourceScalar): void {
    const { file, parsed } = this.#analysis;
    const { workflow } = parsed;
    const { text: name } = scalar;
    if (name === "") return;
    const kind = workflow.nodes.has(name)
      ? "node"
      : workflow.inputs.has(name)
        ? "input"
        : workflow.outputs.has(name)
          ? "output"
          : "node";
    this.#add({ kind, file, name }, innerRange(scalar), false);
  }

  /** Where tests and groups name a node. */
  #mentions(): readonly SourceScalar[] {
    const groups = this.#entries("groups").flatMap(({ value }) => itemsOf(memberOf(value, "nodes")));
    const root = this.#context.root?.entries.find(({ key }) => key.value === "tests")?.value;
    const steps = itemsOf(root).flatMap((test) => testParts.flatMap((part) => itemsOf(memberOf(test, part))));
    return [...groups, ...steps.map((step) => memberOf(step, "node"))].flatMap((value) =>
      value?.kind === "scalar" ? [value] : [],
    );
  }

  #entries(section: string): readonly SourceEntry[] {
    const value = this.#context.root?.entries.find(({ key }) => key.value === section)?.value;
    return value?.kind === "map" ? value.entries : [];
  }
}

function isRoot(root: string): root is keyof typeof roots {
  return rootNames.has(root);
}

/** The text of a scalar without its quotes. */
function innerRange(scalar: SourceScalar): Range {
  return sourceRange(scalar, 0, scalar.text.length);
}

function portNames(
  value: SourceValue | undefined,
): readonly { readonly value: string; readonly range: Range }[] {
  if (value?.kind === "map") return value.entries.map(({ key }) => key);
  const items = value?.kind === "list" ? value.items : value === undefined ? [] : [value];
  return items.flatMap((item) =>
    item.kind === "scalar" ? [{ value: item.text, range: innerRange(item) }] : [],
  );
}

function itemsOf(value: SourceValue | undefined): readonly SourceValue[] {
  return value?.kind === "list" ? value.items : [];
}

function memberOf(value: SourceValue | undefined, key: string): SourceValue | undefined {
  return value?.kind === "map" ? value.entries.find((entry) => entry.key.value === key)?.value : undefined;
}
