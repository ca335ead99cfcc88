import type { CodeDescription } from "../codes.ts";
import type { ProblemCode } from "../problem.ts";

/** What can be wrong where the text of a workflow is YAML, but a value does not fit its place. */
export const parseCodes = {
  EDDY_VERSION_MISSING: {
    title: "Format version missing",
    why: "The version says how the file is to be read, today and by later tools.",
    fix: "Write eddy: 1 as the first line.",
  },
  EDDY_VERSION_NEWER: {
    title: "Format of a later version",
    why: "The file may contain what this version does not know, and would read wrongly.",
    fix: "Update Eddy, or write the workflow in the format the message names.",
  },
  EDDY_VERSION: {
    title: "Format version unknown",
    why: "The version says how the file is to be read.",
    fix: "Write eddy: 1.",
  },
  EDDY_VALUE: {
    title: "Value of another shape",
    why: "The value cannot be used where it stands, and is left out.",
    fix: "Write what the message names.",
  },
  EDDY_VALUE_MISSING: {
    title: "Value missing",
    why: "What stands there is not complete without it.",
    fix: "Write the key that the message names.",
  },
  EDDY_NAME: {
    title: "Name that cannot be used",
    why: "Ids and names become parts of references and of code: letters, digits, _ and -, a letter first.",
    fix: "Choose a name of this form.",
  },
  EDDY_NODE_TYPE_MISSING: {
    title: "Node without type",
    why: "The type says what the node does.",
    fix: "Write type: with one of the types of the palette.",
  },
  EDDY_WIRE_SYNTAX: {
    title: "Wire that cannot be read",
    why: "A wire names the node it comes from, and its output port where that is not out.",
    fix: "Write a node (warm), or a node and a port (warm.cleared).",
  },
  EDDY_CONNECTIONS_FILE: {
    title: "Connections in a file of their own",
    why: "This version reads connections that stand in the workflow only.",
    fix: "Write the connections under connections:.",
  },
} as const satisfies Readonly<Record<ProblemCode, CodeDescription>>;

export type ParseCode = keyof typeof parseCodes;
