import { XMLParser } from "fast-xml-parser";
import { parseNode } from "./parse-node.ts";

const options = { ignoreAttributes: false, attributeNamePrefix: "@", processEntities: false };

export default parseNode<"xml">((text) => new XMLParser(options).parse(text, true));
