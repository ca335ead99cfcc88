import type { ParamDescriptor } from "../catalog.ts";
import { templateParts } from "../expression-text.ts";
import { readLiteral } from "../literals.ts";
import type { SourceEntry, SourceScalar, SourceValue } from "../model.ts";
import { ownProperty, readParam } from "../params.ts";
import { outputPorts } from "../ports.ts";
import { sourceRange } from "../source-range.ts";
import type { NodeFileRequest } from "./node-file.ts";
import type { PayloadPath } from "./payload-paths.ts";
import type { SignatureParam, SignatureShape } from "./signatures.ts";
import type { SnippetKind } from "./snippets.ts";
import { propertyName } from "./template-text.ts";
import type { SlotRole, VirtualTextBuilder } from "./virtual-text.ts";

type Of<Kind extends ParamDescriptor["kind"]> = Extract<ParamDescriptor, { kind: Kind }>;

interface Surroundings {
  /** The value whose type `output:` declares. */
  readonly declared: string | undefined;
  /** The same for the port that a plain `return` goes to. */
  readonly returned: string | undefined;
  /** The type of `msg` where no signature says it. */
  readonly message: string;
}

/** Where an expression stands: its param, what decides on its form, and what it may be. */
interface Place {
  readonly name: string;
  readonly isCase?: boolean;
  /** The type that an expression has to have, where the signature does not say it. */
  readonly annotation?: string;
  readonly role?: SlotRole;
}

/** An argument of `emit`. The port is `*` where it is chosen at run time, undefined for the first. */
export interface Emitted {
  readonly start: number;
  readonly end: number;
  readonly port: string | undefined;
}

/** Writes the params of a node as the object that its signature takes. */
export class ParamWriter {
  /** Whether the declared type of `output:` is checked within the params. */
  tookDeclared = false;
  /** What code gives to `emit`: where it stands in the file, and for which port. */
  readonly emitted: Emitted[] = [];
  readonly #request: NodeFileRequest;
  readonly #builder: VirtualTextBuilder;
  readonly #surroundings: Surroundings;
  #signature: SignatureShape | undefined;
  #locals = 0;

  constructor(request: NodeFileRequest, builder: VirtualTextBuilder, surroundings: Surroundings) {
    this.#request = request;
    this.#builder = builder;
    this.#surroundings = surroundings;
  }

  write(signature: SignatureShape | undefined): void {
    const { node, descriptor } = this.#request;
    this.#signature = signature;
    this.#builder.add("{\n");
    for (const [name, param] of Object.entries(descriptor.params)) {
      const known = signature?.params.get(name);
      // What the signature does not take has no effect on types.
      if (signature && !known) continue;
      this.#member(name, param, node.params.get(name)?.value, known);
    }
    const { declared } = this.#surroundings;
    if (declared !== undefined && signature?.params.has("output")) {
      this.#builder.add(`  output: ${declared},\n`);
      this.tookDeclared = true;
    }
    this.#builder.add("}");
  }

