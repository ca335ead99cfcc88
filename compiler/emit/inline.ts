import type { ParamDescriptor } from "../../language/catalog.ts";
import { readLiteral } from "../../language/literals.ts";
import { MappedText } from "../../language/mapped-text.ts";
import type { SourceValue } from "../../language/model.ts";
import type { InlineTemplate, InlineText } from "../../runtime/engine/contract.ts";
import type { PlannedNode, PlannedPort } from "../plan.ts";
import type { ModuleScope } from "./scope.ts";
import { templateText } from "./template.ts";
import { expressionText, fittingAlternative, literalDefault, type ValueContext } from "./values.ts";
import { hand } from "./wires.ts";

/** A node's statements from its template, or undefined where these params need the full implementation. */
export function inlineBody(
  node: PlannedNode,
  template: InlineTemplate,
  scope: ModuleScope,
  context: ValueContext,
): MappedText | undefined {
  const slots = new Slots();
  const statements = template(new Text(node, scope, context, slots));
  return statements === undefined ? undefined : slots.fill(statements.replaceAll("\n", "\n    "));
}

/** Mapped text inside of a plain string: a mark for each, put back in once the template has done its work. */
class Slots {
  readonly #texts: MappedText[] = [];

  mark(text: MappedText): string {
    this.#texts.push(text);
    // Private use characters: no author's text gets into the template's string.
    return `\uE000${this.#texts.length - 1}\uE001`;
  }

  fill(text: string): MappedText {
    return MappedText.of(
      ...text
        .split(/\uE000(\d+)\uE001/)
        .map((part, at) => (at % 2 === 0 ? part : (this.#texts[Number(part)] ?? ""))),
    );
  }
}

class Text implements InlineText {
  readonly #node: PlannedNode;
  readonly #scope: ModuleScope;
  readonly #context: ValueContext;
  readonly #slots: Slots;
  #locals = 0;

  constructor(node: PlannedNode, scope: ModuleScope, context: ValueContext, slots: Slots) {
    this.#node = node;
    this.#scope = scope;
    this.#context = context;
    this.#slots = slots;
  }

  param(name: string): string | undefined {
    const descriptor = this.#descriptor(name);
    return descriptor && this.#value(descriptor, this.#node.node.params.get(name)?.value);
  }

  record(name: string): readonly (readonly [name: string, expression: string])[] {
    const descriptor = this.#descriptor(name);
    const source = this.#node.node.params.get(name)?.value;
    if (descriptor?.kind !== "record" || source?.kind !== "map") return [];
    return source.entries.flatMap(({ key, value }) => {
      const expression = this.#value(descriptor.of, value);
      return expression === undefined ? [] : [[key.value, expression] as const];
    });
  }

  emit(port: string, message: string): string {
    const found = this.#port(port);
    return found ? hand(this.#node, found, message, this.#scope) : "";
  }

  message({
    payload = "msg.payload",
    topic = "msg.topic",
  }: {
    readonly payload?: string;
    readonly topic?: string;
  }) {
    return `{ id: msg.id, time: msg.time, topic: ${topic}, payload: ${payload}, source: msg.source }`;
  }

  local(hint: string): string {
    return this.#scope.names.runtime(`${hint}${this.#locals++}`);
  }

  #descriptor(name: string): ParamDescriptor | undefined {
    const { params } = this.#node.descriptor;
    return Object.hasOwn(params, name) ? params[name] : undefined;
  }

  #port(name: string): PlannedPort | undefined {
    return this.#node.ports.find((port) => port.name === name);
  }

  /** An expression over `msg`. */
  #value(descriptor: ParamDescriptor, source: SourceValue | undefined): string | undefined {
    switch (descriptor.kind) {
      case "literal": {
        const value = source ? readLiteral(descriptor.schema, source).value : literalDefault(descriptor);
        return value === undefined ? undefined : JSON.stringify(value);
      }
      case "template": {
        if (source && source.kind !== "scalar") return undefined;
        const text = source ?? descriptor.default;
        const tag = descriptor.secrets ? this.#context.secretTag : () => "";
        return text === undefined ? undefined : this.#slots.mark(templateText(text, tag, this.#context.file));
      }
      case "expression":
        if (source)
          return this.#slots.mark(MappedText.of("(", expressionText(source, this.#context.file), ")"));
        return descriptor.default === undefined ? undefined : `(${descriptor.default})`;
      case "either": {
        const fitting = source && fittingAlternative(descriptor, source);
        return fitting && this.#value(fitting, source);
      }
      default:
        return undefined;
    }
  }
}
