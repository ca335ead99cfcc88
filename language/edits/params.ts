import type { ParamDescriptor } from "../catalog.ts";
import type { SourceEntry, SourceMap, SourceValue } from "../model.ts";
import { ownProperty } from "../params.ts";
import { isEmpty } from "../parse/reader.ts";
import type { TextEdit } from "../problem.ts";
import { reservedParams } from "../reserved-params.ts";
import { type Place, type Written, writeKey, writeScalar, writeValue } from "../syntax/write.ts";
import { readYaml } from "../syntax/yaml.ts";
import {
  appendItem,
  entrySlot,
  insertEntry,
  itemSlot,
  placeOf,
  removeEntry,
  removeItem,
  replaceValue,
  type Slot,
} from "./slots.ts";
import {
  descriptorOf,
  done,
  type Edited,
  entryOf,
  isFlow,
  nodeEntry,
  refused,
  type Source,
  unknownNode,
} from "./source.ts";

type Path = readonly (string | number)[];

/** Sets a value of a node, and makes the maps and lists on the way to it where they are missing. */
export function setParam(source: Source, id: string, path: Path, text: string): Edited {
  const entry = nodeEntry(source, id);
  const refusal = refusePath(entry, id, path);
  if (entry === undefined || refusal !== undefined) return refusal ?? unknownNode(id);
  const write = valueWriter(paramDescriptor(source, id, path), text);
  return setAt(source, nodeSlot(source, entry), path, write) ?? misplaced(id, path);
}

/** Takes a value of a node away, and with it a map or list that has no other. */
export function unsetParam(source: Source, id: string, path: Path): Edited {
  const entry = nodeEntry(source, id);
  const refusal = refusePath(entry, id, path);
  if (entry === undefined || refusal !== undefined) return refusal ?? unknownNode(id);
  if (path[0] === "type")
    return refused("EDDY_EDIT_PARAM", "A node needs its type: set another one instead.");
  return done(unsetAt(source, nodeSlot(source, entry), path));
}

export function nodeSlot(source: Source, entry: SourceEntry): Slot {
  const nodes = entryOf(source.parsed.syntax.root, "nodes")?.value;
  return entrySlot(source.text, entry, nodes !== undefined && isFlow(source.text, nodes));
}

/** True where entries can be added to the node: it is a map, or nothing stands there yet. */
export function takesEntries({ value }: SourceEntry): boolean {
  return value.kind === "map" || isEmpty(value);
}

export function refuseShape(id: string, entry: SourceEntry): Edited {
  const message = `What is written for the node "${id}" is no map: correct it in the text.`;
  return refused("EDDY_EDIT_SHAPE", message, entry.value.range);
}

function refusePath(entry: SourceEntry | undefined, id: string, [first, ...rest]: Path): Edited | undefined {
  if (entry === undefined) return unknownNode(id);
  if (!takesEntries(entry)) return refuseShape(id, entry);
  if (first === "from") return refused("EDDY_EDIT_PARAM", "Wires are set by connect and disconnect.");
  if (first === "at") return refused("EDDY_EDIT_PARAM", "A position is set by moving the node.");
  if (typeof first !== "string" || first === "")
    return refused("EDDY_EDIT_PARAM", "A path starts with the name of a param.");
  const fits = rest.every((step) =>
    typeof step === "number" ? Number.isSafeInteger(step) && step >= 0 : !forbiddenKeys.has(step),
  );
  if (fits && !forbiddenKeys.has(first)) return undefined;
  return refused("EDDY_EDIT_PARAM", `There can be no value at ${[first, ...rest].join(".")}.`);
}

const forbiddenKeys: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype", "<<"]);

function misplaced(id: string, path: Path): Edited {
  return refused(
    "EDDY_EDIT_PARAM",
    `There can be no value at ${[id, ...path].join(".")}: what stands on the way is no map or list, or the list is shorter.`,
  );
}

type WriteValue = (place: Place) => Written;

function setAt(source: Source, slot: Slot, path: Path, write: WriteValue): Edited | undefined {
  const [step, ...rest] = path;
  const { text } = source;
  const { value } = slot;
  if (step === undefined)
    return done(replaceValue(source, slot, write({ ...placeOf(source, slot), ...styleOf(value) })));
  const inside = slot.flow || isFlow(text, value);
  if (value.kind === "list" && typeof step === "number") {
    const item = itemSlot(text, value, step);
    if (item !== undefined) return setAt(source, item, rest, write);
    if (step > value.items.length || !canBeMade(rest)) return undefined;
    return done(appendItem(source, slot, value, nested(rest, write)));
  }
  if (value.kind === "map" && typeof step === "string") {
    const entry = entryOf(value, step);
    if (entry !== undefined) return setAt(source, entrySlot(text, entry, inside), rest, write);
    if (!canBeMade(rest)) return undefined;
    return done(insertEntry(source, slot, step, nested(rest, write), placeFor(value)));
  }
  if (!isEmpty(value) || !canBeMade(path)) return undefined;
  if (typeof step === "string") return done(insertEntry(source, slot, step, nested(rest, write)));
  return done(replaceValue(source, slot, nested(path, write)(placeOf(source, slot))));
}