  #member(
    name: string,
    param: ParamDescriptor,
    source: SourceValue | undefined,
    known: SignatureParam | undefined,
  ): void {
    const builder = this.#builder;
    if (!source) {
      const preset = defaultText(param);
      if (known && !known.isOptional) builder.add(`  ${propertyName(name)}: ${preset ?? "$eddy.$any"},\n`);
      return;
    }
    const { declared } = this.#surroundings;
    const isDeclared =
      declared !== undefined &&
      name === "payload" &&
      param.kind === "expression" &&
      !this.#signature?.params.has("output");
    if (isDeclared) this.tookDeclared = true;
    const place: Place = {
      name,
      ...(known?.isCase ? { isCase: true } : {}),
      ...(isDeclared ? { annotation: `$eddy.Frozen<typeof ${declared}>`, role: "output" as const } : {}),
    };
    builder.slot("expression", name, source.range, () => {
      builder.add(`  ${propertyName(name)}: `);
      if (this.#isReadable(param, source)) this.#value(param, source, place);
      else builder.add("$eddy.$any");
      builder.add(",\n");
    });
  }

  #isReadable(param: ParamDescriptor, source: SourceValue): boolean {
    return this.#request.isRaw || readParam(param, source).problems.length === 0;
  }

  #value(param: ParamDescriptor, source: SourceValue, place: Place): void {
    const builder = this.#builder;
    switch (param.kind) {
      case "literal": {
        const { value } = readLiteral(param.schema, source);
        builder.add(value === undefined ? "$eddy.$any" : JSON.stringify(value));
        return;
      }
      case "template":
        if (source.kind === "scalar") this.#template(param, source, place);
        else builder.add("$eddy.$any");
        return;
      case "expression":
        this.#expression(param, source, place);
        return;
      case "code":
        if (source.kind === "scalar") this.#code(source, place);
        else builder.add("$eddy.$any");
        return;
      case "record":
        if (place.name === this.#request.descriptor.outputsFrom?.param && param.of.kind === "type")
          builder.add(this.#portNames());
        else if (source.kind === "map") this.#record(param, source, place);
        else builder.add("$eddy.$any");
        return;
      case "list":
        this.#list(param, source, place);
        return;
      case "object":
        this.#object(param, source, place);
        return;
      case "either": {
        const fitting =
          param.of.find((one) => readParam(one, source).problems.length === 0) ?? param.of.at(-1);
        if (fitting) this.#value(fitting, source, place);
        else builder.add("$eddy.$any");
        return;
      }
      default:
        builder.add("$eddy.$any");
    }
  }

  #portNames(): string {
    const { node, descriptor } = this.#request;
    return JSON.stringify(outputPorts(node, descriptor));
  }

  #head(param: { readonly scope?: readonly string[] }): string {
    if (this.#signature) return `(${["msg", ...(param.scope ?? [])].join(", ")}) => `;
    const scope = (param.scope ?? []).map((name) => `, ${name}: any`).join("");
    return `(msg: ${this.#surroundings.message}${scope}) => `;
  }

  #record(param: Of<"record">, source: Extract<SourceValue, { kind: "map" }>, place: Place): void {
    const builder = this.#builder;
    if (place.isCase) {
      this.#cases(source);
      return;
    }
    builder.add("{ ");
    for (const { key, value } of source.entries) {
      builder.add(`${propertyName(key.value)}: `);
      const annotation =
        param.keys === "state" ? `$eddy.Frozen<$State[${JSON.stringify(key.value)}]>` : undefined;
      const inner = annotation === undefined ? {} : { annotation, role: "state" as const };
      builder.slot("expression", key.value, value.range, () =>
        this.#value(param.of, value, { name: key.value, ...inner }),
      );
      builder.add(", ");
    }
    builder.add("}");
  }

  #list(param: Of<"list">, source: SourceValue, place: Place): void {
    const builder = this.#builder;
    builder.add("[");
    for (const item of source.kind === "list" ? source.items : []) {
      builder.slot("expression", place.name, item.range, () => this.#value(param.of, item, place));
      builder.add(", ");
    }
    builder.add("]");
  }

  #object(param: Of<"object">, source: SourceValue, place: Place): void {
    const builder = this.#builder;
    builder.add("{ ");
    for (const { key, value } of source.kind === "map" ? source.entries : []) {
      const property = ownProperty(param.properties, key.value);
      if (!property) continue;
      builder.add(`${propertyName(key.value)}: `);
      this.#value(property, value, { name: `${place.name}.${key.value}` });
      builder.add(", ");
    }
    builder.add("}");
  }

  // ---------------------------------------------------------------- expressions

  #expression(param: Of<"expression">, source: SourceValue, place: Place): void {
    const builder = this.#builder;
    builder.add(this.#head(param));
    if (place.isCase && source.kind === "scalar") {
      const [yes = "out", no = "rejected"] = outputPorts(this.#request.node, this.#request.descriptor);
      builder.add("{\n");
      const condition = this.#condition(source, place.name);
      const paths = this.#pathsOf(source);
      builder.add(`    if (${condition}) `);
      this.#leave(yes, paths);
      builder.add("    ");
      this.#leave(no, paths);
      builder.add("  }");
      return;
    }
    // A signature says it itself, and learns more from the expression as it is.
    const annotation = place.annotation ?? (this.#signature ? undefined : param.returns);
    if (annotation === undefined) {
      builder.slot("expression", place.name, source.range, () => this.#leaves(source, place.name));
      return;
    }
    builder.slot(place.role ?? "expression", place.name, source.range, () => {
      builder.add(`{ const $value: ${annotation} = `);
      this.#leaves(source, place.name);
      builder.add("; return $value; }");
    });
  }

  /** A condition under a name: TypeScript narrows by it what leaves where it holds, and where it does not. */
  #condition(source: SourceValue, name: string): string {
    const builder = this.#builder;
    const local = this.#locals++;
    builder.slot("condition", name, source.range, () => {
      builder.add(`    const $c${local} = `);
      this.#leaves(source, name);
      builder.add(`;\n    const $b${local}: boolean = $c${local};\n`);
    });
    return `$c${local}`;
  }

  /** Below the payload TypeScript narrows places, not what they are in: what it knows of each is put into the whole. */
  #leave(port: string, paths: readonly PayloadPath[]): void {
    const builder = this.#builder;
    builder.add(`return $eddy.$case(${JSON.stringify(port)}, `);
    if (paths.length === 0) builder.add("msg.payload");
    else {
      builder.add("$eddy.$narrow(msg.payload, ");
      this.#told([], paths);
      builder.add(")");
    }
    builder.add(");\n");
  }

  /** What is known of a place, and of those in it. */
  #told(place: PayloadPath, paths: readonly PayloadPath[]): void {
    const builder = this.#builder;
    builder.add("{ ");
    if (place.length > 0) {
      builder.add('"": [');
      // Where it cannot be there, nothing is known of it, which is no error.
      builder.quiet(() =>
        builder.add(`msg.payload${place.map((name) => `[${JSON.stringify(name)}]`).join("")}`),
      );
      builder.add("], ");
    }
    for (const path of paths) {
      if (path.length !== place.length + 1 || place.some((name, index) => path[index] !== name)) continue;
      builder.add(`[${JSON.stringify(path.at(-1))}]: `);
      this.#told(path, paths);
      builder.add(", ");
    }
    builder.add("}");
  }

  #pathsOf(...sources: readonly SourceValue[]): readonly PayloadPath[] {
    const { snippets } = this.#request;
    const paths = sources.flatMap((one) =>
      one.kind === "scalar" ? snippets.read("expression", one.text).paths : [],
    );
    const unique = new Map(paths.map((path) => [JSON.stringify(path), path]));
    return [...unique.values()];
  }

  #cases(source: Extract<SourceValue, { kind: "map" }>): void {
    this.#builder.add(`${this.#head({})}{\n`);
    const match = this.#request.node.params.get("match")?.value;
    if (match?.kind === "scalar" && match.text === "all") this.#everyCase(source.entries);
    else this.#firstCase(source.entries);
    this.#builder.add("  }");
  }

  /** Each case is asked only where none before it holds. */
  #firstCase(entries: readonly SourceEntry[]): void {
    const builder = this.#builder;
    const values: SourceValue[] = [];
    for (const { key, value } of entries) {
      values.push(value);
      builder.add(`    if (${this.#condition(value, key.value)}) `);
      this.#leave(key.value, this.#pathsOf(...values));
    }
    builder.add("    ");
    this.#leave("else", this.#pathsOf(...values));
  }

  /** What holds for one case says nothing of the next. */
  #everyCase(entries: readonly SourceEntry[]): void {
    const builder = this.#builder;
    const conditions = entries.map(({ key, value }) => this.#condition(value, key.value));
    entries.forEach(({ key, value }, index) => {
      builder.add(`    if (${conditions[index]} && $eddy.$maybe()) `);
      this.#leave(key.value, this.#pathsOf(value));
    });
    builder.add(`    if (${conditions.map((one) => `!${one}`).join(" && ") || "true"}) `);
    this.#leave("else", this.#pathsOf(...entries.map(({ value }) => value)));
    builder.add("    throw 0;\n");
  }

  /** A scalar in parentheses; a map or list of them as an object or array. */
  #leaves(source: SourceValue, name: string): void {
    const builder = this.#builder;
    switch (source.kind) {
      case "scalar":
        this.#parenthesized(source, 0, source.text.length);
        return;
      case "list":
        builder.add("[");
        for (const item of source.items) {
          this.#leaves(item, name);
          builder.add(", ");
        }
        builder.add("]");
        return;
      case "map":
        builder.add("({ ");
        for (const { key, value } of source.entries) {
          builder.slot("expression", key.value, value.range, () => {
            builder.add(`${propertyName(key.value)}: `);
            this.#leaves(value, key.value);
          });
          builder.add(", ");
        }
        builder.add("})");
    }
  }

  #parenthesized(source: SourceScalar, start: number, end: number): void {
    const builder = this.#builder;
    if (!this.#stands("expression", source.text.slice(start, end))) {
      builder.add("$eddy.$any");
      return;
    }
    builder.add("(").source(source, start, end).add("\n)");
  }

  /** What is no TypeScript is told by itself; the rest of the node is checked without it. */
  #stands(kind: SnippetKind, text: string): boolean {
    return this.#request.snippets.stands(kind, text, this.#request.isRaw);
  }

  #template(param: Of<"template">, source: SourceScalar, place: Place): void {
    const builder = this.#builder;
    const { expressions, unclosed } = templateParts(source.text);
    const open = unclosed === undefined ? [] : [{ start: unclosed + 2, end: source.text.length }];
    const holes = [...expressions, ...open];
    if (holes.length === 0) {
      builder.add(`${this.#head({})}$eddy.$text`);
      return;
    }
    builder.add(`${this.#head({})}{\n`);
    const type = param.secrets ? "$eddy.Text | Secret" : "$eddy.Text";
    for (const { start, end } of holes) {
      builder.slot("template", place.name, sourceRange(source, start, end), () => {
        builder.add(`    const $t${this.#locals++}: ${type} = `);
        this.#parenthesized(source, start, end);
        builder.add(";\n");
      });
    }
    builder.add("    return $eddy.$text;\n  }");
  }

  // ---------------------------------------------------------------- code

  #code(source: SourceScalar, place: Place): void {
    const builder = this.#builder;
    if (!this.#stands("code", source.text)) {
      builder.add("$eddy.$any");
      return;
    }
    const { isAsync, returns, emits } = this.#request.snippets.read("code", source.text);
    const isMain = place.name === "code";
    const message = this.#signature ? "msg" : `msg: ${this.#surroundings.message}`;
    builder.add(
      `${isAsync ? "async " : ""}(${isMain ? `${message}, emit${this.#signature ? "" : ": any"}` : ""}) => {\n`,
    );
    builder.slot("code", place.name, source.range, () => {
      let from = 0;
      const { declared, returned } = this.#surroundings;
      const type = returned === undefined ? "any" : `$eddy.Frozen<typeof ${returned}>`;
      if (declared !== undefined && isMain) this.tookDeclared = true;
      const stretches: { readonly start: number; readonly by: number }[] = [];
      const take = (end: number) => {
        stretches.push({ start: from, by: builder.length - from });
        builder.source(source, from, end);
        from = end;
      };
      for (const { start, end } of isMain && this.#signature ? returns : []) {
        take(start);
        builder.add(`$eddy.$returned<${type}>()(`);
        take(end);
        builder.add("\n)");
      }
      take(source.text.length);
      for (const { start, end, port } of isMain ? emits : []) {
        const by = stretches.findLast((one) => one.start <= start)?.by ?? 0;
        this.emitted.push({ start: start + by, end: end + by, port });
      }
    });
    builder.add("\n}");
  }
}

/** What holds where nothing is written. */
function defaultText(param: ParamDescriptor): string | undefined {
  if (param.kind === "expression" && param.default !== undefined)
    return `(${["msg", ...(param.scope ?? [])].join(", ")}) => (${param.default})`;
  if (param.kind === "template" && param.default !== undefined) return "() => $eddy.$text";
  return undefined;
}
