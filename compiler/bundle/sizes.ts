import type { Metafile } from "esbuild";
import type { EmittedModule } from "../emit.ts";
import type { BuiltChunk } from "./chunks.ts";

/** How much of the output one thing takes up. */
export interface Size {
  /**
   * `node`: one node; `workflow`: what stands around the nodes, or a file of the workflow as a whole; `engine`: a file of
   * the engine or of a node type that hosts do not have; `package`: a package that a script imports, or a file of the author's.
   */
  readonly kind: "node" | "workflow" | "engine" | "package";
  /** A node's id, a file, a package. */
  readonly name: string;
  readonly bytes: number;
}

/** What chunks come to. */
export function chunkSizes(built: readonly BuiltChunk[], module: EmittedModule | undefined): readonly Size[] {
  const sizes = built.map(({ code }, at): Size => {
    const node = module?.chunks[at]?.node;
    const bytes = Buffer.byteLength(code);
    return node === undefined
      ? { kind: "workflow", name: module?.instance.file.name ?? "", bytes }
      : { kind: "node", name: node, bytes };
  });
  return summed(sizes);
}

/** What the inputs of esbuild's one output come to. */
export function inputSizes(metafile: Metafile | undefined): readonly Size[] {
  const [output] = Object.values(metafile?.outputs ?? {});
  return summed(
    Object.entries(output?.inputs ?? {}).map(([path, { bytesInOutput }]) => ({
      ...named(path),
      bytes: bytesInOutput,
    })),
  );
}

function named(path: string): Pick<Size, "kind" | "name"> {
  const file = /^eddy:(.*)$/.exec(path)?.[1];
  if (file !== undefined) return { kind: "workflow", name: file };
  const own = /^user:(.*)$/.exec(path)?.[1];
  if (own !== undefined) return { kind: "package", name: own };
  const installed = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
  return installed === undefined
    ? { kind: "engine", name: path.replace(/^.*?((?:engine|nodes)\/)/, "$1").replace(/\.[jt]s$/, "") }
    : { kind: "package", name: installed };
}

/** One for each thing, the largest first. */
export function summed(sizes: readonly Size[]): readonly Size[] {
  const sums = new Map<string, Size>();
  for (const size of sizes) {
    if (size.bytes === 0) continue;
    const key = `${size.kind} ${size.name}`;
    sums.set(key, { ...size, bytes: size.bytes + (sums.get(key)?.bytes ?? 0) });
  }
  return [...sums.values()].sort((one, other) => other.bytes - one.bytes || (one.name < other.name ? -1 : 1));
}
