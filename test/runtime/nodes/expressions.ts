import type { Message } from "../../../runtime/engine/contract.ts";

/** `msg.payload`, `msg.topic` and members of a payload, as the compiler would hand them in. */
export const payload = ({ payload: value }: Message): unknown => value;
export const topic = ({ topic: value }: Message): unknown => value;

export function member(name: string): (message: Message) => unknown {
  return ({ payload: value }) =>
    typeof value === "object" && value !== null
      ? Object.entries(value).find(([key]) => key === name)?.[1]
      : undefined;
}

export function above(limit: number): (message: Message) => boolean {
  return ({ payload: value }) => {
    if (typeof value !== "number") throw Object.assign(new TypeError("not a number"), { code: "E_TEST" });
    return value > limit;
  };
}

/** Payloads that a careless or hostile sender comes up with; none of them is plain data. */
export const hostile: readonly (readonly [name: string, payload: unknown, survives: boolean])[] = [
  ["bytes", new Uint8Array([0, 255, 10]), true],
  ["a date", new Date(0), true],
  ["a big integer", 2n ** 80n, true],
  ["not a number", Number.NaN, true],
  ["infinity inside", { a: [Number.POSITIVE_INFINITY] }, true],
  ["undefined", undefined, true],
  ["what looks like a tag", { $eddy: "bytes", value: "%%%" }, true],
  ["a member called __proto__", JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}'), true],
  ["lone surrogates", "\ud800", true],
  ["a function", () => 1, false],
  ["what contains itself", circular(), false],
];

function circular(): unknown {
  const value: { self?: unknown } = {};
  value.self = value;
  return value;
}
