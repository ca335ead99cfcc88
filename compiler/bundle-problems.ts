import type { Message } from "esbuild";
import type { Range } from "../language/model.ts";
import type { Problem, ProblemCode } from "../language/problem.ts";
import type { Importers } from "./bundle/modules.ts";
import type { EmittedModule } from "./emit.ts";
import { offsetOf } from "./syntax.ts";

type Place = NonNullable<Message["location"]>;
type Located = Pick<Problem, "message" | "range" | "node">;

/** What the bundler found, where the author wrote it: in the workflow's text, or at the node or script that led there. */
export function bundleProblems(
  messages: readonly Message[],
  modules: readonly EmittedModule[],
  importers: Importers,
): readonly Problem[] {
  const [main] = modules;
  if (!main) return [];
  return messages.map((message): Problem => {
    const code: ProblemCode = isCode(message.detail) ? message.detail : "EDDY_SYNTAX";
    const text = `${message.text.replaceAll(/"(?:user|eddy):/g, '"')}.`.replace(/\.\.$/, ".");
    const place = message.location ?? message.notes[0]?.location;
    const located = place
      ? locate(text, place, { main, modules, importers })
      : { message: text, range: scriptOf(main) };
    return { code, severity: "error", ...located };
  });
}

interface Surroundings {
  readonly main: EmittedModule;
  readonly modules: readonly EmittedModule[];
  readonly importers: Importers;
}

function locate(text: string, place: Place, { main, modules, importers }: Surroundings): Located {
  const emitted = moduleOf(place.file, modules);
  const imported = emitted ? undefined : importOf(place.file, importers);
  const module = emitted ?? (imported && moduleOf(imported.from, modules));
  const message = emitted ? text : `${place.file.replace(/^user:/, "")}:${place.line}: ${text}`;
  if (!module) return { message, range: scriptOf(main) };
  // A subflow's text is another one than that whose problems these are.
  if (module !== main) {
    const node = module.instance.scope.split("/")[0] ?? "";
    const range = main.instance.workflow.nodes.get(node)?.type.range ?? scriptOf(main);
    return { message: emitted ? `${module.instance.file.name}: ${text}` : message, range, node };
  }
  const nodes = [...main.instance.workflow.nodes.values()];
  const range = imported ? writtenIn(main, imported.written) : rangeOf(main, place);
  const node = range
    ? nodes.find((one) => one.range.start <= range.start && range.start < one.range.end)
    : nodes.find(({ type }) => type.value === imported?.written);
  return { message, range: range ?? node?.type.range ?? scriptOf(main), ...(node ? { node: node.id } : {}) };
}

function moduleOf(file: string, modules: readonly EmittedModule[]): EmittedModule | undefined {
  const name = file.replace(/^eddy:/, "");
  return modules.find((module) => module.name === (name === "entry" ? "main" : name));
}

/** The import of an emitted module that leads to a file of the author's. */
function importOf(file: string, importers: Importers) {
  let found = importers.get(file);
  while (found?.from.startsWith("user:")) found = importers.get(found.from);
  return found;
}

/** Where the author's own text imports it; undefined where that is the import of an own node. */
function writtenIn({ text }: EmittedModule, written: string): Range | undefined {
  const origins = text.origins();
  const emitted = text.toString();
  for (const quoted of [`"${written}"`, `'${written}'`]) {
    for (let at = emitted.indexOf(quoted); at >= 0; at = emitted.indexOf(quoted, at + 1)) {
      const origin = origins(at);
      if (origin) return { start: origin.offset, end: origin.offset + quoted.length };
    }
  }
  return undefined;
}

function rangeOf({ text }: EmittedModule, { line, column, length }: Place): Range | undefined {
  const start = offsetOf(text.toString(), line, column);
  const origins = text.origins();
  const first = origins(start);
  if (!first) return undefined;
  const last = origins(start + Math.max(1, length) - 1);
  return {
    start: first.offset,
    end: last && last.offset >= first.offset ? last.offset + 1 : first.offset + 1,
  };
}

function scriptOf({ instance }: EmittedModule): Range {
  return instance.workflow.script?.range ?? { start: 0, end: 0 };
}

/** Our own parts of the bundler say which problem it is. */
function isCode(detail: unknown): detail is ProblemCode {
  return typeof detail === "string" && detail.startsWith("EDDY_");
}
