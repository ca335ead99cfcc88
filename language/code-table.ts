import { type CodeDescription, languageCodes } from "./codes.ts";
import { editCodes } from "./edits/codes.ts";
import { parseCodes } from "./parse/codes.ts";
import type { ProblemCode } from "./problem.ts";
import { syntaxCodes } from "./syntax/problem.ts";
import { typeCodes } from "./types/codes.ts";

/** Every code that reading, checking and editing a workflow can report, for the documentation and for hovers. */
export const problemCodes: ReadonlyMap<ProblemCode, CodeDescription> = new Map(
  [syntaxCodes, parseCodes, languageCodes, typeCodes, editCodes].flatMap((codes) => entriesOf(codes)),
);

function entriesOf(codes: Readonly<Record<ProblemCode, CodeDescription>>): [ProblemCode, CodeDescription][] {
  return Object.entries(codes).flatMap(([code, description]): [ProblemCode, CodeDescription][] =>
    isCode(code) ? [[code, description]] : [],
  );
}

function isCode(text: string): text is ProblemCode {
  return text.startsWith("EDDY_");
}
