import type { CodeDescription } from "../codes.ts";
import type { ProblemCode } from "../problem.ts";

/** What the type checker reports. */
export const typeCodes = {
  EDDY_SYNTAX: {
    title: "No TypeScript",
    why: "The text cannot be read as the TypeScript that belongs there, so the workflow cannot be compiled.",
    fix: "Correct the text at the place that is marked; most often a bracket or an operand is missing.",
  },
  EDDY_TYPE_UNKNOWN_PROPERTY: {
    title: "No such field",
    why: "The value that comes by the wire has no field of this name, so that it would be undefined at run time.",
    fix: "Write the name of a field that there is, or correct the type that the trigger declares with `output:`.",
  },
  EDDY_TYPE_UNKNOWN_NAME: {
    title: "No such name",
    why: "Nothing declares the name, so that the node would fail with every message.",
    fix: "Correct the name, or declare or import it in `script:`.",
  },
  EDDY_TYPE_MISMATCH: {
    title: "Value of another type",
    why: "The value is not what the param, the function or the declared type takes.",
    fix: "Convert the value, or correct the declared type.",
  },
  EDDY_TYPE_NULLABLE: {
    title: "Value that may be missing",
    why: "For some messages there is no value here, and the node would fail or write `undefined`.",
    fix: "Check for it first, or write `?.`, or a default behind `??`.",
  },
  EDDY_TYPE_NEVER: {
    title: "Wire by which nothing comes",
    why: "By the types of what comes in, no message can ever leave by this port.",
    fix: "Correct the condition or case that should let messages pass, or remove the wire.",
  },
  EDDY_TYPE_UNDECLARED: {
    title: "Payload not declared",
    why: "Nothing says what the payload is, so that what is done with it cannot be checked or completed.",
    fix: "Declare its type with `output:`.",
  },
  EDDY_TYPE_LOOP: {
    title: "Loop without declared type",
    why: "What goes around in a loop depends on itself, so that one node of it has to say what it gives.",
    fix: "Declare the payload with `output:` at one node of the loop.",
  },
  EDDY_TYPE: {
    title: "Type error",
    why: "TypeScript has found that the code cannot do what it says.",
    fix: "Correct what the message names.",
  },
} as const satisfies Readonly<Record<ProblemCode, CodeDescription>>;

export type TypeCode = keyof typeof typeCodes;
