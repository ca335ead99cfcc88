import type TypeScript from "typescript";
import type { Wire } from "../model.ts";
import type { TypeScriptModule } from "../own-node.ts";
import { closest } from "../similar.ts";
import type { TypeCode } from "./codes.ts";
import { type Slot, slotAt, type VirtualText } from "./virtual-text.ts";
import { changeableText, changeText, readableType, shortType } from "./words.ts";

/** What TypeScript has found in a generated file, in an author's words; places are still those of the generated file. */
export interface Finding {
  readonly code: TypeCode;
  readonly message: string;
  readonly start: number;
  readonly end: number;
  /** A text that the found one was probably meant to be. */
  readonly instead?: string | undefined;
  /** `env`, `state` …: what is not declared of these is found without types, too. */
  readonly root?: string | undefined;
  /** The wires that it comes by. */
  readonly wires?: readonly Wire[];
}

/** Where the messages of a file come from, for sentences. */
export interface Origin {
  /** `"reading"`, `"a" and "b"`; undefined where no message comes in. */
  readonly from: string | undefined;
  /** The node's type, such as `log`. */
  readonly type: string;
}

/** Says what a diagnostic of TypeScript means for an author. Undefined where it says nothing to one. */
export class FindingWriter {
  readonly #ts: TypeScriptModule;
  readonly #file: TypeScript.SourceFile;
  readonly #checker: TypeScript.TypeChecker;
  readonly #virtual: VirtualText;
  readonly #origin: Origin;

  constructor(
    ts: TypeScriptModule,
    program: TypeScript.Program,
    file: TypeScript.SourceFile,
    virtual: VirtualText,
    origin: Origin,
  ) {
    this.#ts = ts;
    this.#file = file;
    this.#checker = program.getTypeChecker();
    this.#virtual = virtual;
    this.#origin = origin;
  }

