import type { NodeCategory, NodeDescriptor } from "../../../language/catalog.ts";

/** Where categories stand in the palette: in the order in which a workflow is usually drawn. */
const categoryOrder: readonly NodeCategory[] = [
  "trigger",
  "logic",
  "transform",
  "time",
  "state",
  "network",
  "files",
  "output",
  "subflow",
  "own",
];

export interface PaletteSection {
  readonly category: NodeCategory;
  readonly items: readonly NodeDescriptor[];
}

/** The node types that fit what was typed, by category. */
export function paletteSections(
  descriptors: readonly NodeDescriptor[],
  query: string,
): readonly PaletteSection[] {
  const found = Map.groupBy(searchTypes(descriptors, query), ({ category }) => category);
  return categoryOrder.flatMap((category) => {
    const items = found.get(category);
    return items ? [{ category, items }] : [];
  });
}

/** The node types that fit what was typed, best first; all of them for nothing. */
export function searchTypes(
  descriptors: readonly NodeDescriptor[],
  query: string,
): readonly NodeDescriptor[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const current = descriptors.filter(({ deprecated }) => deprecated === undefined);
  if (words.length === 0) return current;
  return current
    .map((descriptor) => ({ descriptor, score: score(descriptor, words) }))
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score)
    .map(({ descriptor }) => descriptor);
}

/** Nothing unless every word is found; a name counts more than a description. */
function score({ type, title, summary }: NodeDescriptor, words: readonly string[]): number {
  let sum = 0;
  for (const word of words) {
    const names = [type.toLowerCase(), title.toLowerCase()];
    if (names.some((name) => name.startsWith(word))) sum += 100;
    else if (names.some((name) => name.includes(word))) sum += 10;
    else if (summary.toLowerCase().includes(word)) sum += 1;
    else return 0;
  }
  return sum;
}
