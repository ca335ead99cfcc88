import type TypeScript from "typescript";
import type { TypeScriptModule } from "../../language/index.ts";
import { folderOf, joinPath } from "../../language/resolve-paths.ts";
import type { Instance, Program } from "../program.ts";
import type { ReadFile } from "../resolve.ts";
import { ShapeReader } from "./read.ts";
import type { Shapes } from "./shape.ts";

/** Sets of types that are remembered: a workflow is compiled again and again with the same ones. */
const mostRemembered = 200;
const endings = ["", ".ts", "/index.ts", ".d.ts"];

/** Finds out what payload types that a workflow declares say, with TypeScript, which is loaded when the first one is asked for. */
export class PayloadTypes {
  readonly #load: () => Promise<TypeScriptModule>;
  readonly #known = new Map<string, readonly Shapes[]>();
  /** TypeScript's own libraries, which never change. */
  readonly #libraries = new Map<string, TypeScript.SourceFile | undefined>();

  constructor(load: () => Promise<TypeScriptModule>) {
    this.#load = load;
  }

  /** The shapes of types as the script of this file sees them, in their order. */
  async shapesOf(instance: Instance, types: readonly string[], read: ReadFile): Promise<readonly Shapes[]> {
    const typescript = await this.#load();
    const file = `${folderOf(instance.path)}/eddy-payload-types.ts`;
    const aliases = types.map((type, index) => `export type ${aliasOf(index)} = (\n${type}\n);\n`);
    const text = `${instance.workflow.script?.text ?? ""}\n${aliases.join("")}`;
    const files = await imported(typescript, file, text, read);
    const key = JSON.stringify([...files]);
    const known = this.#known.get(key);
    if (known) return known;
    const shapes = this.#shapes(typescript, file, files, types.length);
    if (this.#known.size >= mostRemembered) this.#known.clear();
    this.#known.set(key, shapes);
    return shapes;
  }

  #shapes(
    typescript: TypeScriptModule,
    file: string,
    files: ReadonlyMap<string, string>,
    count: number,
  ): readonly Shapes[] {
    const options = compilerOptions(typescript);
    const program = typescript.createProgram([file], options, this.#host(typescript, options, files));
    const checker = program.getTypeChecker();
    const aliases = new Map(
      (program.getSourceFile(file)?.statements ?? []).flatMap((statement) =>
        typescript.isTypeAliasDeclaration(statement) ? [[statement.name.text, statement] as const] : [],
      ),
    );
    return Array.from({ length: count }, (_, index) => {
      const alias = aliases.get(aliasOf(index));
      const reader = new ShapeReader(typescript, checker);
      return alias
        ? reader.read(checker.getTypeFromTypeNode(alias.type))
        : { payload: { kind: "any" }, recursive: [] };
    });
  }

  #host(
    typescript: TypeScriptModule,
    options: TypeScript.CompilerOptions,
    files: ReadonlyMap<string, string>,
  ): TypeScript.CompilerHost {
    const { sys } = typescript;
    const readText = (name: string) => files.get(name) ?? sys.readFile(name);
    const parse = (name: string, version: TypeScript.ScriptTarget | TypeScript.CreateSourceFileOptions) => {
      const text = readText(name);
      return text === undefined ? undefined : typescript.createSourceFile(name, text, version);
    };
    const libraries = folderOf(typescript.getDefaultLibFilePath(options).replaceAll("\\", "/"));
    return {
      getSourceFile: (name, version) => {
        if (!name.startsWith(`${libraries}/`)) return parse(name, version);
        if (!this.#libraries.has(name)) this.#libraries.set(name, parse(name, version));
        return this.#libraries.get(name);
      },
      fileExists: (name) => files.has(name) || sys.fileExists(name),
      readFile: readText,
      getDefaultLibFileName: () => typescript.getDefaultLibFilePath(options),
      getDefaultLibLocation: () => libraries,
      getCurrentDirectory: () => "/",
      getCanonicalFileName: (name) => name,
      useCaseSensitiveFileNames: () => true,
      getNewLine: () => "\n",
      writeFile: () => {},
    };
  }
}

/** What the triggers of a program declare, by the node's id in the whole workflow. */
export async function payloadsOf(
  { instances }: Program,
  types: PayloadTypes,
  read: ReadFile,
): Promise<ReadonlyMap<string, Shapes>> {
  const all = await Promise.all(
    instances.map(async (instance) => {
      const declared = [...instance.workflow.nodes.values()].flatMap(({ id, type, output, disabled }) => {
        const isTrigger = instance.catalog.nodes.get(type.value)?.timing === "trigger";
        return isTrigger && output && !disabled ? [{ id: instance.scope + id, text: output.text }] : [];
      });
      if (declared.length === 0) return [];
      const texts = declared.map(({ text }) => text);
      const shapes = await types.shapesOf(instance, texts, read);
      return declared.flatMap(({ id }, index) => {
        const shape = shapes[index];
        return shape && shape.payload.kind !== "any" ? [[id, shape] as const] : [];
      });
    }),
  );
  return new Map(all.flat());
}

/** A name that no author has. */
function aliasOf(index: number): string {
  return `$EddyPayload${index}`;
}

function compilerOptions(typescript: TypeScriptModule): TypeScript.CompilerOptions {
  return {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    target: typescript.ScriptTarget.ES2024,
    module: typescript.ModuleKind.ESNext,
    moduleResolution: typescript.ModuleResolutionKind.Bundler,
    lib: ["lib.es2024.d.ts"],
    types: [],
  };
}

/** A text with all that it imports by relative paths, by path. What cannot be found is left out. */
async function imported(
  typescript: TypeScriptModule,
  file: string,
  text: string,
  read: ReadFile,
): Promise<ReadonlyMap<string, string>> {
  const files = new Map([[file, text]]);
  const follow = async (from: string, content: string): Promise<void> => {
    for (const { fileName } of typescript.preProcessFile(content).importedFiles) {
      if (!fileName.startsWith(".")) continue;
      const wanted = joinPath(folderOf(from), fileName);
      for (const path of wanted === undefined ? [] : endings.map((ending) => wanted + ending)) {
        if (files.has(path)) break;
        const found = await read(path);
        if (found === undefined) continue;
        files.set(path, found);
        await follow(path, found);
        break;
      }
    }
  };
  await follow(file, text);
  return files;
}
