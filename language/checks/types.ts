import type { Problem } from "../problem.ts";
import { isElsewhere } from "../resolve-paths.ts";
import { closest, suggestion } from "../similar.ts";
import { type CheckContext, report } from "./context.ts";
import { replacements } from "./fixes.ts";

/** Node types that are not in the catalog. Files and packages are looked for, and reported, when the catalog is resolved. */
export function checkTypes({ steps, catalog }: CheckContext): readonly Problem[] {
  return [...steps.values()].flatMap(({ node, descriptor }) => {
    const { value, range } = node.type;
    if (value === "" || descriptor || isElsewhere(value)) return [];
    const known = [...catalog.nodes.keys()].filter((type) => !isElsewhere(type));
    const guess = closest(value, known);
    const message = `There is no node type "${value}". ${suggestion(guess, known)}`;
    return [
      report("EDDY_UNKNOWN_TYPE", "error", range, message, {
        node: node.id,
        fixes: replacements(range, guess),
      }),
    ];
  });
}

/** Types that are still there, but not for long. */
export function checkDeprecated({ steps }: CheckContext): readonly Problem[] {
  return [...steps.values()].flatMap(({ node, descriptor }) => {
    if (descriptor?.deprecated === undefined) return [];
    const message = `"${node.type.value}" will go away: ${descriptor.deprecated}`;
    return [report("EDDY_DEPRECATED_TYPE", "warning", node.type.range, message, { node: node.id })];
  });
}
