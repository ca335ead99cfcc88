import type { NodeDescriptor, PayloadKind } from "../../../language/catalog.ts";

/** Puts node types that are made for a payload first, and those that are made for others last. `payload`: TypeScript. */
export function bySuitability(
  descriptors: readonly NodeDescriptor[],
  payload: string | undefined,
): readonly NodeDescriptor[] {
  const kinds = payload === undefined ? [] : payloadKinds(payload);
  if (kinds.length === 0) return descriptors;
  const rank = ({ suits }: NodeDescriptor) => {
    if (suits === undefined) return 1;
    return kinds.some((kind) => suits.includes(kind)) ? 0 : 2;
  };
  return descriptors.toSorted((one, other) => rank(one) - rank(other));
}

/** What a type's text shows at a glance; a name of the author's own is taken for an object. Nothing where it is unknown. */
export function payloadKinds(type: string): readonly PayloadKind[] {
  return [...new Set(alternatives(type).flatMap(kindOf))];
}

function kindOf(type: string): readonly PayloadKind[] {
  if (/\[\]$|^readonly .*\[\]$|^(readonly )?\[|^(Readonly)?Array</.test(type)) return ["list"];
  if (/^(string$|"|'|`)/.test(type)) return ["text"];
  if (/^(number$|-?\d)/.test(type)) return ["number"];
  if (/^(boolean|true|false)$/.test(type)) return ["boolean"];
  if (/^Uint8Array/.test(type)) return ["bytes"];
  if (/^(any|unknown|never|null|undefined|void)$/.test(type)) return [];
  return ["object"];
}

/** The parts of a union, as far as brackets and quotes let them be told apart. */
function alternatives(type: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  const text = type.replace(/"(?:[^"\\]|\\.)*"/g, (literal) => `"${"_".repeat(literal.length - 2)}"`);
  for (let at = 0; at <= text.length; at++) {
    const character = text[at];
    if (character === undefined || (character === "|" && depth === 0)) {
      parts.push(type.slice(start, at).trim());
      start = at + 1;
    } else if ("({[<".includes(character)) depth++;
    else if (")}]>".includes(character)) depth--;
  }
  return parts.filter((part) => part !== "");
}
