import Type, { type Static } from "typebox";
import { Value } from "typebox/value";
import { EddyError } from "../../language/problem.ts";
import type { FromCanvas } from "../../webview/protocol.ts";

const position = Type.Object({ x: Type.Number(), y: Type.Number() });
const size = Type.Object({ width: Type.Number(), height: Type.Number() });
const output = Type.Object({ node: Type.String(), port: Type.String() });
const input = Type.Object({ node: Type.String(), input: Type.String() });
const path = Type.Array(Type.Union([Type.String(), Type.Number()]));
const positions = Type.Record(Type.String(), position);
const ids = Type.Array(Type.String());

const edit = Type.Union([
  Type.Object({
    kind: Type.Literal("add-node"),
    id: Type.String(),
    type: Type.String(),
    at: Type.Optional(position),
    params: Type.Optional(Type.Record(Type.String(), Type.String())),
    from: Type.Optional(output),
    after: Type.Optional(Type.String()),
  }),
  Type.Object({ kind: Type.Literal("remove-nodes"), ids, heal: Type.Boolean() }),
  Type.Object({
    kind: Type.Literal("insert-on-wire"),
    id: Type.String(),
    type: Type.String(),
    source: output,
    target: input,
    at: Type.Optional(position),
    port: Type.Optional(Type.String()),
  }),
  Type.Object({ kind: Type.Literal("connect"), source: output, target: input }),
  Type.Object({ kind: Type.Literal("disconnect"), source: output, target: input }),
  Type.Object({ kind: Type.Literal("rename-node"), id: Type.String(), newId: Type.String() }),
  Type.Object({ kind: Type.Literal("set-param"), id: Type.String(), path, text: Type.String() }),
  Type.Object({ kind: Type.Literal("unset-param"), id: Type.String(), path }),
  Type.Object({ kind: Type.Literal("move-nodes"), positions }),
  Type.Object({ kind: Type.Literal("duplicate-nodes"), ids, offset: position }),
  Type.Object({ kind: Type.Literal("paste"), fragment: Type.String(), at: position }),
  Type.Object({ kind: Type.Literal("group"), id: Type.String(), label: Type.String(), nodes: ids }),
  Type.Object({ kind: Type.Literal("ungroup"), id: Type.String() }),
  Type.Object({
    kind: Type.Literal("set-note"),
    id: Type.String(),
    text: Type.String(),
    at: position,
    size: Type.Optional(size),
  }),
  Type.Object({ kind: Type.Literal("remove-note"), id: Type.String() }),
  Type.Object({ kind: Type.Literal("layout"), positions }),
]);

const field = { node: Type.String(), path, text: Type.String() };
const question = Type.Union([
  Type.Object({
    ...field,
    kind: Type.Union([Type.Literal("complete"), Type.Literal("hover"), Type.Literal("signature")]),
    offset: Type.Number(),
  }),
  Type.Object({ ...field, kind: Type.Literal("details"), offset: Type.Number(), label: Type.String() }),
  Type.Object({ ...field, kind: Type.Literal("check") }),
]);

const fromCanvas = Type.Union([
  Type.Object({ type: Type.Literal("ready"), protocol: Type.Number() }),
  Type.Object({ type: Type.Literal("edit"), request: Type.Number(), documentVersion: Type.Number(), edit }),
  Type.Object({ type: Type.Literal("ask"), request: Type.Number(), question }),
  Type.Object({
    type: Type.Literal("preview"),
    request: Type.Number(),
    question: Type.Object({
      language: Type.Union([Type.Literal("expression"), Type.Literal("template")]),
      text: Type.String(),
      payload: Type.String(),
    }),
  }),
  Type.Object({ type: Type.Literal("copy"), nodes: ids }),
  Type.Object({ type: Type.Literal("paste"), at: position }),
  Type.Object({
    type: Type.Literal("open-text"),
    node: Type.Optional(Type.String()),
    line: Type.Optional(Type.Number()),
    param: Type.Optional(Type.String()),
  }),
  Type.Object({ type: Type.Literal("inject"), node: Type.String(), payload: Type.String() }),
  Type.Object({ type: Type.Literal("set-live"), live: Type.Boolean() }),
  Type.Object({ type: Type.Literal("focus"), focused: Type.Boolean(), editing: Type.Boolean() }),
  Type.Object({ type: Type.Literal("selection"), nodes: ids }),
  Type.Object({
    type: Type.Literal("history"),
    action: Type.Union([Type.Literal("undo"), Type.Literal("redo")]),
  }),
  Type.Object({
    type: Type.Literal("run-command"),
    command: Type.Union([Type.Literal("deploy"), Type.Literal("showProblems")]),
  }),
  Type.Object({ type: Type.Literal("failure"), message: Type.String() }),
]);

/** What came out of a webview as a message, or `EDDY_CANVAS_MESSAGE`. */
export function readCanvasMessage(value: unknown): FromCanvas {
  if (!Value.Check(fromCanvas, value))
    throw new EddyError(
      "EDDY_CANVAS_MESSAGE",
      "The canvas sent something that this version of Eddy does not understand. Close and open it again.",
    );
  const message: Static<typeof fromCanvas> = value;
  return message;
}
