import {
  autocompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
} from "@codemirror/autocomplete";
import { type Diagnostic, linter } from "@codemirror/lint";
import { type EditorState, type Extension, StateEffect, StateField } from "@codemirror/state";
import {
  type EditorView,
  hoverTooltip,
  showTooltip,
  type Tooltip,
  ViewPlugin,
  type ViewUpdate,
} from "@codemirror/view";
import type { FieldAnswer } from "../../../language/server/field.ts";

type AnswerOf<Kind extends FieldAnswer["kind"]> = Extract<FieldAnswer, { kind: Kind }>;

/** The language server's knowledge of a field's text, in the document or not. Nothing where it has nothing to say. */
export interface AskField {
  complete(text: string, offset: number): Promise<AnswerOf<"complete"> | undefined>;
  details(text: string, offset: number, label: string): Promise<AnswerOf<"details"> | undefined>;
  hover(text: string, offset: number): Promise<AnswerOf<"hover"> | undefined>;
  signature(text: string, offset: number): Promise<AnswerOf<"signature"> | undefined>;
  check(text: string): Promise<AnswerOf<"check"> | undefined>;
}

/** Milliseconds after the last key until a text is checked. */
const checkDelay = 250;

/** Completion, hover, the call that is being written, and problems: the same as in the text editor. */
export function codeQuestions(ask: AskField): Extension {
  return [
    autocompletion({ override: [(context) => complete(context, ask)], icons: false }),
    hoverTooltip((view, position) => hover(view.state.doc.toString(), position, ask)),
    linter(async ({ state }) => problemsOf((await ask.check(state.doc.toString()))?.problems ?? []), {
      delay: checkDelay,
    }),
    signature(ask),
  ];
}

async function complete(context: CompletionContext, ask: AskField): Promise<CompletionResult | null> {
  const before = context.matchBefore(/[\w$]+$|\.$/);
  if (!before && !context.explicit) return null;
  const text = context.state.doc.toString();
  const answer = await ask.complete(text, context.pos);
  if (context.aborted || !answer || answer.items.length === 0) return null;
  const options = answer.items.map(
    ({ label, kind, insert }, index): Completion => ({
      label,
      detail: kind,
      // In the order of the server.
      boost: Math.max(-99, -index),
      info: async () => infoOf(await ask.details(text, context.pos, label)),
      ...(insert === undefined ? {} : { apply: insert }),
    }),
  );
  return { from: answer.start, options, validFor: /^[\w$]*$/ };
}

function infoOf(details: AnswerOf<"details"> | undefined): HTMLElement | null {
  return details ? explanation(details.type, details.doc) : null;
}

async function hover(text: string, position: number, ask: AskField): Promise<Tooltip | null> {
  const answer = await ask.hover(text, position);
  if (!answer) return null;
  const { start: pos, end, type, doc } = answer;
  return { pos, end, above: true, create: () => ({ dom: explanation(type, doc) }) };
}

function problemsOf(problems: AnswerOf<"check">["problems"]): Diagnostic[] {
  return problems.map(({ start, end, severity, message }) => ({ from: start, to: end, severity, message }));
}

const setSignature = StateEffect.define<Tooltip | null>();
const signatureField = StateField.define<Tooltip | null>({
  create: () => null,
  update: (value, { effects }) =>
    effects.reduce<Tooltip | null>(
      (before, effect) => (effect.is(setSignature) ? effect.value : before),
      value,
    ),
  provide: (field) => showTooltip.from(field),
});

/** The call that the cursor is in: looked up from the bracket or comma that is typed on, until it is left. */
function signature(ask: AskField): Extension {
  const follower = ViewPlugin.fromClass(
    class {
      #isOpen = false;

      update({ docChanged, selectionSet, state, view }: ViewUpdate): void {
        const { head } = state.selection.main;
        if (docChanged && /[(,]/.test(state.sliceDoc(Math.max(0, head - 1), head))) this.#isOpen = true;
        if (this.#isOpen && (docChanged || selectionSet)) void this.#look(view, state, head);
      }

      async #look(view: EditorView, state: EditorState, head: number): Promise<void> {
        const answer = await ask.signature(state.doc.toString(), head);
        // What was typed meanwhile has asked again.
        if (view.state.doc !== state.doc) return;
        this.#isOpen = answer !== undefined && view.hasFocus;
        view.dispatch({
          effects: setSignature.of(answer && this.#isOpen ? signatureTooltip(head, answer) : null),
        });
      }

      close(view: EditorView): void {
        this.#isOpen = false;
        view.dispatch({ effects: setSignature.of(null) });
      }
    },
    {
      eventHandlers: {
        blur(_, view) {
          this.close(view);
        },
      },
    },
  );
  return [signatureField, follower];
}

function signatureTooltip(pos: number, { label, active, doc }: AnswerOf<"signature">): Tooltip {
  return { pos, above: true, create: () => ({ dom: explanation(label, doc, active) }) };
}

/** Text alone: what comes from a server or an author is never markup here. */
function explanation(type: string, doc: string, active = ""): HTMLElement {
  const element = document.createElement("div");
  element.className = "cm-code-hover";
  const code = document.createElement("code");
  const at = active === "" ? -1 : type.indexOf(active);
  if (at < 0) code.textContent = type;
  else {
    const strong = document.createElement("strong");
    strong.textContent = active;
    code.append(type.slice(0, at), strong, type.slice(at + active.length));
  }
  element.append(code);
  if (doc !== "") {
    const paragraph = document.createElement("p");
    paragraph.textContent = doc;
    element.append(paragraph);
  }
  return element;
}
