import { completionStatus } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching } from "@codemirror/language";
import { forceLinting } from "@codemirror/lint";
import { Compartment, EditorState, Prec } from "@codemirror/state";
import { drawSelection, EditorView, keymap, placeholder as placeholderText } from "@codemirror/view";
import { useEffect, useRef } from "react";
import { codeLanguage } from "../code/languages.ts";
import { type AskField, codeQuestions } from "../code/questions.ts";
import { codeTheme } from "../code/theme.ts";
import type { CodeLanguage } from "../model/form.ts";

export interface CodeFieldProps {
  readonly id: string;
  readonly testId: string;
  readonly label: string;
  readonly language: CodeLanguage;
  /** What is written now; a change from outside shows unless the field is being written in. */
  readonly text: string;
  readonly placeholder: string | undefined;
  readonly disabled: boolean;
  readonly describedBy: string;
  /** Another one whenever what is known of the workflow has changed. */
  readonly revision: unknown;
  readonly ask: AskField;
  readonly commit: (text: string) => void;
  /** What is in the field now, saved or not. */
  readonly onDraft: (text: string) => void;
}

/** A field for TypeScript: one edit when it is left or Ctrl+Enter is pressed; Escape takes back what was typed. */
export function CodeField(props: CodeFieldProps) {
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<CodeEditor>(undefined);
  const current = useRef(props);
  current.current = props;
  useEffect(() => {
    if (!host.current) return;
    const created = new CodeEditor(host.current, () => current.current);
    editor.current = created;
    return () => created.dispose();
  }, []);
  const { text, disabled, revision } = props;
  // biome-ignore lint/correctness/useExhaustiveDependencies: with each revision the field is shown and checked anew.
  useEffect(() => editor.current?.show(text, disabled), [text, disabled, revision]);
  return <div ref={host} className="code-field" />;
}

class CodeEditor {
  readonly #view: EditorView;
  readonly #props: () => CodeFieldProps;
  readonly #editable = new Compartment();
  /** What the document said when the field was last told. */
  #written: string;

  constructor(parent: HTMLElement, props: () => CodeFieldProps) {
    this.#props = props;
    const { text, disabled } = props();
    this.#written = text;
    this.#view = new EditorView({
      parent,
      state: EditorState.create({
        doc: text,
        extensions: [this.#fixed(), this.#editable.of(editable(!disabled))],
      }),
    });
  }

  /** Shows what is written in the document now, unless somebody writes something else here. */
  show(text: string, disabled: boolean): void {
    const shown = this.#view.state.doc.toString();
    if (shown === this.#written && shown !== text)
      this.#view.dispatch({ changes: { from: 0, to: shown.length, insert: text } });
    this.#written = text;
    this.#view.dispatch({ effects: this.#editable.reconfigure(editable(!disabled)) });
    forceLinting(this.#view);
  }

  dispose(): void {
    this.#commit();
    this.#view.destroy();
  }

  #fixed() {
    const { id, testId, label, describedBy, language, placeholder, ask } = this.#props();
    return [
      // Before those of the completion, which take Escape although nothing shows yet.
      Prec.highest(
        keymap.of([
          { key: "Mod-Enter", run: () => this.#commit() },
          { key: "Escape", run: (view) => completionStatus(view.state) !== "active" && this.#revert() },
        ]),
      ),
      history(),
      drawSelection(),
      bracketMatching(),
      EditorView.lineWrapping,
      codeLanguage(language),
      codeTheme,
      codeQuestions(ask),
      ...(placeholder === undefined ? [] : [placeholderText(placeholder)]),
      EditorView.contentAttributes.of({
        id,
        "data-testid": testId,
        "aria-label": label,
        "aria-describedby": describedBy,
      }),
      EditorView.domEventHandlers({ blur: () => this.#commit() }),
      EditorView.updateListener.of(({ docChanged, state }) => {
        if (docChanged) this.#props().onDraft(state.doc.toString());
      }),
      // VS Code would undo in the document what is meant for the field.
      keymap.of([
        ...historyKeymap.map((binding) => ({ ...binding, stopPropagation: true })),
        ...defaultKeymap,
      ]),
    ];
  }

  #commit(): boolean {
    const text = this.#view.state.doc.toString();
    if (text === this.#written) return true;
    this.#written = text;
    this.#props().commit(text);
    return true;
  }

  #revert(): boolean {
    const { doc } = this.#view.state;
    if (doc.toString() === this.#written) return false;
    this.#view.dispatch({ changes: { from: 0, to: doc.length, insert: this.#written } });
    return true;
  }
}

function editable(isEditable: boolean) {
  return [EditorView.editable.of(isEditable), EditorState.readOnly.of(!isEditable)];
}
