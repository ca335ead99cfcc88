import { memberUses, templateMemberUses } from "../expression-text.ts";
import type { SourceEntry, SourceScalar, SourceValue } from "../model.ts";
import { descriptorOf, entriesOf, type Source } from "./source.ts";

/** The sections whose names expressions use. */
export const scopeNames = ["env", "secrets", "state", "params"] as const;
export type ScopeName = (typeof scopeNames)[number];

/** Which names of the workflow some of its text uses. Where that cannot be told, it is all of a section. */
export interface Uses {
  has(scope: ScopeName, name: string): boolean;
  hasAny(scope: ScopeName): boolean;
}

const scopes: ReadonlySet<string> = new Set(scopeNames);

/** What the TypeScript in these values may use, whatever kind of param each of them is. */
export function usesOf(source: Source, entries: readonly SourceEntry[]): Uses {
  const used = new Set<string>(entries.flatMap((entry) => stateSetBy(source, entry)));
  const scalars = entries.flatMap(({ value }) => scalarsOf(value));
  for (const { text } of scalars) {
    for (const { uses, whole } of [memberUses(text, scopes), templateMemberUses(text, scopes)]) {
      for (const { root, name } of uses) used.add(`${root}.${name}`);
      for (const root of whole) used.add(root);
    }
  }
  return {
    has: (scope, name) => used.has(scope) || used.has(`${scope}.${name}`),
    hasAny: (scope) => [...used].some((use) => use === scope || use.startsWith(`${scope}.`)),
  };
}

/** Nodes that set state name it by the keys of a map. */
function stateSetBy(source: Source, { key, value }: SourceEntry): readonly string[] {
  const params = descriptorOf(source, key.value)?.params ?? {};
  return (value.kind === "map" ? value.entries : []).flatMap((entry) => {
    const param = Object.hasOwn(params, entry.key.value) ? params[entry.key.value] : undefined;
    if (param?.kind !== "record" || param.keys !== "state" || entry.value.kind !== "map") return [];
    return entry.value.entries.map((set) => `state.${set.key.value}`);
  });
}

/** The connections that nodes talk over, by name. */
export function connectionsOf(source: Source, ids: Iterable<string>): ReadonlySet<string> {
  const { connections, nodes } = source.parsed.workflow;
  const used = new Set<string>();
  for (const id of ids) {
    const written = nodes.get(id)?.params;
    const params = Object.entries(descriptorOf(source, id)?.params ?? { connection: undefined });
    for (const [name, param] of params) {
      if (param !== undefined && param.kind !== "connection") continue;
      const value = written?.get(name)?.value;
      if (value?.kind === "scalar") used.add(value.text.trim());
      else if (param !== undefined)
        for (const one of connections.values()) if (one.type.value === param.of) used.add(one.name.value);
    }
  }
  return used;
}

/** True where the text mentions a name that the script declares or imports. */
export function usesScript(script: string, text: string): boolean {
  const words = new Set(text.match(word));
  return [...script.matchAll(declarations)]
    .flatMap(([, names = ""]) => names.match(word) ?? [])
    .some((name) => words.has(name));
}

const word = /[\p{L}_$][\p{L}\p{N}_$]*/gu;
/** More words than the names themselves may stand there; a script too many does no harm. */
const declarations =
  /\b((?:import\b[^;"']*?\bfrom\b)|(?:const|let|var)\b[^=]*=.*|(?:function|class|interface|type|enum|namespace)\b[^=({]*)/g;

export function scalarsOf(value: SourceValue): readonly SourceScalar[] {
  switch (value.kind) {
    case "scalar":
      return [value];
    case "list":
      return value.items.flatMap(scalarsOf);
    case "map":
      return value.entries.flatMap((entry) => scalarsOf(entry.value));
  }
}

/** The nodes that tests name, and the tests by name. */
export function testsOf({ parsed }: Source, ids: ReadonlySet<string>): string | undefined {
  return parsed.workflow.tests.find(({ mocks, given, expect }) =>
    [...mocks, ...given, ...expect].some(({ node }) => ids.has(node)),
  )?.name.value;
}

/** The nodes of the file that are not among these. */
export function otherNodes(source: Source, ids: ReadonlySet<string>): readonly SourceEntry[] {
  return entriesOf(source, "nodes").filter(({ key }) => !ids.has(key.value));
}
