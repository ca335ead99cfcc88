import type { NodeSignature } from "../catalog.ts";
import type { Problem } from "../problem.ts";
import { Answers } from "./answers.ts";
import type {
  PortType,
  TypeChecker,
  TypeCheckerOptions,
  TypedWorkflow,
  TypeLocation,
  TypeRequest,
} from "./contract.ts";
import { errorPort, type PortText } from "./outputs.ts";
import { ambientText } from "./prelude.ts";
import { problemsOf, wireProblems } from "./problems.ts";
import { ambientPath, GeneratedFiles, generatedPath } from "./program.ts";
import { checkFile, type FileResult, type KnownSignature, Run, type RunContext } from "./run.ts";
import { scriptShape } from "./script-shape.ts";
import { readSignature } from "./signatures.ts";
import { SnippetReader } from "./snippets.ts";
import { findSyntaxProblems } from "./syntax-problems.ts";
import { readableType } from "./words.ts";
import { type SharedFiles, sharedFiles, signatureModules, workflowFile } from "./workflow-files.ts";

/** A checker that stays warm: check as often as you like, one workflow after the other; `dispose` when done. */
export function createTypeChecker(options: TypeCheckerOptions): TypeChecker {
  return new WarmChecker(options);
}

/** What is kept of a workflow from one check to the next. */
interface Kept {
  readonly script: string;
  readonly others: string;
  /** What nodes see of the script. */
  readonly shape: string;
  /** The texts that every node sees; where they change, every node is checked again. */
  readonly surroundings: string;
  readonly known: Map<string, FileResult>;
}

/** What a check has left behind for questions. */
export interface LastCheck {
  readonly request: TypeRequest;
  readonly shared: SharedFiles;
  readonly run: Run;
  readonly context: RunContext;
}

class WarmChecker implements TypeChecker {
  readonly #options: TypeCheckerOptions;
  readonly #files: GeneratedFiles;
  readonly #snippets: SnippetReader;
  readonly #kept = new Map<string, Kept>();
  readonly #last = new Map<string, LastCheck>();
  readonly #shapes = new Map<string, ReturnType<typeof readSignature>>();
  readonly #answers: Answers;
  #builtin: TypeRequest["catalog"]["signatures"];

  constructor(options: TypeCheckerOptions) {
    this.#options = options;
    this.#files = new GeneratedFiles(options);
    this.#snippets = new SnippetReader(options.typescript);
    this.#answers = new Answers(options.typescript, this.#files, this.#snippets);
  }

