/**
 * What a workflow does, said once more and as plainly as can be: a walk over the wires of the model, with expressions
 * evaluated where they stand. Knows nothing of the compiler, of templates and of the engine. Made to be read.
 */
import type { SourceValue, Workflow, WorkflowNode } from "../../../language/model.ts";

/** A message, or the one that an error leaves as. */
export interface ReferenceMessage {
  readonly topic: string | undefined;
  readonly payload: unknown;
  readonly source?: Readonly<Record<string, unknown>> | undefined;
  readonly cause?: ReferenceMessage;
}

/** What can be seen of a run from outside. */
export interface ReferenceRun {
  /** What log nodes wrote, and which nodes failed without anybody to handle it ("failed"), in their order. */
  readonly log: readonly (readonly [node: string, line: string])[];
  /** Messages that each node took and emitted, by port; and what failed in it. */
  readonly nodes: Readonly<Record<string, ReferenceCounts>>;
  readonly executions: number;
  readonly errors: number;
}

export interface ReferenceCounts {
  readonly errors: number;
  readonly ports: Readonly<Record<string, number>>;
}

/** Runs a workflow of immediate nodes: one execution for each message that its trigger gives. */
export function interpret(
  workflow: Workflow,
  trigger: string,
  messages: readonly ReferenceMessage[],
): ReferenceRun {
  const interpreter = new Interpreter(workflow);
  for (const message of messages) interpreter.execute(trigger, message);
  return interpreter.result();
}

class Interpreter {
  readonly #workflow: Workflow;
  readonly #log: (readonly [string, string])[] = [];
  readonly #counts = new Map<string, { errors: number; ports: Record<string, number> }>();
  #executions = 0;
  #errors = 0;
  #hasFailed = false;

  constructor(workflow: Workflow) {
    this.#workflow = workflow;
  }

  execute(trigger: string, message: ReferenceMessage): void {
    this.#executions++;
    this.#hasFailed = false;
    this.#emit(trigger, "out", message, []);
    if (this.#hasFailed) this.#errors++;
  }

  result(): ReferenceRun {
    const nodes = Object.fromEntries(
      [...this.#counts].filter(([, { errors, ports }]) => errors > 0 || Object.keys(ports).length > 0),
    );
    return { log: this.#log, nodes, executions: this.#executions, errors: this.#errors };
  }

  /** To every node that has a wire from this port, in the written order, each as far as it goes. `handling`: whose failures led here. */
  #emit(node: string, port: string, message: ReferenceMessage, handling: readonly string[]): void {
    const { ports } = this.#countsOf(node);
    ports[port] = (ports[port] ?? 0) + 1;
    this.#follow(node, port, message, handling);
  }

  #follow(node: string, port: string, message: ReferenceMessage, handling: readonly string[]): void {
    for (const target of this.#targets(node, port)) this.#receive(target, message, handling);
  }

  #targets(node: string, port: string): readonly WorkflowNode[] {
    return [...this.#workflow.nodes.values()]
      .filter((one) => !one.disabled)
      .flatMap((one) => one.from.filter((wire) => wire.node === node && wire.port === port).map(() => one));
  }

  #receive(node: WorkflowNode, message: ReferenceMessage, handling: readonly string[]): void {
    try {
      this.#work(node, message, handling);
    } catch (error) {
      this.#fail(node, message, error, handling);
    }
  }

  #fail({ id }: WorkflowNode, message: ReferenceMessage, error: unknown, handling: readonly string[]): void {
    this.#countsOf(id).errors++;
    this.#hasFailed = true;
    const code = error instanceof Failure ? error.code : error instanceof Error ? error.name : "Error";
    const told = {
      topic: message.topic,
      payload: { code, node: id },
      source: message.source,
      cause: message,
    };
    // A node's own wire, unless this is a failure of handling its failure; else what handles all, which does not handle its own.
    const hasOwn = this.#targets(id, "error").length > 0;
    const hasAny = this.#targets("any", "error").length > 0;
    if (hasOwn && !handling.includes(id)) this.#follow(id, "error", told, [...handling, id]);
    else if (!hasOwn && hasAny && handling.length === 0) this.#follow("any", "error", told, [id]);
    else this.#log.push([id, "failed"]);
  }

  #work(node: WorkflowNode, message: ReferenceMessage, handling: readonly string[]): void {
    const emit = (port: string, next: ReferenceMessage) => this.#emit(node.id, port, next, handling);
    const expression = (name: string, otherwise = "undefined") =>
      evaluate(textOf(node, name) ?? otherwise, message);
    const template = (name: string) => evaluate(`\`${textOf(node, name) ?? ""}\``, message);
    switch (node.type.value) {
      case "filter":
        emit(expression("when") ? "out" : "rejected", message);
        break;
      case "switch":
        this.#choose(node, message, emit);
        break;
      case "map": {
        const payload = expression("payload", "msg.payload");
        const topic = textOf(node, "topic") === undefined ? message.topic : String(template("topic"));
        emit("out", { ...message, payload, topic });
        break;
      }
      case "template":
        emit("out", { ...message, payload: template("text") });
        break;
      case "split": {
        const items = expression("items", "msg.payload");
        if (!Array.isArray(items)) throw new Failure("EDDY_SPLIT");
        items.forEach((payload: unknown, index) => {
          emit("out", {
            topic: message.topic,
            payload,
            source: { ...message.source, index, count: items.length },
          });
        });
        break;
      }
      case "parse": {
        const value = expression("value", "msg.payload");
        emit("out", { ...message, payload: parseJson(value) });
        break;
      }
      case "log":
        this.#log.push([node.id, String(template("text"))]);
        break;
      default:
        throw new Error(`The reference knows no "${node.type.value}".`);
    }
  }

  #choose(
    node: WorkflowNode,
    message: ReferenceMessage,
    emit: (port: string, next: ReferenceMessage) => void,
  ): void {
    const cases = node.params.get("cases")?.value;
    const entries = cases?.kind === "map" ? cases.entries : [];
    const takesAll = textOf(node, "match") === "all";
    let isMet = false;
    for (const { key, value } of entries) {
      if (!evaluate(scalar(value) ?? "undefined", message)) continue;
      isMet = true;
      emit(key.value, message);
      if (!takesAll) return;
    }
    if (!isMet) emit("else", message);
  }

  #countsOf(node: string): { errors: number; ports: Record<string, number> } {
    const known = this.#counts.get(node) ?? { errors: 0, ports: {} };
    this.#counts.set(node, known);
    return known;
  }
}

class Failure extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

function parseJson(value: unknown): unknown {
  if (typeof value !== "string" && typeof value !== "number") throw new Failure("EDDY_PARSE");
  try {
    return JSON.parse(String(value));
  } catch {
    throw new Failure("EDDY_PARSE");
  }
}

function textOf(node: WorkflowNode, param: string): string | undefined {
  const value = node.params.get(param)?.value;
  return value && scalar(value);
}

function scalar(value: SourceValue): string | undefined {
  return value.kind === "scalar" ? value.text : undefined;
}

function evaluate(expression: string, msg: ReferenceMessage): unknown {
  return new Function("msg", `"use strict"; return (${expression});`)(msg);
}
