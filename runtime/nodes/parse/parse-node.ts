import type { Expression, ImmediateNode } from "../../engine/contract.ts";
import { engineError, messageOf } from "../../engine/errors.ts";
import { toText } from "../support/formats.ts";
import { withPayload } from "../support/messages.ts";

export interface ParseParams<Format extends string> {
  readonly format: Format;
  readonly value: Expression;
}

/** A parse node for the formats that `read` knows. What it throws says what is wrong with the text. */
export function parseNode<Format extends string>(
  read: (text: string, format: Format) => unknown,
): ImmediateNode<ParseParams<Format>> {
  return {
    timing: "immediate",
    create(_, { format, value }, outputs) {
      const dataOf = (given: unknown) => {
        try {
          return read(textOf(given), format);
        } catch (error) {
          throw engineError("EDDY_PARSE", `This is no ${format}: ${messageOf(error)}`);
        }
      };
      return (message) => outputs.out?.(withPayload(message, dataOf(value(message))));
    },
  };
}

function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return toText(value);
  if (typeof value === "string" || typeof value === "number") return String(value);
  throw new Error(`Text was expected, and ${value === null ? "null" : typeof value} came.`);
}
