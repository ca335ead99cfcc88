import { parse } from "yaml";
import { parseNode } from "./parse-node.ts";

/** Aliases that multiply without end are refused by the library's own limit. */
export default parseNode<"yaml">((text) => parse(text, { maxAliasCount: 100 }));
