/**
 * Types on wires: checks the TypeScript in workflows, and answers about it. Needs the TypeScript package, so that nothing
 * that has to be small or start fast may import this; it is not part of `language/index.ts`.
 *
 * ```ts
 * const checker = createTypeChecker({ typescript, files });
 * const { problems, ports } = checker.check({ parsed, catalog, file: "/plant/line.flow.yaml" });
 * checker.hover("/plant/line.flow.yaml", offset);
 * ```
 */

export { createTypeChecker } from "./checker.ts";
export type * from "./contract.ts";
