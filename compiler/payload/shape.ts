/** What a declared payload type says of a value, as far as it can be seen on the value. */
export type Shape =
  | { readonly kind: "any" }
  | { readonly kind: "typeof"; readonly name: "string" | "number" | "boolean" | "bigint" }
  | { readonly kind: "literal"; readonly value: string | number | boolean | null | undefined }
  | { readonly kind: "instance"; readonly name: "Uint8Array" | "Date" }
  | { readonly kind: "list"; readonly of: Shape }
  | {
      readonly kind: "tuple";
      readonly items: readonly Shape[];
      /** How many of them there have to be. */
      readonly least: number;
      /** Of what may follow them. */
      readonly rest?: Shape;
    }
  | ObjectShape
  | { readonly kind: "union"; readonly of: readonly Shape[] }
  /** A type that holds itself, by its number in `Shapes.recursive`. */
  | { readonly kind: "recursive"; readonly number: number };

export interface ObjectShape {
  readonly kind: "object";
  readonly properties: readonly Property[];
  /** Of every property, named or not: an index signature. */
  readonly all?: Shape;
}

export interface Property {
  readonly name: string;
  readonly shape: Shape;
  readonly isOptional: boolean;
}

export interface Shapes {
  readonly payload: Shape;
  /** Types that hold themselves, by number. */
  readonly recursive: readonly Shape[];
}

/** In words that follow "is not": `a number`, `"open" or "closed"`, `a list`. */
export function describe(shape: Shape): string {
  switch (shape.kind) {
    case "any":
      return "anything";
    case "typeof":
      return `a ${shape.name}`;
    case "literal":
      return shape.value === undefined ? "left out" : JSON.stringify(shape.value);
    case "instance":
      return shape.name === "Date" ? "a date" : "bytes";
    case "list":
      return "a list";
    case "tuple":
      return `a list of ${shape.least === shape.items.length && !shape.rest ? shape.least : `${shape.least} or more`}`;
    case "object":
    case "recursive":
      return "an object";
    case "union":
      return alternatives(shape.of);
  }
}

export function alternatives(shapes: readonly Shape[]): string {
  const words = [...new Set(shapes.map(describe))];
  const last = words.pop() ?? "nothing";
  return words.length === 0 ? last : `${words.join(", ")} or ${last}`;
}
