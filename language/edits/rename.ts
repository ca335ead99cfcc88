import { testParts } from "../parse/tests.ts";
import { writeKey, writeScalar } from "../syntax/write.ts";
import type { Edit } from "./edit.ts";
import { refuseId } from "./refusals.ts";
import {
  done,
  type Edited,
  entriesOf,
  entryOf,
  nodeEntry,
  type Source,
  sectionOf,
  unknownNode,
} from "./source.ts";
import { rewire } from "./wires.ts";

type EditOf<K extends Edit["kind"]> = Extract<Edit, { kind: K }>;

/** Gives a node another id, and names it so wherever it is named. */
export function renameNode(source: Source, { id, newId }: EditOf<"rename-node">): Edited {
  const entry = nodeEntry(source, id);
  if (entry === undefined) return unknownNode(id);
  if (id === newId) return done([]);
  const refusal = refuseId(source, newId);
  if (refusal !== undefined) return refusal;
  const quote = source.text[entry.key.range.start];
  const key = quote === '"' || quote === "'" ? `${quote}${newId}${quote}` : writeKey(newId);
  const owners = [...entriesOf(source, "nodes"), ...entriesOf(source, "outputs")];
  const wires = owners.flatMap((owner) =>
    rewire(source, owner, (wire) => [wire.node === id ? { node: newId, port: wire.port } : wire]),
  );
  const mentions = mentionsOf(source, id).map(({ text, style, range }) => {
    const written = writeScalar(newId, { flow: true, column: 0, unit: source.unit, eol: source.eol, style });
    return { range, newText: text === "" ? "" : written.head };
  });
  return done([{ range: entry.key.range, newText: key }, ...wires, ...mentions]);
}

/** Where tests and groups name a node. */
function mentionsOf(source: Source, id: string) {
  const groups = entriesOf(source, "groups").map(({ value }) =>
    value.kind === "map" ? entryOf(value, "nodes")?.value : undefined,
  );
  const members = groups.flatMap((list) => (list?.kind === "list" ? list.items : []));
  const tests = sectionOf(source, "tests")?.value;
  const steps = (tests?.kind === "list" ? tests.items : []).flatMap((test) =>
    testParts.flatMap((key) => {
      const list = test.kind === "map" ? entryOf(test, key)?.value : undefined;
      return list?.kind === "list" ? list.items : [];
    }),
  );
  const named = steps.map((step) => (step.kind === "map" ? entryOf(step, "node")?.value : undefined));
  return [...members, ...named]
    .filter((value) => value !== undefined)
    .flatMap((value) => (value.kind === "scalar" && value.text === id ? [value] : []));
}
