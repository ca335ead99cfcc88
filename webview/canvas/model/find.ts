import type { SourceValue } from "../../../language/model.ts";
import type { NodeView } from "../../protocol.ts";
import type { Card } from "./cards.ts";

/**
 * The nodes that hold every word of the query in id, label, type, notes or params, in the order of the file.
 * `is:error`, `is:warning`, `is:disabled` and `type:filter` narrow it down.
 */
export function findNodes(
  query: string,
  nodes: readonly NodeView[],
  cards: ReadonlyMap<string, Card>,
): readonly string[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  return nodes
    .filter((node) => {
      const text = textOf(node);
      return words.every((word) => fits(word, node, cards.get(node.id), text));
    })
    .map(({ id }) => id);
}

function fits(word: string, node: NodeView, card: Card | undefined, text: string): boolean {
  if (word === "is:error" || word === "is:warning") return card?.severity === word.slice(3);
  if (word === "is:disabled") return node.disabled;
  if (word.startsWith("type:")) return node.type.toLowerCase() === word.slice(5);
  return text.includes(word);
}

function textOf({ id, label, type, notes, params }: NodeView): string {
  const values = Object.entries(params).map(([name, value]) => `${name} ${textOfValue(value)}`);
  return [id, label, type, notes, ...values].join("\n").toLowerCase();
}

function textOfValue(value: SourceValue): string {
  switch (value.kind) {
    case "scalar":
      return value.text;
    case "list":
      return value.items.map(textOfValue).join("\n");
    case "map":
      return value.entries.map((entry) => `${entry.key.value} ${textOfValue(entry.value)}`).join("\n");
  }
}
