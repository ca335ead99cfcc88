import { decode } from "@jridgewell/sourcemap-codec";
import type * as Esbuild from "esbuild";
import type { TransformOptions } from "esbuild";
import { createLineIndex } from "../../language/index.ts";
import type { MappedText } from "../../language/mapped-text.ts";

/** One piece of the emitted code as it stands in the output: whole lines. */
export interface BuiltChunk {
  readonly code: string;
  /** For each line of it: which columns come from which offsets into the chunk's own text. */
  readonly places: readonly (readonly (readonly [column: number, offset: number])[])[];
}

/** UTF-16 units of chunks that are kept: some thousand nodes of several workflows. */
const mostKept = 20_000_000;

/**
 * Turns emitted code into JavaScript piece by piece. Each is kept by its text: after an edit, what has not changed is
 * there already. A piece sees the names of the others, which esbuild leaves as they are, and hides none of them.
 */
export class ChunkBuilder {
  readonly #esbuild: typeof Esbuild;
  readonly #options: TransformOptions;
  readonly #known = new Map<string, Promise<BuiltChunk>>();
  #size = 0;

  constructor(esbuild: typeof Esbuild, { format: _alone, ...options }: TransformOptions) {
    this.#esbuild = esbuild;
    this.#options = { ...options, treeShaking: false, loader: "ts", sourcefile: "chunk" };
  }

  build(chunks: readonly MappedText[]): Promise<readonly BuiltChunk[]> {
    return Promise.all(chunks.map((chunk) => this.#built(chunk.toString())));
  }

  #built(text: string): Promise<BuiltChunk> {
    const known = this.#known.get(text);
    if (known) return known;
    this.#size += text.length;
    if (this.#size > mostKept) {
      this.#known.clear();
      this.#size = text.length;
    }
    const building = this.#transform(text);
    this.#known.set(text, building);
    building.catch(() => this.#known.delete(text));
    return building;
  }

  async #transform(text: string): Promise<BuiltChunk> {
    const { code, map } = await this.#esbuild.transform(text, this.#options);
    const source = createLineIndex(text);
    const { mappings } = JSON.parse(map) as { readonly mappings: string };
    const places = decode(mappings).map((segments) =>
      segments.flatMap((segment) =>
        segment.length === 1
          ? []
          : [[segment[0], source.offsetAt({ line: segment[2], character: segment[3] })] as const],
      ),
    );
    const whole = code === "" || code.endsWith("\n") ? code : `${code}\n`;
    return { code: whole, places: places.slice(0, whole.split("\n").length - 1) };
  }
}
