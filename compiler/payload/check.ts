import { alternatives, describe, type ObjectShape, type Property, type Shape, type Shapes } from "./shape.ts";

/** Where a value is in the payload: names, and variables that count through a list or the names of an object. */
type Path = readonly ({ readonly name: string } | { readonly variable: string })[];

/** Names that the text may use. */
export interface CheckNames {
  /** Of the function that is written. */
  readonly check: string;
  /** Of the engine's `unfit(path, wanted, value)`, which throws. */
  readonly unfit: string;
}

/**
 * TypeScript of a function that throws where a payload does not have the shape, with the path of what is wrong. Plain
 * comparisons, one after the other; nothing is made while all is right.
 */
export function checkText({ payload, recursive }: Shapes, names: CheckNames): string {
  const writer = new CheckWriter(names);
  const helpers = recursive.map(
    (shape, number) =>
      `function ${writer.helper(number)}(value: any): boolean {\n  return ${writer.fits(shape, "value")};\n}\n`,
  );
  const outermost = payload.kind === "recursive" ? (recursive[payload.number] ?? payload) : payload;
  const body = writer.statements(outermost, "value", []).map((line) => `  ${line}\n`);
  return [`function ${names.check}(value: any) {\n`, ...body, "}\n", ...helpers].join("");
}

class CheckWriter {
  readonly #names: CheckNames;
  #variables = 0;

  constructor(names: CheckNames) {
    this.#names = names;
  }

  helper(number: number): string {
    return `${this.#names.check}$2${number}`;
  }

  /** Statements that throw where the value does not fit. */
  statements(shape: Shape, value: string, path: Path): readonly string[] {
    switch (shape.kind) {
      case "any":
        return [];
      case "list":
        return [this.#refuse(shape, value, path), ...this.#each(shape.of, value, path, 0)];
      case "tuple":
        return [
          this.#refuse(shape, value, path),
          ...shape.items.flatMap((item, index) => {
            const one = `${value}[${index}]`;
            const inner = this.statements(item, one, [...path, { name: String(index) }]);
            return index < shape.least ? inner : guarded(`${one} !== undefined`, inner);
          }),
          ...(shape.rest ? this.#each(shape.rest, value, path, shape.items.length) : []),
        ];
      case "object":
        return [this.#refuse(shape, value, path), ...this.#properties(shape, value, path)];
      case "union":
        return this.#union(shape.of, value, path);
      default:
        return [this.#refuse(shape, value, path)];
    }
  }

  /** An expression that is true where the value fits. */
  fits(shape: Shape, value: string): string {
    switch (shape.kind) {
      case "any":
        return "true";
      case "typeof":
        return `typeof ${value} === "${shape.name}"`;
      case "literal":
        return `${value} === ${literal(shape.value)}`;
      case "instance":
        return `${value} instanceof ${shape.name}`;
      case "recursive":
        return `${this.helper(shape.number)}(${value})`;
      case "list":
        return and([outline(shape, value), `${value}.every((one: any) => ${this.fits(shape.of, "one")})`]);
      case "tuple":
        return and([
          outline(shape, value),
          ...shape.items.map((item, index) => this.#fitsIf(index >= shape.least, item, `${value}[${index}]`)),
          ...(shape.rest
            ? [`${value}.slice(${shape.items.length}).every((one: any) => ${this.fits(shape.rest, "one")})`]
            : []),
        ]);
      case "object":
        return and([
          outline(shape, value),
          ...shape.properties.map(({ name, shape: own, isOptional }) =>
            this.#fitsIf(isOptional, own, member(value, name)),
          ),
          ...(shape.all
            ? [`Object.values(${value}).every((one: any) => ${this.fits(shape.all, "one")})`]
            : []),
        ]);
      case "union":
        return shape.of.length === 0
          ? "false"
          : `(${shape.of.map((one) => `(${this.fits(one, value)})`).join(" || ")})`;
    }
  }

  #fitsIf(isOptional: boolean, shape: Shape, value: string): string {
    const fits = this.fits(shape, value);
    return isOptional ? `(${value} === undefined || (${fits}))` : `(${fits})`;
  }

  #refuse(shape: Shape, value: string, path: Path): string {
    const misses = this.#misses(shape, value);
    return `if (${misses}) ${this.#names.unfit}(${pathText(path)}, ${JSON.stringify(describe(shape))}, ${value});`;
  }

  /** An expression that is true where a value, not looked into, does not fit. */
  #misses(shape: Shape, value: string): string {
    if (shape.kind === "typeof") return `typeof ${value} !== "${shape.name}"`;
    if (shape.kind === "literal") return `${value} !== ${literal(shape.value)}`;
    if (shape.kind === "union" && shape.of.every(({ kind }) => kind === "typeof" || kind === "literal"))
      return shape.of.map((one) => this.#misses(one, value)).join(" && ") || "true";
    return `!(${outline(shape, value) ?? this.fits(shape, value)})`;
  }

  #properties({ properties, all }: ObjectShape, value: string, path: Path): readonly string[] {
    const named = properties.flatMap(({ name, shape, isOptional }) => {
      const own = member(value, name);
      const inner = this.statements(shape, own, [...path, { name }]);
      return isOptional ? guarded(`${own} !== undefined`, inner) : inner;
    });
    if (!all) return named;
    const key = this.#variable();
    const inner = this.statements(all, `${value}[${key}]`, [...path, { variable: key }]);
    return [...named, ...loop(`const ${key} of Object.keys(${value})`, inner)];
  }

  #each(shape: Shape, value: string, path: Path, from: number): readonly string[] {
    const index = this.#variable();
    const inner = this.statements(shape, `${value}[${index}]`, [...path, { variable: index }]);
    return loop(`let ${index} = ${from}; ${index} < ${value}.length; ${index}++`, inner);
  }

  #union(shapes: readonly Shape[], value: string, path: Path): readonly string[] {
    const isAbsent = (shape: Shape) => shape.kind === "literal" && (shape.value ?? null) === null;
    const absent = shapes.filter(isAbsent);
    const others = shapes.filter((shape) => !isAbsent(shape));
    const [only] = others;
    if (absent.length > 0 && only && others.length === 1) {
      const isThere = absent.map((shape) => `!(${this.fits(shape, value)})`).join(" && ");
      return guarded(isThere, this.statements(only, value, path));
    }
    const kinds = absent.length === 0 ? discriminated(shapes) : undefined;
    return kinds
      ? this.#cases(kinds, value, path)
      : [this.#refuse({ kind: "union", of: shapes }, value, path)];
  }

  #cases({ name, cases }: Discriminated, value: string, path: Path): readonly string[] {
    const kind = member(value, name);
    const wanted = alternatives(cases.map(({ tag }) => tag));
    const branches = cases.flatMap(({ tag, shape }, index) => [
      `${index === 0 ? "" : "} else "}if (${this.fits(tag, kind)}) {`,
      ...this.#properties(shape, value, path).map((line) => `  ${line}`),
    ]);
    return [
      this.#refuse({ kind: "object", properties: [] }, value, path),
      ...branches,
      `} else ${this.#names.unfit}(${pathText([...path, { name }])}, ${JSON.stringify(wanted)}, ${kind});`,
    ];
  }

