import type { Host } from "../engine/contract.ts";
import type { Artifact, Manifest } from "./artifact.ts";

/** Lines that `new Function` puts before the code that it is given. */
const linesBefore = 2;
/** Of the author's lines, those nearest to the failure. */
const mostFrames = 10;

/**
 * Where something failed, in the author's files: the `locate` of a workflow's host. Each line that the failure went
 * through, as `file:line:column`, where the artifact has a map, else `file:line` of the node. The map is read when the
 * first failure is located.
 * A node that nobody knows is "", and found by the line.
 */
export function createLocator({
  manifest,
  map,
}: Pick<Artifact, "map"> & { readonly manifest: Pick<Manifest, "file" | "nodes"> }): NonNullable<
  Host["locate"]
> {
  const nodes = new Map(manifest.nodes.map(({ id, line, file = manifest.file }) => [id, `${file}:${line}`]));
  let lines: Lines | undefined;

  /** The last one that begins there or before. */
  function nodeAt(place: string): string | undefined {
    const [file, line] = [
      place.slice(0, place.lastIndexOf(":")),
      Number(place.slice(place.lastIndexOf(":") + 1)),
    ];
    return manifest.nodes
      .filter((node) => (node.file ?? manifest.file) === file && node.line <= line)
      .sort((a, b) => b.line - a.line)[0]?.id;
  }

  return (node, error) => {
    // One for each line: the innermost place in it is where it happened.
    const places = new Map<string, string>();
    if (map !== undefined) {
      lines ??= readMap(map);
      for (const [line, column] of frames(error)) {
        const place = lines.find(line - linesBefore, column);
        if (place && places.size < mostFrames && !places.has(place.line))
          places.set(place.line, `${place.line}:${place.column}`);
      }
    }
    const [first = nodes.get(node) ?? manifest.file, ...others] = places.values();
    const [firstLine = first] = places.keys();
    const name = node === "" ? nodeAt(firstLine) : node;
    return [
      name === undefined ? `at ${first}` : `at ${name} (${first})`,
      ...others.map((place) => `at ${place}`),
    ].join("\n");
  };
}

/** 1-based lines and columns in the code, innermost first. */
function frames(error: unknown): readonly (readonly [line: number, column: number])[] {
  let stack: unknown;
  try {
    stack = error instanceof Error ? error.stack : undefined;
  } catch {
    return [];
  }
  if (typeof stack !== "string") return [];
  return [...stack.matchAll(/eddy-workflow:[^\s)]*?:(\d+):(\d+)/g)].map(([, line, column]) => [
    Number(line),
    Number(column),
  ]);
}

interface Lines {
  /** For a 1-based line and column of the code. */
  find(line: number, column: number): Place | undefined;
}

/** `cold-chain.flow.yaml:18`, and the 1-based column there. */
interface Place {
  readonly line: string;
  readonly column: number;
}

/** From column (0-based) on, a place in a source, or nothing of the author's. */
type Segment = readonly [column: number, place: Place | undefined];

/** A source map of version 3. A map that cannot be read has no places. */
function readMap(text: string): Lines {
  let lines: readonly (readonly Segment[])[] = [];
  try {
    const { sources, mappings } = JSON.parse(text) as { sources: readonly string[]; mappings: string };
    lines = decode(mappings, sources);
  } catch {
    // A failure is told all the same, by its node's line.
  }
  return {
    find: (line, column) => lines[line - 1]?.findLast(([start]) => start <= column - 1)?.[1],
  };
}

function decode(mappings: string, sources: readonly string[]): readonly (readonly Segment[])[] {
  let source = 0;
  let line = 0;
  let sourceColumn = 0;
  return mappings.split(";").map((group) => {
    let column = 0;
    return group.split(",").flatMap((text): readonly Segment[] => {
      if (text === "") return [];
      const [columns = 0, sourcesOn, linesOn = 0, columnsOn = 0] = numbers(text);
      column += columns;
      if (sourcesOn === undefined) return [[column, undefined]];
      source += sourcesOn;
      line += linesOn;
      sourceColumn += columnsOn;
      return [[column, { line: `${sources[source]}:${line + 1}`, column: sourceColumn + 1 }]];
    });
  });
}

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Base 64 VLQ: five bits a digit, lowest first; the sixth says that more follow, the lowest of all is the sign. */
function numbers(text: string): readonly number[] {
  const found: number[] = [];
  let value = 0;
  let shift = 0;
  for (const character of text) {
    const digit = digits.indexOf(character);
    value |= (digit & 31) << shift;
    shift += 5;
    if ((digit & 32) === 0) {
      found.push(value & 1 ? -(value >>> 1) : value >>> 1);
      value = 0;
      shift = 0;
    }
  }
  return found;
}
