import type { NodeDescriptor } from "../catalog.ts";
import type { SourceFile } from "../mapped-text.ts";
import type { SourceScalar, WorkflowNode } from "../model.ts";
import { outputPorts } from "../ports.ts";
import { type Emitted, ParamWriter } from "./param-text.ts";
import type { SignatureShape } from "./signatures.ts";
import type { SnippetReader } from "./snippets.ts";
import { propertyName } from "./template-text.ts";
import { type VirtualText, VirtualTextBuilder } from "./virtual-text.ts";

/** What a node's file is made of. */
export interface NodeFileRequest {
  readonly node: WorkflowNode;
  readonly descriptor: NodeDescriptor;
  readonly signature: SignatureShape | undefined;
  /** From where the signature is imported; undefined for a built-in one. */
  readonly module: string | undefined;
  /** By input port: the type of the messages that arrive. */
  readonly inputs: ReadonlyMap<string, string>;
  /** The lines by which a file gets at the names of the workflow. */
  readonly imports: string;
  readonly file: SourceFile;
  readonly snippets: SnippetReader;
  /** What is no TypeScript is left in, for somebody who is typing it. */
  readonly isRaw: boolean;
}

export interface NodeFile extends VirtualText {
  /** By port: the name of a value in the file that has the type that the author declares for the payload. */
  readonly declared: ReadonlyMap<string, string>;
  /** The signature takes the declared type of `output:`, and says what becomes of it. */
  readonly takesOutput: boolean;
  readonly emitted: readonly Emitted[];
  /** The text of the author's file. */
  readonly source: string;
  /** Where the types of what comes in stand: an error in them is no error of the author's. */
  readonly head: { readonly start: number; readonly end: number };
}

/** A message of which nothing is known. */
export const anyMessage = "$eddy.Msg<any, any, any>";

/** The text of a node: a call of its signature with its expressions, for TypeScript to check and to tell the type of. */
export function nodeFile(request: NodeFileRequest): NodeFile {
  const { node, descriptor, signature, module, inputs, imports, file } = request;
  const builder = new VirtualTextBuilder(file);
  builder.add(imports);
  if (module !== undefined && signature)
    builder.add(`import { ${signature.name} as $node } from "${module}";\n`);
  const names = declareInputs(builder, inputs, descriptor);
  const head = { start: imports.length, end: builder.length };
  const types = declareTypes(builder, request);
  const params = new ParamWriter(request, builder, {
    declared: types.get("out"),
    returned: types.get(outputPorts(node, descriptor)[0] ?? ""),
    message: messageOf(names, descriptor),
  });
  if (!signature) {
    builder.add("const $params = ");
    params.write(undefined);
    builder.add(";\n");
  } else {
    builder.add(`const $out = ${module === undefined ? `$eddy.${signature.name}` : "$node"}(`);
    if (signature.hasFrom) {
      const wired = node.fromRange ?? node.type.range;
      builder.slot("wire", "from", wired, () => builder.add(fromText(names, descriptor)));
      builder.add(", ");
    }
    params.write(signature);
    builder.add(");\n");
    if (types.has("out") && !params.tookDeclared)
      checkOutput(builder, node.output, outputPorts(node, descriptor));
  }
  builder.add("export {};\n");
  return {
    ...builder.finish(),
    declared: types,
    takesOutput: signature?.params.has("output") === true,
    emitted: params.emitted,
    source: file.text,
    head,
  };
}

/** What the ports are declared to give, as names of values in the file. */
function declareTypes(
  builder: VirtualTextBuilder,
  { node, descriptor, snippets, isRaw }: NodeFileRequest,
): ReadonlyMap<string, string> {
  const declared = new Map<string, string>();
  const declare = (port: string, source: SourceScalar, name: string) => {
    if (source.text.trim() === "" || !snippets.stands("type", source.text, isRaw)) return;
    builder.slot("type", name, source.range, () => {
      builder.add(`declare const $type${declared.size}: (`).source(source).add("\n);\n");
    });
    declared.set(port, `$type${declared.size}`);
  };
  if (node.output) declare("out", node.output, "output");
  const from = descriptor.outputsFrom;
  const named = from && descriptor.params[from.param];
  const written = from && node.params.get(from.param)?.value;
  const holdsTypes =
    named?.kind === "either" && named.of.some((one) => one.kind === "record" && one.of.kind === "type");
  if (holdsTypes && written?.kind === "map")
    for (const { key, value } of written.entries)
      if (value.kind === "scalar") declare(key.value, value, key.value);
  return declared;
}

function declareInputs(
  builder: VirtualTextBuilder,
  inputs: ReadonlyMap<string, string>,
  descriptor: NodeDescriptor,
): ReadonlyMap<string, string> {
  if (descriptor.inputs === "none") return new Map();
  const given = inputs.size === 0 && descriptor.inputs === "single" ? new Map([["in", anyMessage]]) : inputs;
  const names = new Map<string, string>();
  for (const [port, type] of given) {
    const name = `$from${names.size}`;
    builder.add(`declare const ${name}: ${type};\n`);
    names.set(port, name);
  }
  return names;
}

function fromText(names: ReadonlyMap<string, string>, { inputs }: NodeDescriptor): string {
  if (inputs !== "named") return [...names.values()][0] ?? "$eddy.$any";
  return `{ ${[...names].map(([port, name]) => `${propertyName(port)}: ${name}`).join(", ")} }`;
}

/** The type of `msg` where no signature says it. */
function messageOf(names: ReadonlyMap<string, string>, { inputs }: NodeDescriptor): string {
  if (inputs === "none" || names.size === 0) return "Message<undefined>";
  return [...names.values()].map((name) => `typeof ${name}`).join(" | ");
}

function checkOutput(
  builder: VirtualTextBuilder,
  output: SourceScalar | undefined,
  ports: readonly string[],
): void {
  if (!output || !ports.includes("out")) return;
  builder.slot("output", "output", output.range, () =>
    builder.add("const $checked: $eddy.Frozen<typeof $type0> = $out.out.payload;\n"),
  );
}
