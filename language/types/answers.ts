import type TypeScript from "typescript";
import type { Range } from "../model.ts";
import type { TypeScriptModule } from "../own-node.ts";
import type { LastCheck } from "./checker.ts";
import type {
  CompletionDetails,
  CompletionItem,
  CompletionKind,
  HoverInformation,
  SignatureHelp,
  TypeLocation,
} from "./contract.ts";
import { type Focus, focusAt } from "./focus.ts";
import { ambientPath, type GeneratedFiles, generatedPath, isGenerated } from "./program.ts";
import { withinStack } from "./run.ts";
import type { SnippetReader } from "./snippets.ts";
import { sourceRangeOf, type VirtualText } from "./virtual-text.ts";
import { exactType, readableType } from "./words.ts";

/** Names that generated files need and nobody else does. */
const hidden: ReadonlySet<string> = new Set(
  "Case WithPayload Given Giving PayloadOf TopicOf Returned Later Flat WindowPayload secretBrand globalThis emit_".split(
    " ",
  ),
);

/** Answers about places in workflows that have been checked. */
export class Answers {
  readonly #ts: TypeScriptModule;
  readonly #files: GeneratedFiles;
  readonly #snippets: SnippetReader;

  constructor(ts: TypeScriptModule, files: GeneratedFiles, snippets: SnippetReader) {
    this.#ts = ts;
    this.#files = files;
    this.#snippets = snippets;
  }

  complete(last: LastCheck | undefined, offset: number): readonly CompletionItem[] | undefined {
    return this.#at(last, offset, ({ path, position, rangeOf }) => {
      const found = this.#files.service.getCompletionsAtPosition(path, position, {
        includeCompletionsWithInsertText: true,
        includeAutomaticOptionalChainCompletions: true,
      });
      return (found?.entries ?? []).flatMap((entry): readonly CompletionItem[] => {
        const { name, kind, sortText, insertText, replacementSpan } = entry;
        if (name.startsWith("$") || hidden.has(name)) return [];
        const range = replacementSpan && rangeOf(replacementSpan.start, replacementSpan.length);
        return [
          {
            label: name,
            kind: kindOf(kind),
            sortText,
            ...(insertText === undefined ? {} : { insertText }),
            ...(range ? { range } : {}),
          },
        ];
      });
    });
  }

  completionDetails(
    last: LastCheck | undefined,
    offset: number,
    label: string,
  ): CompletionDetails | undefined {
    return this.#at(last, offset, ({ path, position }) => {
      const details = this.#files.service.getCompletionEntryDetails(
        path,
        position,
        label,
        undefined,
        undefined,
        undefined,
        undefined,
      );
      if (!details) return undefined;
      return { detail: shownParts(details.displayParts), documentation: this.#prose(details) };
    });
  }

  hover(last: LastCheck | undefined, offset: number): HoverInformation | undefined {
    const script = last && generatedPath(last.request.file, "script");
    return this.#at(last, offset, ({ path, position, rangeOf }) => {
      const info = this.#files.service.getQuickInfoAtPosition(path, position);
      const range = info && rangeOf(info.textSpan.start, info.textSpan.length);
      if (!info || !range) return undefined;
      const shown = path === script ? exactParts : shownParts;
      // Names of the script come into a generated file by an import, which is nobody's business.
      const type = shown(info.displayParts)
        .replace(/^\(alias\) /, "")
        .replace(/\nimport .*$/, "");
      return { range, type, documentation: this.#prose(info) };
    });
  }

  signatureHelp(last: LastCheck | undefined, offset: number): SignatureHelp | undefined {
    return this.#at(last, offset, ({ path, position, virtual }) => {
      const found = this.#files.service.getSignatureHelpItems(path, position, undefined);
      // The call around the author's text is none of the author's.
      if (!found || virtual.text.origins()(found.applicableSpan.start - 1) === undefined) return undefined;
      return {
        signatures: found.items.map((item) => {
          const parameters = item.parameters.map(({ displayParts, documentation }) => ({
            label: exactParts(displayParts),
            documentation: this.#ts.displayPartsToString(documentation),
          }));
          const separator = exactParts(item.separatorDisplayParts);
          const label = [
            exactParts(item.prefixDisplayParts),
            parameters.map((one) => one.label).join(separator),
            exactParts(item.suffixDisplayParts),
          ].join("");
          return { label, documentation: this.#ts.displayPartsToString(item.documentation), parameters };
        }),
        activeSignature: found.selectedItemIndex,
        activeParameter: found.argumentIndex,
      };
    });
  }

  definition(last: LastCheck | undefined, offset: number): readonly TypeLocation[] {
    const found = this.#at(last, offset, ({ path, position }) =>
      this.#files.service.getDefinitionAtPosition(path, position),
    );
    if (!last || !found) return [];
    return unique(
      found.flatMap(({ fileName, textSpan }) => this.#locationOf(last, fileName, textSpan) ?? []),
    );
  }

  references(last: LastCheck | undefined, offset: number): readonly TypeLocation[] {
    if (!last) return [];
    const { file } = last.request;
    const script = generatedPath(file, "script");
    const found = this.#at(last, offset, ({ path, position }) => {
      const declared = this.#files.service.getDefinitionAtPosition(path, position) ?? [];
      if (!declared.some(({ fileName }) => fileName === script)) return undefined;
      // Every generated file is asked, not only that of the place.
      for (const { name, virtual } of this.#virtualsOf(last))
        if (generatedPath(file, name) !== path)
          this.#files.set(generatedPath(file, name), virtual.text.toString());
      this.#files.program([path, ...this.#virtualsOf(last).map(({ name }) => generatedPath(file, name))]);
      return this.#files.service.getReferencesAtPosition(path, position);
    });
    return unique(
      (found ?? []).flatMap(({ fileName, textSpan }) => this.#locationOf(last, fileName, textSpan) ?? []),
    );
  }

  uses(last: LastCheck | undefined, { file: module, range }: TypeLocation): readonly TypeLocation[] {
    if (!last) return [];
    const { file } = last.request;
    const virtuals = this.#virtualsOf(last).map(
      ({ name, virtual }) => [generatedPath(file, name), virtual] as const,
    );
    for (const [path, virtual] of virtuals) this.#files.set(path, virtual.text.toString());
    const program = this.#files.program(virtuals.map(([path]) => path));
    if (!program.getSourceFile(module)) return [];
    const found = withinStack(() => this.#files.service.getReferencesAtPosition(module, range.start)) ?? [];
    return unique(
      found.flatMap(({ fileName, textSpan }) => this.#locationOf(last, fileName, textSpan) ?? []),
    );
  }

  /** Asks TypeScript's service about a place, and puts back what was there before. */
  #at<Answer>(
    last: LastCheck | undefined,
    offset: number,
    ask: (focus: Focus) => Answer | undefined,
  ): Answer | undefined {
    const focus = last && focusAt(last, offset, this.#files, this.#snippets);
    if (!focus) return undefined;
    try {
      this.#files.program([focus.path]);
      return withinStack(() => ask(focus));
    } finally {
      const checked = this.#virtualsOf(last).find(
        ({ name }) => generatedPath(last.request.file, name) === focus.path,
      );
      if (checked) this.#files.set(focus.path, checked.virtual.text.toString());
    }
  }

  #virtualsOf({
    shared,
    run,
  }: LastCheck): readonly { readonly name: string; readonly virtual: VirtualText }[] {
    return [
      { name: "script", virtual: shared.script },
      { name: "scope", virtual: shared.scope },
      ...[...run.nodes].flatMap(([id, { file }]) => (file ? [{ name: `node-${id}`, virtual: file }] : [])),
    ];
  }

  #locationOf(
    last: LastCheck,
    path: string,
    { start, length }: TypeScript.TextSpan,
  ): TypeLocation | undefined {
    const { file } = last.request;
    if (path === ambientPath) return undefined;
    if (!isGenerated(path)) return { file: path, range: { start, end: start + length } };
    const found = this.#virtualsOf(last).find(({ name }) => generatedPath(file, name) === path);
    if (!found) return undefined;
    const { virtual } = found;
    const range =
      sourceRangeOf(virtual, virtual.text.origins(), start, start + length) ??
      (found.name === "scope" ? declarationOf(last, virtual.text.toString(), start, length) : undefined);
    return range && { file, range };
  }

  #prose({ documentation, tags }: Pick<TypeScript.QuickInfo, "documentation" | "tags">): string {
    const text = this.#ts.displayPartsToString(documentation);
    const more = (tags ?? []).map(({ name, text: parts }) =>
      `*@${name}* ${this.#ts.displayPartsToString(parts)}`.trim(),
    );
    return [text, ...more].filter((part) => part !== "").join("\n\n");
  }
}

