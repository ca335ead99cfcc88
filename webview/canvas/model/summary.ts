import type { NodeDescriptor } from "../../../language/catalog.ts";
import type { SourceValue } from "../../../language/model.ts";
import type { NodeView } from "../../protocol.ts";

/** What a node does, in one line: its most telling params as they are written. */
export function summarise(node: NodeView, descriptor: NodeDescriptor | undefined): string {
  const names = descriptor ? Object.keys(descriptor.params) : [];
  const rank = (name: string) => {
    const param = descriptor?.params[name];
    if (!param) return 3;
    return param.required === true ? 0 : param.kind === "connection" || param.advanced === true ? 2 : 1;
  };
  return Object.entries(node.params)
    .filter(([, value]) => inline(value) !== "")
    .map(([name, value]) => ({ name, text: inline(value), rank: rank(name), order: names.indexOf(name) }))
    .sort((a, b) => a.rank - b.rank || a.order - b.order)
    .slice(0, 2)
    .map(({ name, text, rank }) => (rank === 0 ? text : `${name}: ${text}`))
    .join(" · ");
}

const longest = 60;

/** A value on one line, cut. */
export function inline(value: SourceValue): string {
  const text = flat(value);
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}

function flat(value: SourceValue): string {
  switch (value.kind) {
    case "scalar":
      return value.text.trim().replace(/\s+/g, " ");
    case "list":
      return value.items.map(flat).join(", ");
    case "map":
      return value.entries.map(({ key }) => key.value).join(", ");
  }
}
