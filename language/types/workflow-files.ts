import type { Catalog, NodeSignature, ParamDescriptor } from "../catalog.ts";
import { templateParts } from "../expression-text.ts";
import type { SourceFile } from "../mapped-text.ts";
import type { SourceMap, SourceScalar, SourceValue, WorkflowPort } from "../model.ts";
import { ownProperty, readParam } from "../params.ts";
import type { ParsedWorkflow } from "../parse.ts";
import { sourceRange } from "../source-range.ts";
import type { SnippetReader } from "./snippets.ts";
import { propertyName } from "./template-text.ts";
import { type VirtualText, VirtualTextBuilder } from "./virtual-text.ts";

/** What the files of one workflow share. */
export interface SharedFiles {
  readonly script: VirtualText;
  readonly scope: VirtualText;
  /** By which the other files get at the names of both. */
  readonly imports: string;
}

const roots = ["env", "secrets", "state", "params"] as const;
const scopeNames = [...roots, "now"] as const;

/** Names that a file of a node cannot take from the script, since they are its own. */
const reserved: ReadonlySet<string> = new Set(["$eddy"]);

export interface FileRequest {
  readonly parsed: ParsedWorkflow;
  readonly file: SourceFile;
  readonly snippets: SnippetReader;
  readonly isRaw: boolean;
}

/** The script as a module, and what is declared beside it. */
export function sharedFiles(request: FileRequest): SharedFiles {
  const { workflow } = request.parsed;
  const { script } = workflow;
  const read = script && request.snippets.read("script", script.text);
  const own = (read?.names ?? []).filter((name) => !reserved.has(name));
  const taken = new Set(own);
  const free = scopeNames.filter((name) => !taken.has(name));
  const scope = importLine([...free, "type State as $State"], "eddy:scope");
  return {
    script: scriptFile(request, importLine(free, "eddy:scope"), own, read?.exported ?? new Set()),
    scope: scopeFile(request, own.length === 0 ? "" : importLine(own, "eddy:script")),
    imports: (own.length === 0 ? "" : importLine(own, "eddy:script")) + scope,
  };
}

function importLine(names: readonly string[], from: string): string {
  return names.length === 0 ? "" : `import { ${names.join(", ")} } from "${from}";\n`;
}

function scriptFile(
  { parsed: { workflow }, file, snippets, isRaw }: FileRequest,
  imports: string,
  names: readonly string[],
  exported: ReadonlySet<string>,
): VirtualText {
  const builder = new VirtualTextBuilder(file);
  const { script } = workflow;
  if (!script) return builder.add("export {};\n").finish();
  if (!snippets.stands("script", script.text, isRaw)) {
    // What the rest of it declares cannot be told, so that nothing is said of what uses it.
    for (const name of names) builder.add(`export const ${name}: any = 0;\nexport type ${name} = any;\n`);
    return builder.add("export {};\n").finish();
  }
  builder.add(imports);
  builder.slot("code", "script", script.range, () => builder.source(script));
  const others = names.filter((name) => !exported.has(name));
  return builder.add(`\nexport { ${others.join(", ")} };\n`).finish();
}

/** `env`, `secrets`, `state`, `params` and `now`. */
function scopeFile(request: FileRequest, imports: string): VirtualText {
  const { parsed, file } = request;
  const { env, secrets, state, params } = parsed.workflow;
  const builder = new VirtualTextBuilder(file);
  builder.add(imports);
  const members = (of: Iterable<readonly [string, string]>) =>
    [...of].map(([name, type]) => `  readonly ${propertyName(name)}: ${type};\n`).join("");
  builder.add(
    `export declare const env: {\n${members([...env].map(([name, { type }]) => [name, type]))}};\n`,
  );
  builder.add(
    `export declare const secrets: {\n${members([...secrets.keys()].map((name) => [name, "Secret"]))}};\n`,
  );
  const types = [...params].map(([name, { type }]) => [name, type === "duration" ? "number" : type] as const);
  builder.add(`export declare const params: {\n${members(types)}};\n`);
  builder.add("export interface State {\n");
  for (const name of state.keys()) {
    builder.add(`  readonly ${propertyName(name)}: `);
    declaredType(builder, request, scalarAt(parsed.syntax.root, "state", name, "type"), "unknown");
    builder.add(";\n");
  }
  builder.add(
    "}\nexport declare const state: { readonly [Name in keyof State]: $eddy.Frozen<State[Name]> };\n",
  );
  builder.add("/** Milliseconds since 1970. */\nexport declare function now(): number;\n");
  return builder.finish();
}

