import type {
  Connection,
  EnvDeclaration,
  SecretDeclaration,
  SourceEntry,
  SourceScalar,
  StateDeclaration,
  WorkflowParam,
  WorkflowPort,
} from "../model.ts";
import { entryRange } from "./nodes.ts";
import { entriesByKey, isEmpty, type Reader } from "./reader.ts";
import { readWires } from "./wires.ts";

type Declarations<T> = ReadonlyMap<string, T>;

/** Reads a map of declared names; those that cannot be used are reported and left out. */
function readEach<T>(
  reader: Reader,
  entry: SourceEntry | undefined,
  what: string,
  read: (entry: SourceEntry) => T | undefined,
): Declarations<T> {
  const declarations = new Map<string, T>();
  for (const declared of reader.map(entry, `a map: a name for each, then what it is`)) {
    if (!reader.name(declared.key, what)) continue;
    const value = read(declared);
    if (value !== undefined) declarations.set(declared.key.value, value);
  }
  return declarations;
}

export function readEnv(reader: Reader, entry: SourceEntry | undefined): Declarations<EnvDeclaration> {
  return readEach(reader, entry, "an environment value", (declared) => {
    const fields = reader.fields(
      declared,
      ["type", "default", "description"],
      "a map such as { default: eddy }",
    );
    const preset = readPrimitive(reader, fields.get("default"));
    const type = reader.oneOf(fields.get("type"), ["string", "number", "boolean"]) ?? typeOf(preset);
    const value = preset === undefined ? undefined : fitting(reader, fields.get("default"), type, preset);
    const description = reader.text(fields.get("description"));
    return {
      name: declared.key,
      type,
      ...(value === undefined ? {} : { default: value }),
      ...(description === undefined ? {} : { description }),
    };
  });
}

type Primitive = string | number | boolean;

function readPrimitive(reader: Reader, entry: SourceEntry | undefined): SourceScalar | undefined {
  const expected = "a text, a number, true or false";
  const scalar = reader.scalar(entry, expected);
  return entry !== undefined && scalar?.value === null ? reader.mismatch(entry, expected) : scalar;
}

function typeOf(scalar: SourceScalar | undefined): "string" | "number" | "boolean" {
  const type = typeof scalar?.value;
  return type === "number" || type === "boolean" ? type : "string";
}

function fitting(
  reader: Reader,
  entry: SourceEntry | undefined,
  type: string,
  scalar: SourceScalar,
): Primitive | undefined {
  if (type === "string") return scalar.text;
  const { value } = scalar;
  if ((typeof value === "number" && Number.isFinite(value)) || typeof value === "boolean") {
    if (typeof value === type) return value;
  }
  return (
    entry &&
    reader.mismatch(
      entry,
      type === "number" ? "a number, as its type says" : "true or false, as its type says",
    )
  );
}

export function readSecrets(reader: Reader, entry: SourceEntry | undefined): Declarations<SecretDeclaration> {
  return readEach(reader, entry, "a secret", (declared) => {
    const fields = reader.fields(
      declared,
      ["description"],
      "a map such as { description: password of the broker }, never the secret itself",
    );
    const description = reader.text(fields.get("description"));
    return { name: declared.key, ...(description === undefined ? {} : { description }) };
  });
}

export function readState(reader: Reader, entry: SourceEntry | undefined): Declarations<StateDeclaration> {
  return readEach(reader, entry, "a state", (declared) => {
    const fields = reader.fields(
      declared,
      ["type", "initial", "scope"],
      "a map such as { type: number, initial: 0 }",
    );
    const initial = fields.get("initial");
    if (initial === undefined && !reader.isBroken(declared.key)) {
      reader.report(
        "EDDY_VALUE_MISSING",
        declared.key.range,
        `The state "${declared.key.value}" needs the value it starts with: write initial:.`,
      );
    }
    return {
      name: declared.key,
      type: reader.text(fields.get("type")) ?? "unknown",
      initial: initial === undefined ? null : reader.json(initial.value),
      scope: reader.oneOf(fields.get("scope"), ["workflow", "device"]) ?? "workflow",
    };
  });
}

export function readConnections(reader: Reader, entry: SourceEntry | undefined): Declarations<Connection> {
  if (entry?.value.kind === "scalar" && !isEmpty(entry.value)) {
    const message =
      "Connections in a file of their own cannot be read yet: write them here, under connections:.";
    reader.report("EDDY_CONNECTIONS_FILE", entry.value.range, message);
    return new Map();
  }
  return readEach(reader, entry, "a connection", (declared) => {
    const isMap = declared.value.kind === "map";
    if (!isMap) reader.mismatch(declared, "a map with the type of the connection and its params");
    const fields = new Map(declared.value.kind === "map" ? entriesByKey(declared.value) : []);
    const type = fields.get("type");
    fields.delete("type");
    const name = reader.text(type);
    if (type === undefined && isMap && !reader.isBroken(declared.key)) {
      reader.report(
        "EDDY_VALUE_MISSING",
        declared.key.range,
        `The connection "${declared.key.value}" needs a type: write type: mqtt, for example.`,
      );
    }
    return {
      name: declared.key,
      type: { value: name ?? "", range: type?.value.range ?? declared.key.range },
      params: fields,
      range: entryRange(declared),
    };
  });
}

/** `inputs:` and `outputs:`: a name with its TypeScript type, or a map with `type` and (for an output) `from`. */
export function readPorts(
  reader: Reader,
  entry: SourceEntry | undefined,
  keys: readonly string[],
): Declarations<WorkflowPort> {
  return readEach(reader, entry, "a port", (declared) => {
    if (declared.value.kind === "scalar" && !isEmpty(declared.value)) {
      return { name: declared.key, type: declared.value.text, from: [] };
    }
    const fields = reader.fields(declared, keys, `a TypeScript type, or a map with ${keys.join(" and ")}`);
    return {
      name: declared.key,
      type: reader.text(fields.get("type")) ?? "unknown",
      from: readWires(reader, fields.get("from")),
    };
  });
}

export function readParams(reader: Reader, entry: SourceEntry | undefined): Declarations<WorkflowParam> {
  return readEach(reader, entry, "a param", (declared) => {
    const fields = reader.fields(
      declared,
      ["type", "default", "description"],
      "a map such as { type: duration, default: 5m }",
    );
    const preset = fields.get("default");
    const scalar = preset?.value.kind === "scalar" ? preset.value : undefined;
    const type =
      reader.oneOf(fields.get("type"), ["string", "number", "boolean", "duration"]) ?? typeOf(scalar);
    const value = readDefault(reader, preset, type);
    const description = reader.text(fields.get("description"));
    return {
      name: declared.key,
      type,
      ...(value === undefined ? {} : { default: value }),
      ...(description === undefined ? {} : { description }),
    };
  });
}

function readDefault(
  reader: Reader,
  entry: SourceEntry | undefined,
  type: WorkflowParam["type"],
): Primitive | undefined {
  if (type !== "duration") {
    const scalar = readPrimitive(reader, entry);
    return scalar && fitting(reader, entry, type, scalar);
  }
  return reader.duration(entry) === undefined ? undefined : reader.text(entry);
}
