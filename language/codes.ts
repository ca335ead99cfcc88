import type { ProblemCode } from "./problem.ts";

/** What the documentation says of one code. */
export interface CodeDescription {
  readonly title: string;
  /** Why it matters. */
  readonly why: string;
  /** What to do about it. */
  readonly fix: string;
}

/** Every code that `language/` reports, once. A code is never reused for another meaning. */
export const languageCodes = {
  // ---------------------------------------------------------------- keys and names
  EDDY_UNKNOWN_KEY: {
    title: "Unknown key",
    why: "A key that nothing reads is most often a slip of the keyboard, and what it should do does not happen.",
    fix: "Write the key as suggested, or remove it.",
  },
  EDDY_DUPLICATE_ID: {
    title: "Name used twice",
    why: "Wires, tests and live values find a node by its id, so an id can stand for one thing only.",
    fix: "Give one of the two another name.",
  },
  EDDY_RESERVED_NAME: {
    title: "Reserved name",
    why: "The name has a meaning of its own in every workflow.",
    fix: "Choose another name.",
  },
  EDDY_UNKNOWN_TYPE: {
    title: "Unknown node type",
    why: "Nothing says what the node does, which ports and which params it has.",
    fix: "Choose a type of the palette, or the path of a subflow (./x.flow.yaml) or an own node (./x.node.ts).",
  },
  EDDY_DEPRECATED_TYPE: {
    title: "Node type on its way out",
    why: "A later version will not have it any more.",
    fix: "Use what the message names instead.",
  },
  EDDY_DEPRECATED_PARAM: {
    title: "Param on its way out",
    why: "A later version will not have it any more.",
    fix: "Use what the message names instead; where another param takes its value, a fix renames it.",
  },
  // ---------------------------------------------------------------- params
  EDDY_MISSING_PARAM: {
    title: "Param missing",
    why: "The node cannot do its work without it, and no default would be right for everybody.",
    fix: "Set the param.",
  },
  EDDY_PARAM_KIND: {
    title: "Param of another shape",
    why: "The param takes a value of another shape: text, a list, or names with values.",
    fix: "Write it in the shape that the message names.",
  },
  EDDY_LITERAL: {
    title: "Value does not fit",
    why: "A literal param is checked before anything runs, so that a device never meets it.",
    fix: "Write a value as the message says, for instance a duration with its unit.",
  },
  EDDY_TEMPLATE: {
    title: "Template not closed",
    why: "A template holds TypeScript between ${ and }, and one of them has no end.",
    fix: "Add the missing }, or write \\${ where the characters themselves are meant.",
  },
  EDDY_EXPRESSION_EMPTY: {
    title: "Expression empty",
    why: "An expression has a value, and nothing has none.",
    fix: "Write an expression, or remove the param so that its default holds.",
  },
  // ---------------------------------------------------------------- wires
  EDDY_WIRE_NODE: {
    title: "Wire from an unknown node",
    why: "No message can come from a node that does not exist.",
    fix: "Write the id of an existing node, or remove the wire.",
  },
  EDDY_WIRE_PORT: {
    title: "Wire from an unknown port",
    why: "The node has no output of this name, so nothing would ever come by this wire.",
    fix: "Write one of the ports that the message lists.",
  },
  EDDY_WIRE_INPUT: {
    title: "Wire into an unknown input",
    why: "The node has no input of this name, so what comes by this wire would go nowhere.",
    fix: "Write one of the inputs that the message lists.",
  },
  EDDY_WIRE_TRIGGER: {
    title: "Wire into a trigger",
    why: "A trigger starts executions by itself and takes no messages.",
    fix: "Remove `from`, or use a node that takes messages.",
  },
  EDDY_WIRE_MISSING: {
    title: "Node without wire",
    why: "A node that is no trigger runs only when a message comes in.",
    fix: "Say with `from` which node it follows.",
  },
  EDDY_WIRE_ANY: {
    title: "Only errors come from any",
    why: "`any.error` collects the errors that have no wire of their own; other outputs belong to one node.",
    fix: "Write any.error, or name the node.",
  },
  EDDY_WIRE_TWICE: {
    title: "Wire drawn twice",
    why: "A wire is there or not: each message would be handled once all the same.",
    fix: "Remove one of the two.",
  },
  // ---------------------------------------------------------------- flow
  EDDY_UNREACHABLE: {
    title: "Node never runs",
    why: "No trigger leads to it, so it is left out of the compiled workflow.",
    fix: "Wire it to a node that a trigger leads to.",
  },
  EDDY_OUTPUT_UNUSED: {
    title: "Output goes nowhere",
    why: "The node makes messages that no other node takes.",
    fix: "Wire a node to it, or remove it if it is not needed.",
  },
  EDDY_LOOP: {
    title: "Loop that never ends",
    why: "Every node of the loop answers at once, so a message that enters it would keep the device busy for ever.",
    fix: "Put a node into the loop that waits (such as delay or throttle), or open the loop.",
  },
  // ---------------------------------------------------------------- declared names
  EDDY_ENV_UNDECLARED: {
    title: "Environment value not declared",
    why: "Values are bound on the device by their declared names; one that is not declared is never bound.",
    fix: "Declare it under `env:`.",
  },
  EDDY_SECRET_UNDECLARED: {
    title: "Secret not declared",
    why: "Secrets are bound on the device by their declared names; one that is not declared is never bound.",
    fix: "Declare it under `secrets:`.",
  },
  EDDY_STATE_UNDECLARED: {
    title: "State not declared",
    why: "Durable state has a declared type and first value, so that it can be kept over restarts and new versions.",
    fix: "Declare it under `state:`.",
  },
  EDDY_PARAM_UNDECLARED: {
    title: "Param of the workflow not declared",
    why: "A workflow that is used as a node gets only the params that it declares.",
    fix: "Declare it under `params:`.",
  },
  EDDY_ENV_UNUSED: {
    title: "Environment value not used",
    why: "Every device would be asked for a value that nothing reads.",
    fix: "Use it or remove it.",
  },
  EDDY_SECRET_UNUSED: {
    title: "Secret not used",
    why: "Every device would be asked for a secret that nothing reads.",
    fix: "Use it or remove it.",
  },
  EDDY_STATE_UNUSED: {
    title: "State not used",
    why: "The device would keep a value that nothing reads or sets.",
    fix: "Use it or remove it.",
  },
  EDDY_CREDENTIAL: {
    title: "Credential in the file",
    why: "The file goes into version control and to every device; a secret's value belongs to neither.",
    fix: "Declare a secret, write ${secrets.NAME} here, set its value on the device, and change the credential that was written.",
  },
  // ---------------------------------------------------------------- connections
  EDDY_CONNECTION_TYPE: {
    title: "Unknown connection type",
    why: "Nothing says how to reach what it stands for.",
    fix: "Choose one of the types that the message lists.",
  },
  EDDY_CONNECTION_UNKNOWN: {
    title: "Unknown connection",
    why: "The node names a connection that is not declared.",
    fix: "Name a declared connection, or declare it under `connections:`.",
  },
  EDDY_CONNECTION_KIND: {
    title: "Connection of another type",
    why: "The node cannot talk over a connection of this type.",
    fix: "Name a connection of the type that the message names.",
  },
  EDDY_CONNECTION_CHOICE: {
    title: "Several connections, none chosen",
    why: "With one connection of the type it is clear which is meant; with several it is not.",
    fix: "Name one of them with `connection`.",
  },
  EDDY_CONNECTION_DEFAULT: {
    title: "Default connection",
    why: "No connection of the type is declared, so the node talks to the usual address on the device itself.",
    fix: "Nothing, if that is meant; else declare a connection.",
  },
  EDDY_CONNECTION_MISSING: {
    title: "No connection",
    why: "The node needs a connection of a type that has no usual address.",
    fix: "Declare one under `connections:`.",
  },
  EDDY_CONNECTION_UNUSED: {
    title: "Connection not used",
    why: "No node talks over it.",
    fix: "Use it or remove it.",
  },
  // ---------------------------------------------------------------- workflow used as a node
  EDDY_OUTPUT_WITHOUT_WIRE: {
    title: "Output of the workflow without wire",
    why: "Nothing says which node's messages leave by this output.",
    fix: "Say with `from` which node it follows.",
  },
  EDDY_INPUT_UNUSED: {
    title: "Input of the workflow not used",
    why: "Messages that come in by it go nowhere.",
    fix: "Wire a node to it with `from`, or remove it.",
  },
  EDDY_PARAM_UNUSED: {
    title: "Param of the workflow not used",
    why: "Whoever sets it changes nothing.",
    fix: "Use it in an expression as params.NAME, or remove it.",
  },
  EDDY_WORKFLOW_ID: {
    title: "Id that devices do not take",
    why: "The id names folders and topics on devices.",
    fix: "Set `id:` to letters, digits, dots, dashes and underscores.",
  },
  // ---------------------------------------------------------------- tests, notes, groups
  EDDY_TEST_NODE: {
    title: "Test names an unknown node",
    why: "The test could never send or see a message there.",
    fix: "Write the id of an existing node.",
  },
  EDDY_TEST_PORT: {
    title: "Test names an unknown output",
    why: "Nothing ever leaves there, so the test could only fail.",
    fix: "Write the name of one of the node's outputs, or error.",
  },
  EDDY_GROUP_MEMBER: {
    title: "Group names an unknown node",
    why: "The frame has nothing to draw around.",
    fix: "Write the id of an existing node, or remove it from the group.",
  },
  // ---------------------------------------------------------------- other files
  EDDY_FILE_MISSING: {
    title: "File not found",
    why: "The node type is a file that does not exist, so nothing says what the node does.",
    fix: "Correct the path (it is relative to this file), or create the file.",
  },
  EDDY_FILE_OUTSIDE: {
    title: "Path leads out of the workspace",
    why: "A workflow takes only files of its own workspace, so that opening one can never read something else.",
    fix: "Use a path that stays inside the workspace.",
  },
  EDDY_FILE_TOO_LARGE: {
    title: "File too large",
    why: "A file of this size is no node, and reading it would make every keystroke slow.",
    fix: "Check that the path names the file that is meant.",
  },
  EDDY_FILE_LIMIT: {
    title: "Too many files",
    why: "Subflows may nest and be many, but not without bound.",
    fix: "Use fewer subflows, or nest them less deeply.",
  },
  EDDY_SUBFLOW_BROKEN: {
    title: "Error in a subflow",
    why: "The subflow has errors of its own, so a workflow that uses it cannot be deployed.",
    fix: "Open the subflow and remove its errors.",
  },
  EDDY_SUBFLOW_RECURSION: {
    title: "Subflow contains itself",
    why: "Subflows are put in place of the nodes that name them; one that contains itself would never end.",
    fix: "Break the cycle that the message shows.",
  },
  EDDY_OWN_NODE_DESCRIPTOR: {
    title: "Descriptor of an own node cannot be read",
    why: "The descriptor is read without running the file, so everything in it has to be written out.",
    fix: "Write every value as a literal: no calls, variables, spreads or computed keys.",
  },
  EDDY_OWN_NODE_SHAPE: {
    title: "Descriptor of an own node does not fit",
    why: "The node could not be shown, checked or compiled.",
    fix: "Correct the field that the message names.",
  },
  EDDY_OWN_NODE_IMPLEMENTATION: {
    title: "Own node without implementation",
    why: "The file says what the node looks like, but not what it does.",
    fix: "Export the implementation as default.",
  },
  EDDY_OWN_NODE_SKIPPED: {
    title: "Own node not read",
    why: "Own nodes are read with TypeScript, which is not at hand here.",
    fix: "Use the command line or VS Code, which bring it.",
  },
  EDDY_PACKAGE_NODE: {
    title: "Node of a package not found",
    why: "The package is not installed, or has no node of this name.",
    fix: "Install the package in the workspace, and check the name.",
  },
} as const satisfies Readonly<Record<ProblemCode, CodeDescription>>;

export type LanguageCode = keyof typeof languageCodes;
