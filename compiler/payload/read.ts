import type TypeScript from "typescript";
import type { TypeScriptModule } from "../../language/index.ts";
import type { ObjectShape, Property, Shape, Shapes } from "./shape.ts";

/** Types are followed so far; what lies deeper is taken as it comes. */
const deepest = 16;

/** Reads the shape of a type from TypeScript's checker. What no value shows (functions, symbols) is left out. */
export class ShapeReader {
  readonly #typescript: TypeScriptModule;
  readonly #checker: TypeScript.TypeChecker;
  readonly #open = new Map<TypeScript.Type, { number: number | undefined }>();
  readonly #recursive: Shape[] = [];

  constructor(typescript: TypeScriptModule, checker: TypeScript.TypeChecker) {
    this.#typescript = typescript;
    this.#checker = checker;
  }

  read(type: TypeScript.Type): Shapes {
    const payload = this.#shape(type);
    return { payload, recursive: this.#recursive };
  }

  #shape(type: TypeScript.Type): Shape {
    const { TypeFlags } = this.#typescript;
    const has = (flags: number) => (type.flags & flags) !== 0;
    if (type.isStringLiteral() || type.isNumberLiteral()) return { kind: "literal", value: type.value };
    if (has(TypeFlags.BooleanLiteral))
      return { kind: "literal", value: this.#checker.typeToString(type) === "true" };
    if (has(TypeFlags.Boolean)) return { kind: "typeof", name: "boolean" };
    if (has(TypeFlags.Null)) return { kind: "literal", value: null };
    if (has(TypeFlags.Undefined | TypeFlags.Void)) return { kind: "literal", value: undefined };
    if (type.isUnion()) return union(type.types.map((one) => this.#shape(one)));
    if (has(TypeFlags.StringLike)) return { kind: "typeof", name: "string" };
    if (has(TypeFlags.NumberLike)) return { kind: "typeof", name: "number" };
    if (has(TypeFlags.BigIntLike)) return { kind: "typeof", name: "bigint" };
    if (has(TypeFlags.Never)) return { kind: "union", of: [] };
    if (has(TypeFlags.NonPrimitive)) return { kind: "object", properties: [] };
    if (type.isIntersection()) {
      const { StringLike, NumberLike, BooleanLike, BigIntLike } = TypeFlags;
      const primitives = StringLike | NumberLike | BooleanLike | BigIntLike;
      // A branded string is a string.
      const primitive = type.types.find(({ flags }) => (flags & primitives) !== 0);
      return primitive ? this.#shape(primitive) : this.#nested(type);
    }
    return has(TypeFlags.Object) ? this.#nested(type) : { kind: "any" };
  }

  #nested(type: TypeScript.Type): Shape {
    const entered = this.#open.get(type);
    if (entered) {
      entered.number ??= this.#recursive.push({ kind: "any" }) - 1;
      return { kind: "recursive", number: entered.number };
    }
    if (this.#open.size >= deepest) return { kind: "any" };
    const entry: { number: number | undefined } = { number: undefined };
    this.#open.set(type, entry);
    const shape = this.#listOrObject(type);
    this.#open.delete(type);
    if (entry.number === undefined) return shape;
    this.#recursive[entry.number] = shape;
    return { kind: "recursive", number: entry.number };
  }

  #listOrObject(type: TypeScript.Type): Shape {
    const checker = this.#checker;
    if (isReference(type)) {
      const parts = checker.getTypeArguments(type);
      if (checker.isTupleType(type)) return this.#tuple(type, parts);
      if (checker.isArrayType(type)) return { kind: "list", of: this.#part(parts[0]) };
    }
    const name = type.getSymbol()?.name;
    if (name === "Date") return { kind: "instance", name };
    if (name === "Uint8Array" || name === "Buffer") return { kind: "instance", name: "Uint8Array" };
    return type.getCallSignatures().length > 0 ? { kind: "any" } : this.#object(type);
  }

  #tuple(type: TypeScript.TypeReference, parts: readonly TypeScript.Type[]): Shape {
    const { ElementFlags } = this.#typescript;
    const target: TypeScript.Type = type.target;
    const flags = "elementFlags" in target && Array.isArray(target.elementFlags) ? target.elementFlags : [];
    const restAt = flags.findIndex((flag: number) => (flag & ElementFlags.Variable) !== 0);
    const items = (restAt < 0 ? parts : parts.slice(0, restAt)).map((part) => this.#shape(part));
    const least = flags.filter((flag: number) => flag === ElementFlags.Required).length;
    return { kind: "tuple", items, least, ...(restAt < 0 ? {} : { rest: this.#part(parts[restAt]) }) };
  }

  #object(type: TypeScript.Type): ObjectShape {
    const { SymbolFlags, IndexKind } = this.#typescript;
    const checker = this.#checker;
    const properties = checker.getPropertiesOfType(type).flatMap((symbol): Property[] => {
      const own = checker.getTypeOfSymbol(symbol);
      if (symbol.name.startsWith("__@") || own.getCallSignatures().length > 0) return [];
      const isOptional = (symbol.flags & SymbolFlags.Optional) !== 0;
      return [{ name: symbol.name, shape: this.#shape(own), isOptional }];
    });
    const all = checker.getIndexTypeOfType(type, IndexKind.String);
    return { kind: "object", properties, ...(all ? { all: this.#shape(all) } : {}) };
  }

  #part(type: TypeScript.Type | undefined): Shape {
    return type ? this.#shape(type) : { kind: "any" };
  }
}

function isReference(type: TypeScript.Type): type is TypeScript.TypeReference {
  return "target" in type;
}

function union(of: readonly Shape[]): Shape {
  const values = of.flatMap((one) => (one.kind === "literal" ? [one.value] : []));
  if (!values.includes(true) || !values.includes(false)) return { kind: "union", of };
  const others = of.filter((one) => one.kind !== "literal" || typeof one.value !== "boolean");
  const boolean: Shape = { kind: "typeof", name: "boolean" };
  return others.length === 0 ? boolean : { kind: "union", of: [...others, boolean] };
}
