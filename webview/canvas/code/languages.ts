import { javascript } from "@codemirror/lang-javascript";
import type { Extension } from "@codemirror/state";
import {
  Decoration,
  type DecorationSet,
  type EditorView,
  ViewPlugin,
  type ViewUpdate,
} from "@codemirror/view";
import type { CodeLanguage } from "../model/form.ts";

/** What a field's text is: its colours, and how its brackets close. */
export function codeLanguage(language: CodeLanguage): Extension {
  return language === "template" ? holes : javascript({ typescript: true });
}

/** The `${…}` of a text stand out; the rest is plain text. */
const holes = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;

    constructor(view: EditorView) {
      this.decorations = marksOf(view);
    }

    update({ docChanged, view }: ViewUpdate): void {
      if (docChanged) this.decorations = marksOf(view);
    }
  },
  { decorations: ({ decorations }) => decorations },
);

const mark = Decoration.mark({ class: "cm-hole" });

function marksOf({ state }: EditorView): DecorationSet {
  return Decoration.set(holesOf(state.doc.toString()).map(({ from, to }) => mark.range(from, to)));
}

/** Braces in strings count too: this is about colours. */
export function holesOf(text: string): readonly { readonly from: number; readonly to: number }[] {
  const found: { from: number; to: number }[] = [];
  for (let at = text.indexOf("${"); at >= 0; at = text.indexOf("${", at)) {
    let depth = 0;
    let end = at + 1;
    do {
      if (text[end] === "{") depth++;
      else if (text[end] === "}") depth--;
      end++;
    } while (depth > 0 && end < text.length);
    found.push({ from: at, to: end });
    at = end;
  }
  return found;
}
