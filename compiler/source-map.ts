import { decode, encode, type SourceMapSegment } from "@jridgewell/sourcemap-codec";
import { createLineIndex, type LineIndex } from "../language/index.ts";
import type { SourceFile } from "../language/mapped-text.ts";
import type { Bundle } from "./bundle.ts";
import type { EmittedModule } from "./emit.ts";

/**
 * The map of an artifact, JSON: from its code to the workflow's files. The bundle's own leads to the emitted
 * modules; from there it goes on by what they know of their own text. What is not the author's is left out.
 */
export function composeMap(
  { map: bundled, linesBefore }: Pick<Bundle, "map" | "linesBefore">,
  modules: readonly EmittedModule[],
): string {
  const map = JSON.parse(bundled) as { readonly sources: readonly string[]; readonly mappings: string };
  const sources = new Sources();
  const places = map.sources.map((source) => placeIn(source, modules, sources));
  const lines = decode(map.mappings).map((segments) => {
    const kept: SourceMapSegment[] = [];
    for (const segment of segments) {
      const place = segment.length === 1 ? undefined : places[segment[1]]?.(segment[2], segment[3]);
      // One mark where the author's text ends is enough.
      if (place) kept.push([segment[0], ...place]);
      else if (kept.length > 0 && kept.at(-1)?.length !== 1) kept.push([segment[0]]);
    }
    return kept;
  });
  const head: SourceMapSegment[][] = Array.from({ length: linesBefore }, () => []);
  return JSON.stringify({
    version: 3,
    sources: sources.names,
    names: [],
    mappings: encode([...head, ...lines]),
  });
}

type Place = (
  line: number,
  column: number,
) => readonly [source: number, line: number, column: number] | undefined;

class Sources {
  readonly names: string[] = [];

  add(name: string): number {
    const known = this.names.indexOf(name);
    return known >= 0 ? known : this.names.push(name) - 1;
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
  const files = new Map<SourceFile, { readonly index: number; readonly lines: LineIndex }>();
  return (line, column) => {
    const origin = origins(emitted.offsetAt({ line, character: column }));
    if (!origin) return undefined;
    let file = files.get(origin.file);
    if (!file) {
      file = { index: sources.add(origin.file.name), lines: createLineIndex(origin.file.text) };
      files.set(origin.file, file);
    }
    const place = file.lines.positionAt(origin.offset);
    return [file.index, place.line, place.character];
  };
}
