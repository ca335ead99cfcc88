import type { Catalog, NodeDescriptor } from "../../language/catalog.ts";
import type { ImplementationFile, InlineTemplate } from "../engine/contract.ts";
import { nodeModules } from "./catalog.generated.ts";
import { connection as http } from "./connections/http.ts";
import { connection as mqtt } from "./connections/mqtt.ts";

/** A built-in node type as the tools know it; its implementation is the host's, or linked into workflows from its file. */
export interface BuiltinNode {
  readonly descriptor: NodeDescriptor;
  /** TypeScript text: the generic function that the type checker calls. */
  readonly signature: string;
  readonly inline?: InlineTemplate;
  readonly implementationFile?: ImplementationFile;
}

/** Every built-in node type, by its name. */
export const builtinNodes: ReadonlyMap<string, BuiltinNode> = new Map(
  Object.values(nodeModules).map((module: BuiltinNode) => [module.descriptor.type, module]),
);

/** The node and connection types that every workflow may use. */
export const builtinCatalog: Catalog = {
  nodes: new Map([...builtinNodes].map(([type, { descriptor }]) => [type, descriptor])),
  connections: new Map([mqtt, http].map((connection) => [connection.type, connection])),
  signatures: new Map([...builtinNodes].map(([type, { signature }]) => [type, { text: signature }])),
};

/** The text that stands for a node of a type in emitted code, where it has one. */
export function inlineTemplate(type: string): InlineTemplate | undefined {
  return builtinNodes.get(type)?.inline;
}