/** A type that is written somewhere in the file, in parentheses. */
function declaredType(
  builder: VirtualTextBuilder,
  { snippets, isRaw }: Pick<FileRequest, "snippets" | "isRaw">,
  source: SourceScalar | undefined,
  otherwise: string,
): void {
  if (!source || source.text.trim() === "" || !snippets.stands("type", source.text, isRaw)) {
    builder.add(source ? "any" : otherwise);
    return;
  }
  builder.slot("type", "type", source.range, () => builder.add("(").source(source).add("\n)"));
}

/** The scalar at a path of keys; or what stands in place of the map that the last key would be in. */
export function scalarAt(root: SourceMap | undefined, ...path: readonly string[]): SourceScalar | undefined {
  let value: SourceValue | undefined = root;
  for (const key of path) {
    if (value?.kind !== "map") break;
    value = value.entries.find((entry) => entry.key.value === key)?.value;
  }
  return value?.kind === "scalar" ? value : undefined;
}

/** The declared type of an input or output of the workflow. */
export function portType(
  { syntax }: ParsedWorkflow,
  section: "inputs" | "outputs",
  { name }: WorkflowPort,
): SourceScalar | undefined {
  return scalarAt(syntax.root, section, name.value, "type");
}

/** What a message that comes by a wire has to be: checked in the workflow's own file. */
export interface OutputCheck {
  readonly port: WorkflowPort;
  readonly wires: readonly {
    readonly range: { readonly start: number; readonly end: number };
    readonly payload: string;
  }[];
}

/** Params of connections, and the workflow's own inputs and outputs. */
export function workflowFile(
  request: FileRequest,
  catalog: Catalog,
  imports: string,
  outputs: readonly OutputCheck[],
): VirtualText {
  const { parsed, file } = request;
  const builder = new VirtualTextBuilder(file);
  builder.add(imports);
  for (const { type, params } of parsed.workflow.connections.values()) {
    const known = catalog.connections.get(type.value)?.params ?? {};
    for (const [name, { value }] of params) {
      const descriptor = ownProperty(known, name);
      if (descriptor) connectionParam(builder, request, name, descriptor, value);
    }
  }
  for (const port of parsed.workflow.inputs.values()) {
    builder.add("{ let $input: ");
    declaredType(builder, request, portType(parsed, "inputs", port), "unknown");
    builder.add("; }\n");
  }
  for (const { port, wires } of outputs) {
    builder.add("{ let $output: $eddy.Frozen<");
    declaredType(builder, request, portType(parsed, "outputs", port), "unknown");
    builder.add(">;\n");
    wires.forEach(({ range, payload }, index) => {
      builder.add(`  let $wire${index}!: ${payload};\n`);
      builder.slot("wire", port.name.value, range, () => builder.add(`  $output = $wire${index};\n`));
    });
    builder.add("}\n");
  }
  return builder.add("export {};\n").finish();
}

function connectionParam(
  builder: VirtualTextBuilder,
  { snippets, isRaw }: FileRequest,
  name: string,
  descriptor: ParamDescriptor,
  value: SourceValue,
): void {
  if (value.kind !== "scalar" || (!isRaw && readParam(descriptor, value).problems.length > 0)) return;
  const expression = (start: number, end: number, type: string) => {
    const text = value.text.slice(start, end);
    if (!snippets.stands("expression", text, isRaw)) return;
    builder.slot("template", name, sourceRange(value, start, end), () =>
      builder.add(`{ const $value${type} = (`).source(value, start, end).add("\n); }\n"),
    );
  };
  if (descriptor.kind === "expression") expression(0, value.text.length, "");
  if (descriptor.kind !== "template") return;
  const type = descriptor.secrets ? ": $eddy.Text | Secret" : ": $eddy.Text";
  for (const { start, end } of templateParts(value.text).expressions) expression(start, end, type);
}

/** The signature of a type that the workflow brings with it, as a module; with the script that its types are in. */
export function signatureModules(
  signature: NodeSignature,
  name: string,
  snippets: SnippetReader,
): readonly { readonly name: string; readonly text: string }[] {
  const exported = signature.text.replace(
    /^(\s*)(?:export\s+)?declare function/,
    "$1export declare function",
  );
  if (signature.script === undefined) return [{ name, text: `${exported}\nexport {};\n` }];
  const { names, exported: own, error } = snippets.read("script", signature.script);
  const script = error
    ? names.map((one) => `export type ${one} = any;\n`).join("")
    : `declare const env: any, secrets: any, state: any, params: any, now: any;\n${signature.script}\nexport { ${names.filter((one) => !own.has(one)).join(", ")} };\n`;
  const from = `eddy:${name}-script`;
  return [
    { name: `${name}-script`, text: `${script}export {};\n` },
    { name, text: `${importLine(names, from)}${exported}\nexport {};\n` },
  ];
}