/** A list that is made begins with its first item. */
function canBeMade(path: Path): boolean {
  return path.every((step) => typeof step === "string" || step === 0);
}

function styleOf(value: SourceValue): Pick<Place, "style"> {
  return value.kind === "scalar" && !isEmpty(value) ? { style: value.style } : {};
}

/** Behind the last entry, but in front of `at`, which stays the last. */
function placeFor({ entries }: SourceMap): SourceEntry | undefined {
  return entries.at(-1)?.key.value === "at" ? entries.at(-2) : entries.at(-1);
}

/** The value with the maps and lists of the path around it. */
function nested([step, ...rest]: Path, write: WriteValue): WriteValue {
  if (step === undefined) return write;
  const key = typeof step === "number" ? undefined : step;
  const inner = nested(rest, write);
  return (place) => {
    if (place.flow) {
      const { head } = inner(place);
      return { head: key === undefined ? `[${head}]` : `{ ${writeKey(key, place)}: ${head} }`, body: "" };
    }
    const column = place.column + place.unit;
    const { head, body } = inner({ ...place, column });
    const start = `${place.eol}${" ".repeat(column)}${key === undefined ? "-" : `${writeKey(key)}:`}`;
    return { head: "", body: `${start}${head === "" ? "" : ` ${head}`}${body}` };
  };
}

function unsetAt(source: Source, slot: Slot, [step, ...rest]: Path): readonly TextEdit[] {
  const { text } = source;
  const { value } = slot;
  const inside = slot.flow || isFlow(text, value);
  if (value.kind === "map" && typeof step === "string") {
    const entry = entryOf(value, step);
    if (entry === undefined) return [];
    const child = entrySlot(text, entry, inside);
    return rest.length > 0 && !isOnly(child.value, rest)
      ? unsetAt(source, child, rest)
      : [removeEntry(source, value, entry)];
  }
  if (value.kind === "list" && typeof step === "number") {
    const child = itemSlot(text, value, step);
    if (child === undefined) return [];
    if (rest.length > 0 && !isOnly(child.value, rest)) return unsetAt(source, child, rest);
    return [removeItem(source, value, step)].filter((edit) => edit !== undefined);
  }
  return [];
}

/** True where nothing is left of the value when what the path leads to is taken away. */
function isOnly(value: SourceValue, [step, ...rest]: Path): boolean {
  if (step === undefined) return true;
  const children =
    value.kind === "map" ? value.entries.length : value.kind === "list" ? value.items.length : 0;
  const child =
    value.kind === "map" && typeof step === "string"
      ? entryOf(value, step)?.value
      : value.kind === "list" && typeof step === "number"
        ? value.items[step]
        : undefined;
  return children === 1 && child !== undefined && isOnly(child, rest);
}

function paramDescriptor(source: Source, id: string, [name, ...rest]: Path): ParamDescriptor | undefined {
  if (typeof name !== "string") return undefined;
  const params = descriptorOf(source, id)?.params ?? {};
  let descriptor = ownProperty(params, name) ?? ownProperty(reservedParams, name);
  for (const step of rest) {
    if (descriptor?.kind === "record" || descriptor?.kind === "list") descriptor = descriptor.of;
    else if (descriptor?.kind === "object" && Object.hasOwn(descriptor.properties, step))
      descriptor = descriptor.properties[step];
    else return undefined;
  }
  return descriptor;
}

/** A param that is a map or list takes YAML; all others take the text as it is, character by character. */
export function valueWriter(descriptor: ParamDescriptor | undefined, text: string): WriteValue {
  const unlessPlain = descriptor === undefined || isCode(descriptor) ? "block" : "quotes";
  const collection = descriptor !== undefined && isCollection(descriptor) ? readCollection(text) : undefined;
  return (place) =>
    collection === undefined
      ? writeScalar(text, { ...place, unlessPlain })
      : writeCollection(collection, text, place);
}

function isCode(descriptor: ParamDescriptor): boolean {
  if (descriptor.kind === "either") return descriptor.of.some(isCode);
  return descriptor.kind === "expression" || descriptor.kind === "code" || descriptor.kind === "type";
}

function isCollection(descriptor: ParamDescriptor): boolean {
  if (descriptor.kind === "either") return descriptor.of.every(isCollection);
  if (descriptor.kind === "literal") return descriptor.schema.type === "list";
  return descriptor.kind === "record" || descriptor.kind === "list" || descriptor.kind === "object";
}

function readCollection(text: string): SourceValue | undefined {
  const { value, problems } = readYaml(text);
  return problems.length > 0 || value?.kind === "scalar" ? undefined : value;
}

/** On one line as it was given, where it was. */
function writeCollection(value: SourceValue, text: string, place: Place): Written {
  const oneLine = /^[[{].*[\]}]$/.test(text.trim()) && !text.includes("#");
  return oneLine ? { head: text.trim(), body: "" } : writeValue(value, place);
}