  finding({ code, messageText, start = 0, length = 0 }: TypeScript.Diagnostic): Finding | undefined {
    // A package without types: what comes from it is any.
    if (code === 7016) return undefined;
    const said = this.#ts.flattenDiagnosticMessageText(messageText, "\n");
    const place = { start, end: start + length };
    const slot = slotAt(this.#virtual, start);
    const first = said.split("\n", 1)[0] ?? "";
    return { ...place, ...this.#worded(code, said, first, place, slot) };
  }

  #worded(
    code: number,
    said: string,
    first: string,
    place: { readonly start: number; readonly end: number },
    slot: Slot | undefined,
  ): Omit<Finding, "start" | "end"> {
    switch (code) {
      case 2339:
      case 2551:
      case 2550:
      case 2570:
        return this.#unknownProperty(first, place);
      case 2304:
      case 2552:
      case 2503:
      case 2663:
      case 18004:
        return this.#unknownName(first);
      case 2307:
        return { code: "EDDY_TYPE_UNKNOWN_NAME", message: this.#unknownModule(first) };
      case 2531:
      case 2532:
      case 2533:
      case 2721:
      case 2722:
      case 2723:
      case 18047:
      case 18048:
      case 18049:
        return this.#nullable(code, place);
      case 18046:
      case 2571:
        return this.#unknownValue(place);
      case 2322:
      case 2345:
      case 2741:
      case 2739:
      case 2740:
      case 2559:
      case 2769:
      case 1360:
      case 4104:
        return this.#mismatch(said, first, slot);
      case 2353:
      case 2561:
        return this.#excess(first);
      case 2540:
      case 2542:
        return {
          code: "EDDY_TYPE",
          message: "Messages are never changed: make another one, such as { ...msg.payload, name: value }.",
        };
      case 2367:
        return this.#noOverlap(first);
      case 2731:
      case 2469:
        return {
          code: "EDDY_TYPE_MISMATCH",
          message:
            "A secret cannot be put into text here. Connections, urls, headers and bodies of requests take it.",
        };
      default:
        return { code: "EDDY_TYPE", message: sentence(first) };
    }
  }

  #unknownProperty(said: string, { start, end }: { readonly start: number; readonly end: number }) {
    const name = /^Property '(.+?)' does/.exec(said)?.[1] ?? this.#file.text.slice(start, end);
    const object = this.#objectOf(start, end);
    const type = object && this.#checker.getTypeAtLocation(object);
    const known = type ? this.#checker.getPropertiesOfType(type).map((one) => one.name) : [];
    const fields = known.filter((one) => !one.startsWith("__") && /^[\w$-]+$/.test(one));
    const instead =
      /Did you mean(?: to access the static member)? '(.+?)'\?/.exec(said)?.[1] ?? closest(name, fields);
    const isFixed =
      type !== undefined &&
      /^(?:readonly |Readonly(?:Array|Map|Set)<)/.test(this.#checker.typeToString(type));
    const change = isFixed ? changeText(name) : undefined;
    if (change !== undefined) return { code: "EDDY_TYPE_UNKNOWN_PROPERTY" as const, message: change };
    const root = object && this.#ts.isIdentifier(object) ? object.text : undefined;
    const where = this.#whereOf(object, type);
    const hint =
      instead !== undefined
        ? ` Did you mean "${instead}"?`
        : object && root !== "msg" && isPlainData(this.#ts, type) && fields.length > 0 && fields.length <= 12
          ? ` There is ${fields.join(", ")}.`
          : "";
    return {
      code: "EDDY_TYPE_UNKNOWN_PROPERTY" as const,
      message: `There is no "${name}" in ${where}.${hint}`,
      instead,
      root: root !== undefined && /^(?:env|secrets|state|params)$/.test(root) ? root : undefined,
    };
  }

  #objectOf(start: number, end: number): TypeScript.Expression | undefined {
    const ts = this.#ts;
    let found: TypeScript.Expression | undefined;
    const visit = (node: TypeScript.Node): void => {
      if (node.pos > start || node.end < end) return;
      if (ts.isPropertyAccessExpression(node) && node.name.getStart(this.#file) === start)
        found = node.expression;
      if (ts.isElementAccessExpression(node) && node.argumentExpression.getStart(this.#file) === start)
        found = node.expression;
      ts.forEachChild(node, visit);
    };
    visit(this.#file);
    return found;
  }

  #whereOf(object: TypeScript.Expression | undefined, type: TypeScript.Type | undefined): string {
    if (!object) return "it";
    const written = object.getText(this.#file).replace(/\s+/g, " ");
    const { from } = this.#origin;
    if (written === "msg") return "a message: it has payload, topic, time, id and source";
    const shown = type ? shortType(this.#checker.typeToString(type, this.#file)) : "";
    const union = type?.isUnion() === true && !(type.flags & this.#ts.TypeFlags.Boolean);
    if (written === "msg.payload" && from !== undefined)
      return union
        ? `every payload that comes from ${from} (${shown})`
        : isPlainData(this.#ts, type)
          ? `the payload that comes from ${from}`
          : `the payload that comes from ${from}, which is ${shown}`;
    if (written.length > 40) return shown === "" ? "it" : `this, which is ${shown}`;
    return shown === "" || shown.length > 60 ? written : `${written}, which is ${shown}`;
  }

  #unknownName(said: string) {
    const name = /'(.+?)'/.exec(said)?.[1] ?? "";
    if (name === "connections")
      return {
        code: "EDDY_TYPE_UNKNOWN_NAME" as const,
        message:
          "Expressions have no connections: a node talks over the one that its param connection: names. What a connection and an expression share stands in env.",
      };
    const instead = /Did you mean '(.+?)'\?/.exec(said)?.[1];
    const shown = instead?.startsWith("$") ? undefined : (closest(name, this.#namesInScope()) ?? instead);
    const hint =
      shown === undefined
        ? " Names are msg, what is declared in script:, and env, secrets, state and now()."
        : ` Did you mean "${shown}"?`;
    return {
      code: "EDDY_TYPE_UNKNOWN_NAME" as const,
      message: `There is no "${name}" here.${hint}`,
      instead: shown,
    };
  }

  /** What an author can name, without all that TypeScript brings. */
  #namesInScope(): readonly string[] {
    const ts = this.#ts;
    const imported = this.#file.statements.flatMap((statement) => {
      const bindings = ts.isImportDeclaration(statement) ? statement.importClause?.namedBindings : undefined;
      return bindings && ts.isNamedImports(bindings) ? bindings.elements.map(({ name }) => name.text) : [];
    });
    return ["msg", ...imported.filter((name) => !name.startsWith("$"))];
  }

  #unknownModule(said: string): string {
    const name = /'(.+?)'/.exec(said)?.[1] ?? "";
    return name.startsWith(".")
      ? `There is no file "${name}": correct the path (it is relative to this file), or create the file.`
      : `The package "${name}" is not found: install it (npm install ${name}), or check the name.`;
  }

  #nullable(code: number, { start, end }: { readonly start: number; readonly end: number }) {
    const what = {
      2531: "null",
      2721: "null",
      18047: "null",
      2532: "undefined",
      2722: "undefined",
      18048: "undefined",
    }[code];
    const written = this.#file.text.slice(start, end).trim();
    return {
      code: "EDDY_TYPE_NULLABLE" as const,
      message: `${shownText(written)} may be ${what ?? "null or undefined"}: check for it first, or write ?. or a default behind ??.`,
    };
  }

  #unknownValue({ start, end }: { readonly start: number; readonly end: number }) {
    const written = this.#file.text.slice(start, end).trim();
    const hint = /\bpayload\b/.test(written)
      ? ` Declare the payload with output: at ${this.#origin.from ?? "the node that it comes from"}.`
      : " Check it first, for instance with typeof.";
    return { code: "EDDY_TYPE" as const, message: `Nothing is known of ${shownText(written)}.${hint}` };
  }

  #mismatch(said: string, first: string, slot: Slot | undefined) {
    const [, givenType, wantedType] =
      /^(?:Argument of t|T)ype '([\s\S]*?)' is not assignable to (?:parameter of )?type '([\s\S]*?)'\.?(?:$| )/.exec(
        first,
      ) ?? [];
    const [given, wanted] = withoutHead(givenType, wantedType);
    const missing = /Property '(.+?)' is missing in type/.exec(said)?.[1];
    const many = /is missing the following properties from type '[\s\S]*?': (.+)/.exec(said)?.[1];
    if (slot?.role === "code" && (wanted?.includes("Giving<") || said.includes("Giving<")))
      return { code: "EDDY_TYPE_MISMATCH" as const, message: returnText(said, given) };
    const changeable =
      /The type '[\s\S]*?' is 'readonly' and cannot be assigned to the mutable type '([\s\S]*?)'\./.exec(
        said,
      );
    if (changeable)
      return { code: "EDDY_TYPE_MISMATCH" as const, message: changeableText(changeable[1] ?? "") };
    const lacks = missing ?? many;
    const lack = lacks === undefined ? "" : ` It has no ${lacks}.`;
    if (given === undefined || wanted === undefined) {
      const message = lacks === undefined ? sentence(first) : `Something is missing here: ${lacks}.`;
      return { code: "EDDY_TYPE_MISMATCH" as const, message };
    }
    const nullable = /\b(?:undefined|null)\b/.test(given) && !/\b(?:undefined|null)\b/.test(wanted);
    const rest = given
      .split(" | ")
      .filter((part) => part !== "undefined" && part !== "null")
      .join(" | ");
    const takes =
      slot && slot.role !== "code" && isOuter(slot, wanted)
        ? `${this.#takerOf(slot)} takes`
        : "here it has to be";
    const onlyNullable =
      nullable &&
      rest !== "" &&
      (rest === wanted ||
        (slot?.role === "template" &&
          /^(?:string|number|boolean|bigint)(?: \| (?:string|number|boolean|bigint|true|false))*$/.test(
            rest,
          )));
    const advice = nullable ? " Write a default behind ??, or check for it first." : lack;
    return {
      code: onlyNullable ? ("EDDY_TYPE_NULLABLE" as const) : ("EDDY_TYPE_MISMATCH" as const),
      message: `This is ${shortType(given)}, and ${takes} ${wordOf(wanted)}.${advice}`,
    };
  }

  #takerOf({ role, name }: Slot): string {
    switch (role) {
      case "state":
        return `state.${name}`;
      case "output":
        return "output";
      case "wire":
        return name === "from" ? "this node" : `the output ${name}`;
      default:
        return `${this.#origin.type}'s ${name}`;
    }
  }

  #excess(said: string) {
    const name = /'(.+?)' does not exist in type/.exec(said)?.[1] ?? "";
    const type = /does not exist in type '([\s\S]*?)'\./.exec(said)?.[1];
    const instead = /Did you mean to write '(.+?)'\?/.exec(said)?.[1];
    return {
      code: "EDDY_TYPE_UNKNOWN_PROPERTY" as const,
      message: `There is no "${name}" in ${type === undefined ? "it" : shortType(type)}.${instead === undefined ? "" : ` Did you mean "${instead}"?`}`,
      instead,
    };
  }

  #noOverlap(said: string) {
    const [, left, right] = /types '([\s\S]*?)' and '([\s\S]*?)' have no overlap/.exec(said) ?? [];
    const message =
      left === undefined || right === undefined
        ? sentence(said)
        : `This is never so: one side is ${shortType(left)}, the other ${shortType(right)}.`;
    return { code: "EDDY_TYPE" as const, message };
  }
}

/** What is wrong with what code returns. */
function returnText(said: string, given: string | undefined): string {
  const [, payload, declared] =
    /Types of property 'payload' are incompatible\.\s+Type '([\s\S]*?)' is not assignable to type '([\s\S]*?)'\.(?:\n|$)/.exec(
      said,
    ) ?? [];
  return payload !== undefined && declared !== undefined
    ? `The payload is ${shortType(payload)}, and output takes ${shortType(declared)}.`
    : `A function returns messages, and this is ${shortType(given ?? "something else")}: write return { ...msg, payload: … }.`;
}

/** Of two functions with the same parameters, what they give. */
function withoutHead(
  given: string | undefined,
  wanted: string | undefined,
): readonly [string | undefined, string | undefined] {
  const head = /^\(msg: [\s\S]*?\) => /.exec(wanted ?? "")?.[0];
  if (given === undefined || wanted === undefined || head === undefined || !given.startsWith(head))
    return [given, wanted];
  return [given.slice(head.length), wanted.slice(head.length)];
}

/** A literal object: what it has can be listed. */
function isPlainData(ts: TypeScriptModule, type: TypeScript.Type | undefined): boolean {
  return (
    type !== undefined &&
    (type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) !== 0 &&
    type.getCallSignatures().length === 0 &&
    !type.getNumberIndexType()
  );
}

/** Whether it is the param itself that does not fit, not something deep inside of it. */
function isOuter({ role }: Slot, wanted: string): boolean {
  return role !== "expression" || /^(?:boolean|number|string|Key|readonly |string \||number \|)/.test(wanted);
}

/** Types that signatures name, as words. */
function wordOf(type: string): string {
  const shown = shortType(type);
  const words: Readonly<Record<string, string>> = {
    Key: "text, a number or plain data",
    "unknown[]": "a list",
    "any[]": "a list",
    "string | Secret": "string or a secret",
    "string | number | Uint8Array<ArrayBufferLike>": "text or bytes",
  };
  return words[shown] ?? shown;
}

function shownText(written: string): string {
  return written.length > 60 || written === "" ? "This" : `"${written.replace(/\s+/g, " ")}"`;
}

/** TypeScript's own words, where they need no others. */
function sentence(said: string): string {
  const text = readableType(said)
    .replace(/'([^']*)'/g, '"$1"')
    .replace(/\s+/g, " ")
    .trim();
  return text.length > 300 ? `${text.slice(0, 299)}…` : text;
}
