import { decode, encode, type SourceMapSegment } from "@jridgewell/sourcemap-codec";
import { createLineIndex, type LineIndex } from "../language/index.ts";
import type { Origin, SourceFile } from "../language/mapped-text.ts";
import type { BuiltChunk } from "./bundle/chunks.ts";
import type { Bundle } from "./bundle.ts";
import type { EmittedModule } from "./emit.ts";

/**
 * The map of an artifact, JSON: from its code to the workflow's files. The bundle's own leads to the emitted
 * modules; from there it goes on by what they know of their own text. What is not the author's is left out.
 */
export function composeMap(
  { map, linesBefore }: Pick<Bundle, "map" | "linesBefore">,
  modules: readonly EmittedModule[],
): string {
  const sources = new Sources();
  const lines =
    typeof map === "string" ? bundledLines(map, modules, sources) : chunkLines(map, modules[0], sources);
  const head: SourceMapSegment[][] = Array.from({ length: linesBefore }, () => []);
  return JSON.stringify({
    version: 3,
    sources: sources.names,
    names: [],
    mappings: encode([...head, ...lines]),
  });
}

function bundledLines(
  bundled: string,
  modules: readonly EmittedModule[],
  sources: Sources,
): SourceMapSegment[][] {
  const map = JSON.parse(bundled) as { readonly sources: readonly string[]; readonly mappings: string };
  const places = map.sources.map((source) => placeIn(source, modules, sources));
  return decode(map.mappings).map((segments) =>
    keptSegments(
      segments.map((segment) => [
        segment[0],
        segment.length === 1 ? undefined : places[segment[1]]?.(segment[2], segment[3]),
      ]),
    ),
  );
}

function chunkLines(
  built: readonly BuiltChunk[],
  module: EmittedModule | undefined,
  sources: Sources,
): SourceMapSegment[][] {
  return built.flatMap(({ places }, at) => {
    const origins = module?.chunks[at]?.text.origins();
    return places.map((line) =>
      keptSegments(line.map(([column, offset]) => [column, sources.place(origins?.(offset))])),
    );
  });
}

type FilePlace = readonly [source: number, line: number, column: number];

/** One mark where the author's text ends is enough. */
function keptSegments(
  found: readonly (readonly [column: number, place: FilePlace | undefined])[],
): SourceMapSegment[] {
  const kept: SourceMapSegment[] = [];
  for (const [column, place] of found) {
    if (place) kept.push([column, ...place]);
    else if (kept.length > 0 && kept.at(-1)?.length !== 1) kept.push([column]);
  }
  return kept;
}

type Place = (line: number, column: number) => FilePlace | undefined;

class Sources {
  readonly names: string[] = [];
  readonly #files = new Map<SourceFile, { readonly index: number; readonly lines: LineIndex }>();

  add(name: string): number {
    const known = this.names.indexOf(name);
    return known >= 0 ? known : this.names.push(name) - 1;
  }

  place(origin: Origin | undefined): FilePlace | undefined {
    if (!origin) return undefined;
    let file = this.#files.get(origin.file);
    if (!file) {
      file = { index: this.add(origin.file.name), lines: createLineIndex(origin.file.text) };
      this.#files.set(origin.file, file);
    }
    const { line, character } = file.lines.positionAt(origin.offset);
    return [file.index, line, character];
  }
}

function placeIn(source: string, modules: readonly EmittedModule[], sources: Sources): Place | undefined {
  if (source.startsWith("user:")) {
    const index = sources.add(source.slice("user:".length));
    return (line, column) => [index, line, column];
  }
  const name = /^eddy:(.*)$/.exec(source)?.[1];
  const module = modules.find((one) => one.name === (name === "entry" ? "main" : name));
  if (!module) return undefined;
  const emitted = createLineIndex(module.text.toString());
  const origins = module.text.origins();
  return (line, column) => sources.place(origins(emitted.offsetAt({ line, character: column })));
}
