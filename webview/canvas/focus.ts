import type { Bridge } from "./bridge.ts";
import { isEditing } from "./keyboard.ts";

/**
 * VS Code takes keys of the page for its own commands, and learns only a moment later that a field has the focus: what
 * writes in a field never gets to it.
 */
export function keepTyping(): void {
  document.addEventListener("keydown", (event) => {
    if (isEditing(event.target) && writes(event)) event.stopPropagation();
  });
}

function writes({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  return (key.length === 1 || key === "Delete" || key === "Backspace") && !ctrlKey && !metaKey && !altKey;
}

/** Tells the extension where the focus is: its keys hold on the canvas, and not while a field is written in. */
export function watchFocus(bridge: Bridge): void {
  let last = "";
  const report = () => {
    const focused = document.hasFocus();
    const editing = focused && isEditing(document.activeElement);
    const now = `${focused} ${editing}`;
    if (now !== last) bridge.send({ type: "focus", focused, editing });
    last = now;
  };
  window.addEventListener("focus", report);
  window.addEventListener("blur", report);
  document.addEventListener("focusin", report);
  // The element that gets the focus is known only after the one that loses it.
  document.addEventListener("focusout", () => queueMicrotask(report));
  report();
}

/**
 * A `ref` that gives an element the focus when it appears. Always the same function: React calls a
 * new one at every render, which would take the focus back from where a person has gone meanwhile.
 */
export function focusOnAppearing(element: HTMLElement | null): void {
  element?.focus();
}