/** Where the author declares a member of `env`, `secrets`, `state` or `params`. */
function declarationOf(
  { request }: LastCheck,
  scope: string,
  start: number,
  length: number,
): Range | undefined {
  const name = scope.slice(start, start + length).replace(/^"|"$/g, "");
  const before = scope.slice(0, start);
  const section = /(?:const (env|secrets|params)|interface (State))[^\0]*$/.exec(
    before.slice(
      Math.max(before.lastIndexOf("export declare const"), before.lastIndexOf("export interface")),
    ),
  );
  const { env, secrets, params, state } = request.parsed.workflow;
  const declared = { env, secrets, params, state }[section?.[1] ?? "state"];
  return declared?.get(name)?.name.range;
}

type Parts = readonly TypeScript.SymbolDisplayPart[] | undefined;

/** What a message holds. */
function shownParts(parts: Parts): string {
  return readableType((parts ?? []).map(({ text }) => text).join(""));
}

/** What an author declares: here it matters whether somebody may change it. */
function exactParts(parts: Parts): string {
  return exactType((parts ?? []).map(({ text }) => text).join(""));
}

function unique(locations: readonly TypeLocation[]): readonly TypeLocation[] {
  const byPlace = new Map(locations.map((one) => [`${one.file}:${one.range.start}:${one.range.end}`, one]));
  return [...byPlace.values()].sort(
    (one, other) => one.file.localeCompare(other.file) || one.range.start - other.range.start,
  );
}

const kinds: Readonly<Record<string, CompletionKind>> = {
  property: "property",
  getter: "property",
  setter: "property",
  method: "method",
  function: "function",
  "local function": "function",
  class: "class",
  "local class": "class",
  interface: "interface",
  type: "type",
  "type parameter": "type",
  enum: "enum",
  "enum member": "property",
  keyword: "keyword",
  "primitive type": "type",
  module: "module",
  "external module name": "module",
  string: "text",
};

function kindOf(kind: TypeScript.ScriptElementKind): CompletionKind {
  return kinds[kind] ?? "variable";
}
