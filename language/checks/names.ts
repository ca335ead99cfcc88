import type { LanguageCode } from "../codes.ts";
import { type MemberUses, memberUses, templateMemberUses } from "../expression-text.ts";
import type { Located, SourceScalar, SourceValue } from "../model.ts";
import type { ParamLeaf } from "../params.ts";
import { namePattern } from "../parse/reader.ts";
import type { workflowKeys } from "../parse.ts";
import type { Problem } from "../problem.ts";
import { closest, suggestion } from "../similar.ts";
import { sourceRange } from "../source-range.ts";
import { type CheckContext, type ReadParam, report } from "./context.ts";
import { declare, replacements } from "./fixes.ts";

/** The names in scope of every expression whose members a workflow declares, and where. */
const scopes = {
  env: {
    section: "env",
    what: "environment value",
    body: "{ type: string }",
    undeclared: "EDDY_ENV_UNDECLARED",
    unused: "EDDY_ENV_UNUSED",
  },
  secrets: {
    section: "secrets",
    what: "secret",
    body: "{}",
    undeclared: "EDDY_SECRET_UNDECLARED",
    unused: "EDDY_SECRET_UNUSED",
  },
  state: {
    section: "state",
    what: "state",
    body: "{ type: number, initial: 0 }",
    undeclared: "EDDY_STATE_UNDECLARED",
    unused: "EDDY_STATE_UNUSED",
  },
  params: {
    section: "params",
    what: "param of the workflow",
    body: "{ type: string }",
    undeclared: "EDDY_PARAM_UNDECLARED",
    unused: "EDDY_PARAM_UNUSED",
  },
} as const satisfies Record<string, Scope>;

type Root = keyof typeof scopes;

interface Scope {
  /** The key of the file under which the names are declared. */
  readonly section: (typeof workflowKeys)[number];
  readonly what: string;
  /** What a quick fix declares. */
  readonly body: string;
  readonly undeclared: LanguageCode;
  readonly unused: LanguageCode;
}

const rootNames = ["env", "secrets", "state", "params"] as const satisfies readonly Root[];
const roots: ReadonlySet<string> = new Set(rootNames);

/** `env.X`, `secrets.X`, `state.x` and `params.x` that nobody declares, and declared ones that nothing uses. */
export function checkNames(context: CheckContext): readonly Problem[] {
  const { env, secrets, state, params } = context.workflow;
  const declared: Declared = { env, secrets, state, params };
  const texts = namedTexts(context);
  return [...undeclaredNames(context, declared, texts), ...unusedNames(context, declared, texts)];
}

type Declared = Readonly<Record<Root, ReadonlyMap<string, { readonly name: Located<string> }>>>;

function undeclaredNames(
  context: CheckContext,
  declared: Declared,
  texts: readonly NamedText[],
): readonly Problem[] {
  return texts.flatMap(({ node, source, found }) =>
    found.uses.flatMap(({ root, name, start, end }) => {
      // A root that is also a name of the author's own is left to the type checker.
      if (!isRoot(root) || declared[root].has(name) || found.whole.has(root)) return [];
      const place = { value: name, range: sourceRange(source, start, end) };
      return [undeclared(context, root, place, [...declared[root].keys()], node)];
    }),
  );
}

function unusedNames(
  context: CheckContext,
  declared: Declared,
  texts: readonly NamedText[],
): readonly Problem[] {
  if (rootNames.every((root) => declared[root].size === 0)) return [];
  const used = usedNames(context, texts);
  return rootNames.flatMap((root) => {
    if (used.has(root)) return [];
    return [...declared[root].values()].flatMap(({ name: { value, range } }) => {
      if (used.has(`${root}.${value}`)) return [];
      const { unused, what } = scopes[root];
      const message = `The ${what} "${value}" is not used: use it as ${root}.${value}, or remove it.`;
      return [report(unused, "hint", range, message)];
    });
  });
}

interface NamedText {
  readonly node: string | undefined;
  readonly source: SourceScalar;
  readonly found: MemberUses;
}