  check(request: TypeRequest): TypedWorkflow {
    const { parsed } = request;
    const syntax = findSyntaxProblems(request, this.#snippets);
    const file = { name: request.file, text: parsed.text };
    const fileRequest = { parsed, file, snippets: this.#snippets, isRaw: false };
    const shared = sharedFiles(fileRequest);
    const { known, surroundings } = this.#prepare(request, shared);
    const context: RunContext = {
      ts: this.#options.typescript,
      files: this.#files,
      snippets: this.#snippets,
      request,
      file,
      imports: shared.imports,
      signature: this.#signatures(request),
      broken: syntax.broken,
      known,
    };
    const run = new Run(context);
    const start = { start: 0, end: 0 };
    const problems: Problem[] = [...syntax.problems];
    const scriptRange = parsed.workflow.script?.range ?? start;
    for (const [name, virtual] of [
      ["script", shared.script],
      ["scope", shared.scope],
    ] as const) {
      const { findings } = checkFile(context, name, virtual, surroundings);
      problems.push(...problemsOf(findings, virtual, scriptRange));
    }
    run.run();
    this.#last.set(request.file, { request, shared, run, context });
    const isBlind = hasHiddenNames(request, this.#snippets);
    for (const { node, file: virtual, findings: all } of run.nodes.values()) {
      const findings = isBlind ? all.filter(({ code }) => code !== "EDDY_TYPE_UNKNOWN_NAME") : all;
      if (virtual) problems.push(...problemsOf(findings, virtual, node.type.range, node));
    }
    if (run.isComplete) {
      problems.push(...wireProblems(run, request));
      const outputs = [...parsed.workflow.outputs.values()].map((port) => ({
        port,
        wires: port.from.flatMap((wire) => {
          const from = run.portOf(wire);
          return from && !from.isBroken && !from.isNever
            ? [{ range: wire.range, payload: from.payload }]
            : [];
        }),
      }));
      const own = workflowFile(fileRequest, request.catalog, shared.imports, outputs);
      const { findings } = checkFile(context, "workflow", own, surroundings);
      problems.push(...problemsOf(findings, own, start));
    }
    return { problems: sorted(problems), ...portTypes(run), isComplete: run.isComplete };
  }

  /** Writes down what all nodes see. Where any of it has changed, nothing that was known counts. */
  #prepare(request: TypeRequest, shared: SharedFiles): Kept {
    this.#setAmbient(request);
    const { file } = request;
    const script = shared.script.text.toString();
    const scope = shared.scope.text.toString();
    this.#files.set(generatedPath(file, "script"), script);
    this.#files.set(generatedPath(file, "scope"), scope);
    const own = ownSignatures(request).flatMap(([, signature], index) =>
      signatureModules(signature, `type${index}`, this.#snippets),
    );
    for (const { name, text } of own) this.#files.set(generatedPath(file, name), text);
    const imported = /\bimport\b/.test(script) ? this.#files.importedBy(generatedPath(file, "script")) : "";
    const others = [scope, imported, ...own.map(({ text }) => text)].join("\0");
    const kept = this.#kept.get(file);
    const isSame = kept?.script === script && kept.others === others;
    const shape = isSame ? kept.shape : this.#shapeOf(file, request.parsed.workflow.script?.text);
    const surroundings = `${shape}\0${others}`;
    const known = kept?.surroundings === surroundings ? kept.known : new Map<string, FileResult>();
    const now = { script, others, shape, surroundings, known };
    this.#kept.set(file, now);
    return now;
  }

  #shapeOf(file: string, script: string | undefined): string {
    if (script === undefined) return "";
    const path = generatedPath(file, "script");
    return scriptShape(this.#options.typescript, this.#files.program([path]), path);
  }

  #setAmbient({ catalog }: TypeRequest): void {
    if (this.#builtin && this.#builtin === catalog.signatures) return;
    const texts = [...(catalog.signatures ?? [])].flatMap(([, one]) =>
      one.file === undefined ? [one.text] : [],
    );
    this.#builtin = catalog.signatures;
    this.#files.set(ambientPath, ambientText(texts));
  }

  #signatures(request: TypeRequest): (type: string) => KnownSignature | undefined {
    const own = new Map(ownSignatures(request).map(([type], index) => [type, `eddy:type${index}`]));
    return (type) => {
      const signature = request.catalog.signatures?.get(type);
      if (!signature) return undefined;
      let shape = this.#shapes.get(signature.text);
      if (!shape && !this.#shapes.has(signature.text)) {
        shape = readSignature(this.#options.typescript, signature);
        this.#shapes.set(signature.text, shape);
      }
      return { shape, module: own.get(type) };
    };
  }

  complete(file: string, offset: number) {
    return this.#answers.complete(this.#last.get(file), offset);
  }

  completionDetails(file: string, offset: number, label: string) {
    return this.#answers.completionDetails(this.#last.get(file), offset, label);
  }

  hover(file: string, offset: number) {
    return this.#answers.hover(this.#last.get(file), offset);
  }

  signatureHelp(file: string, offset: number) {
    return this.#answers.signatureHelp(this.#last.get(file), offset);
  }

  definition(file: string, offset: number) {
    return this.#answers.definition(this.#last.get(file), offset);
  }

  references(file: string, offset: number) {
    return this.#answers.references(this.#last.get(file), offset);
  }

  uses(file: string, declaration: TypeLocation) {
    return this.#answers.uses(this.#last.get(file), declaration);
  }

  forget(file: string): void {
    this.#kept.delete(file);
    this.#last.delete(file);
    this.#files.forget(file);
  }

  dispose(): void {
    this.#kept.clear();
    this.#last.clear();
    this.#files.service.dispose();
  }
}

/** A script that cannot be read at all declares names that nobody knows. */
function hasHiddenNames({ parsed }: TypeRequest, snippets: SnippetReader): boolean {
  const { script } = parsed.workflow;
  return script !== undefined && snippets.read("script", script.text).isTooDeep;
}

/** Signatures of types that the workflow brings with it and uses, in the order of the catalog. */
function ownSignatures({ catalog, parsed }: TypeRequest): readonly (readonly [string, NodeSignature])[] {
  const used = new Set([...parsed.workflow.nodes.values()].map(({ type }) => type.value));
  return [...(catalog.signatures ?? [])].filter(([type, { file }]) => file !== undefined && used.has(type));
}

function portTypes(run: Run): Pick<TypedWorkflow, "ports" | "inputs"> {
  const of = (ports: ReadonlyMap<string, PortText>) =>
    [...ports].map(([name, port]) => [name, portType(port)] as const);
  const nodes = [...run.nodes];
  return {
    ports: new Map(
      nodes.map(([id, { ports }]) => [id, new Map([...of(ports), ["error", portType(errorPort)]])]),
    ),
    inputs: new Map(nodes.map(([id, { inputs }]) => [id, new Map(of(inputs))])),
  };
}

function portType({ payload, topic, source, isAny, isNever }: PortText): PortType {
  return {
    payload: readableType(payload),
    topic: readableType(topic),
    source: readableType(source),
    isUnknown: isAny,
    isNever,
  };
}

function sorted(problems: readonly Problem[]): readonly Problem[] {
  return problems.toSorted(
    (one, other) => one.range.start - other.range.start || one.range.end - other.range.end,
  );
}