  #variable(): string {
    return `at${this.#variables++}`;
  }
}

interface Discriminated {
  readonly name: string;
  readonly cases: readonly { readonly tag: Shape; readonly shape: ObjectShape }[];
}

/** Objects that one of their properties tells apart: it is another plain value in each of them. */
function discriminated(shapes: readonly Shape[]): Discriminated | undefined {
  const objects = shapes.flatMap((shape) => (shape.kind === "object" ? [shape] : []));
  if (objects.length < 2 || objects.length !== shapes.length) return undefined;
  for (const { name } of objects[0]?.properties ?? []) {
    const tags = objects.map(({ properties }) =>
      tagOf(properties.find((property) => property.name === name)),
    );
    const values = tags.flatMap((tag) => (tag?.kind === "literal" ? [tag.value] : []));
    if (new Set(values).size === objects.length)
      return {
        name,
        cases: objects.flatMap((shape, index) => {
          const tag = tags[index];
          return tag ? [{ tag, shape }] : [];
        }),
      };
  }
  return undefined;
}

function tagOf(property: Property | undefined): Shape | undefined {
  return property && !property.isOptional && property.shape.kind === "literal" ? property.shape : undefined;
}

/** The test of what a list or object is by itself, without what is in it. */
function outline(shape: Shape, value: string): string | undefined {
  switch (shape.kind) {
    case "list":
      return `Array.isArray(${value})`;
    case "tuple": {
      const most = shape.rest ? undefined : `${value}.length <= ${shape.items.length}`;
      return and([`Array.isArray(${value})`, `${value}.length >= ${shape.least}`, most]);
    }
    case "object":
      return `typeof ${value} === "object" && ${value} !== null && !Array.isArray(${value})`;
    default:
      return undefined;
  }
}

function and(conditions: readonly (string | undefined)[]): string {
  return conditions.filter((condition) => condition !== undefined && condition !== "(true)").join(" && ");
}

function guarded(condition: string, inner: readonly string[]): readonly string[] {
  return inner.length === 0 ? [] : [`if (${condition}) {`, ...inner.map((line) => `  ${line}`), "}"];
}

function loop(head: string, inner: readonly string[]): readonly string[] {
  return inner.length === 0 ? [] : [`for (${head}) {`, ...inner.map((line) => `  ${line}`), "}"];
}

function literal(value: string | number | boolean | null | undefined): string {
  return value === undefined ? "undefined" : JSON.stringify(value);
}

function member(value: string, name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `${value}.${name}` : `${value}[${JSON.stringify(name)}]`;
}

/** `readings[2].celsius`, as an expression that is worked out only where something is wrong. */
function pathText(path: Path): string {
  const parts = path.map((part, index) => {
    if ("variable" in part) return `[\${${part.variable}}]`;
    const { name } = part;
    if (/^[A-Za-z_$][\w$]*$/.test(name)) return index === 0 ? name : `.${name}`;
    return `[${/^\d+$/.test(name) ? name : JSON.stringify(name)}]`;
  });
  if (!path.some((part) => "variable" in part)) return JSON.stringify(parts.join(""));
  const inTemplate = parts.map((text, index) =>
    "variable" in (path[index] ?? {}) ? text : text.replace(/[`\\$]/g, "\\$&"),
  );
  return `\`${inTemplate.join("")}\``;
}