/** Every text with TypeScript in it that could be read, and the names that it uses. */
function namedTexts({ steps, connections, workflow }: CheckContext): readonly NamedText[] {
  const ofParams = (params: readonly ReadParam[], node?: string): readonly NamedText[] =>
    params.flatMap(({ leaves }) =>
      leaves.flatMap((leaf) => {
        const found = usesOf(leaf);
        return found ? [{ node, source: found.source, found: found.uses }] : [];
      }),
    );
  const { script } = workflow;
  return [
    ...[...steps.values()].flatMap(({ node, params }) => ofParams(params, node.id)),
    ...connections.flatMap(({ params }) => ofParams(params)),
    ...(script ? [{ node: undefined, source: script, found: memberUses(script.text, roots) }] : []),
    ...setStates(steps),
  ];
}

function usesOf(leaf: ParamLeaf): { readonly source: SourceScalar; readonly uses: MemberUses } | undefined {
  switch (leaf.kind) {
    case "template":
      return { source: leaf.source, uses: templateMemberUses(leaf.source.text, roots) };
    case "expression":
    case "code":
      return { source: leaf.source, uses: memberUses(leaf.source.text, roots) };
    case "literal":
    case "type":
    case "connection":
      return undefined;
  }
}

/** The keys of a param that sets state, as uses of it. */
function setStates(steps: CheckContext["steps"]): readonly NamedText[] {
  return [...steps.values()].flatMap(({ node, params }) =>
    params.flatMap(({ entry, descriptor }) => {
      if (descriptor?.kind !== "record" || descriptor.keys !== "state" || entry.value.kind !== "map")
        return [];
      return entry.value.entries.map(({ key }): NamedText => {
        const text = key.value;
        const runs = [{ textStart: 0, sourceStart: key.range.start, length: text.length }];
        const source: SourceScalar = {
          kind: "scalar",
          text,
          style: "plain",
          value: text,
          range: key.range,
          runs,
        };
        const use = { root: "state", name: text, start: 0, end: text.length };
        return { node: node.id, source, found: { uses: [use], whole: new Set() } };
      });
    }),
  );
}

/** `root.name` for each that is used, and `root` where any of them may be. */
function usedNames(context: CheckContext, texts: readonly NamedText[]): ReadonlySet<string> {
  const used = new Set<string>();
  const note = ({ uses, whole }: MemberUses): void => {
    for (const { root, name } of uses) used.add(`${root}.${name}`);
    for (const root of whole) used.add(root);
  };
  for (const { found } of texts) note(found);
  // What could not be read as its type says may still use a name.
  const unread = [...context.steps.values(), ...context.connections].flatMap(({ params }) =>
    params.filter(({ descriptor, problems }) => !descriptor || problems.length > 0),
  );
  for (const { text } of unread.flatMap(({ entry }) => scalarsOf(entry.value))) {
    note(memberUses(text, roots));
    note(templateMemberUses(text, roots));
  }
  return used;
}

function scalarsOf(value: SourceValue): readonly SourceScalar[] {
  switch (value.kind) {
    case "scalar":
      return [value];
    case "list":
      return value.items.flatMap(scalarsOf);
    case "map":
      return value.entries.flatMap((entry) => scalarsOf(entry.value));
  }
}

function undeclared(
  context: CheckContext,
  root: Root,
  name: Located<string>,
  known: readonly string[],
  node: string | undefined,
): Problem {
  const { section, what, body, undeclared: code } = scopes[root];
  const guess = closest(name.value, known);
  const hint = guess === undefined ? "" : ` ${suggestion(guess, known)}`;
  const message = `There is no ${what} "${name.value}": declare it under ${section}:.${hint}`;
  const edits = namePattern.test(name.value) ? declare(context, section, name.value, body) : [];
  const fixes = [
    ...replacements(name.range, guess),
    ...(edits.length === 0 ? [] : [{ title: `Declare ${name.value} under ${section}:`, edits }]),
  ];
  return report(code, "error", name.range, message, { node, fixes });
}

function isRoot(root: string): root is Root {
  return roots.has(root);
}
