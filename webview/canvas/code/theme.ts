import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

/** VS Code's own colours of code are not to be had in a webview; these of its palette come near in every theme. */
const colours = HighlightStyle.define([
  {
    tag: [tags.keyword, tags.bool, tags.null, tags.self],
    color: "var(--vscode-symbolIcon-keywordForeground)",
  },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--vscode-debugTokenExpression-string)" },
  { tag: tags.number, color: "var(--vscode-debugTokenExpression-number)" },
  { tag: tags.comment, color: "var(--vscode-descriptionForeground)", fontStyle: "italic" },
  { tag: tags.function(tags.propertyName), color: "var(--vscode-symbolIcon-methodForeground)" },
  { tag: tags.typeName, color: "var(--vscode-symbolIcon-classForeground)" },
]);

const look = EditorView.theme({
  "&": {
    color: "var(--vscode-input-foreground)",
    backgroundColor: "var(--vscode-input-background)",
    border: "1px solid var(--vscode-input-border, var(--vscode-contrastBorder, transparent))",
    borderRadius: "2px",
    maxHeight: "320px",
  },
  "&.cm-focused": { outline: "1px solid var(--vscode-focusBorder)", outlineOffset: "-1px" },
  ".cm-scroller": {
    fontFamily: "var(--vscode-editor-font-family, monospace)",
    fontSize: "var(--vscode-editor-font-size, 13px)",
    lineHeight: "1.4",
  },
  ".cm-content": { padding: "3px 0", caretColor: "var(--vscode-editorCursor-foreground, currentColor)" },
  ".cm-line": { padding: "0 5px" },
  ".cm-placeholder": { color: "var(--vscode-input-placeholderForeground)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground, ::selection": {
    backgroundColor: "var(--vscode-editor-selectionBackground) !important",
  },
  ".cm-hole": { color: "var(--vscode-symbolIcon-variableForeground, currentColor)" },
  ".cm-tooltip": {
    maxWidth: "420px",
    border: "1px solid var(--vscode-editorHoverWidget-border, var(--vscode-contrastBorder, transparent))",
    backgroundColor: "var(--vscode-editorHoverWidget-background, var(--vscode-editor-background))",
    color: "var(--vscode-editorHoverWidget-foreground, var(--vscode-foreground))",
    zIndex: "30",
  },
  ".cm-tooltip-autocomplete > ul": { fontFamily: "var(--vscode-editor-font-family, monospace)" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": {
    backgroundColor: "var(--vscode-editorSuggestWidget-selectedBackground)",
    color: "var(--vscode-editorSuggestWidget-selectedForeground, inherit)",
  },
  ".cm-completionMatchedText": {
    color: "var(--vscode-editorSuggestWidget-highlightForeground)",
    textDecoration: "none",
  },
  ".cm-completionDetail": { color: "var(--vscode-descriptionForeground)", fontStyle: "normal" },
  ".cm-code-hover": {
    padding: "4px 8px",
    fontFamily: "var(--vscode-editor-font-family, monospace)",
    whiteSpace: "pre-wrap",
  },
  ".cm-lintRange-error": {
    backgroundImage: "none",
    textDecoration: "underline wavy var(--vscode-editorError-foreground)",
  },
  ".cm-lintRange-warning": {
    backgroundImage: "none",
    textDecoration: "underline wavy var(--vscode-editorWarning-foreground)",
  },
  ".cm-lintRange-info, .cm-lintRange-hint": { backgroundImage: "none" },
});

/** What the page's policy lets styles in by; the same as for its script. */
const nonce = document.querySelector<HTMLScriptElement>("script[nonce]")?.nonce ?? "";

/** Follows VS Code's theme by its variables, also when it changes. */
export const codeTheme = [EditorView.cspNonce.of(nonce), look, syntaxHighlighting(colours)];
