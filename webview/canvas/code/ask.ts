import type { FieldAnswer, FieldQuestion } from "../../../language/server/field.ts";
import type { Canvas } from "../canvas.ts";
import type { Path } from "../model/form.ts";
import type { AskField } from "./questions.ts";

/** The questions of one field of a node. */
export function questionsOf(canvas: Canvas, node: string, path: Path): AskField {
  const place = { node, path };
  return {
    complete: async (text, offset) =>
      only("complete", await canvas.ask({ ...place, kind: "complete", text, offset })),
    details: async (text, offset, label) =>
      only("details", await canvas.ask({ ...place, kind: "details", text, offset, label })),
    hover: async (text, offset) => only("hover", await canvas.ask({ ...place, kind: "hover", text, offset })),
    signature: async (text, offset) =>
      only("signature", await canvas.ask({ ...place, kind: "signature", text, offset })),
    check: async (text) => only("check", await canvas.ask({ ...place, kind: "check", text })),
  };
}

function only<Kind extends FieldQuestion["kind"]>(
  kind: Kind,
  answer: FieldAnswer | undefined,
): Extract<FieldAnswer, { kind: Kind }> | undefined {
  return isOf(answer, kind) ? answer : undefined;
}

function isOf<Kind extends FieldQuestion["kind"]>(
  answer: FieldAnswer | undefined,
  kind: Kind,
): answer is Extract<FieldAnswer, { kind: Kind }> {
  return answer?.kind === kind;
}
