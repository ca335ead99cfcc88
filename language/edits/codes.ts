import type { CodeDescription } from "../codes.ts";
import type { ProblemCode } from "../problem.ts";

/** Why an edit was not made. The text stays as it was. */
export const editCodes = {
  EDDY_EDIT_UNREADABLE: {
    title: "File cannot be edited now",
    why: "Part of the text cannot be read, so a change could destroy what stands there.",
    fix: "Correct the place that the first problem marks.",
  },
  EDDY_EDIT_NODE: {
    title: "No such node",
    why: "The file has changed, or the name is wrong.",
    fix: "Use the id of a node of the file.",
  },
  EDDY_EDIT_WIRE: {
    title: "No such wire",
    why: "The file has changed, or the wire was drawn otherwise.",
    fix: "Use a wire of the file.",
  },
  EDDY_EDIT_PARAM: {
    title: "Param cannot be set there",
    why: "The path leads through a value that is no map or list, or to a key that has an edit of its own.",
    fix: "Set the value as a whole, or use the edit that the message names.",
  },
  EDDY_EDIT_SHAPE: {
    title: "Nothing can be added there",
    why: "What is written there is neither a map nor empty.",
    fix: "Correct the value in the text.",
  },
  EDDY_EDIT_POSITION: {
    title: "Position that is no number",
    why: "A position is two finite numbers.",
    fix: "Give numbers.",
  },
  EDDY_EDIT_FRAGMENT: {
    title: "Nothing to paste",
    why: "The text is no workflow and no part of one.",
    fix: "Copy nodes of a workflow, or text that starts with nodes:.",
  },
  EDDY_EDIT_GROUP: {
    title: "No such group or note",
    why: "The file has changed, or the name is wrong.",
    fix: "Use the id of a group or note of the file.",
  },
  EDDY_EDIT_SUBFLOW: {
    title: "No subflow to make or to take in",
    why: "The name is that of no workflow file, or the nodes or the file are not what such an edit can work on.",
    fix: "Choose what the message names.",
  },
  EDDY_EDIT_ERRORS: {
    title: "Errors of other nodes",
    why: "any.error stands for the errors of its own file: a subflow's, or those of the workflow that uses it.",
    fix: "Name the nodes whose errors are meant (a.error), or leave the node that takes any.error where it is.",
  },
  EDDY_EDIT_STATE: {
    title: "State of two workflows",
    why: "A subflow keeps its own state, so nodes inside of it and outside cannot share a value of the workflow.",
    fix: "Move all nodes that use the value together, or declare it with scope: device.",
  },
  EDDY_EDIT_PARAMS: {
    title: "Param of a workflow",
    why: "Params belong to the file that declares them, and are not handed on or written out by an edit.",
    fix: "Write the value in place of params. first.",
  },
  EDDY_EDIT_TESTS: {
    title: "Node that a test names",
    why: "Tests name nodes of their own file, so that the test would not find the node any more.",
    fix: "Change the test, or leave the node where it is.",
  },
  EDDY_EDIT_SCRIPT: {
    title: "Script that cannot go along",
    why: "What the script imports, keeps or declares would not be the same in the other file.",
    fix: "Do what the message says, then try again.",
  },
  EDDY_EDIT_CONFLICT: {
    title: "Same name, another meaning",
    why: "Both files would declare the name, and what it stands for would change for some nodes.",
    fix: "Rename one of the two.",
  },
  EDDY_EDIT_CHECKS: {
    title: "Edit would bring in an error",
    why: "The workflow was right in this place before the edit and would not be after it.",
    fix: "Follow the message, or choose other nodes.",
  },
  EDDY_EDIT_FAILED: {
    title: "Edit would break the file",
    why: "The text after the edit could not be read, so it was not made.",
    fix: "Make the change in the text, and report the file: this should not happen.",
  },
  EDDY_FORMAT_FAILED: {
    title: "File cannot be formatted",
    why: "The formatted text would not say the same as the file, so the file was left as it is.",
    fix: "Nothing has to be done; please report the file, because this should not happen.",
  },
} as const satisfies Readonly<Record<ProblemCode, CodeDescription>>;

export type EditCode = keyof typeof editCodes;
