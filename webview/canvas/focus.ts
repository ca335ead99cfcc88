import type { Bridge } from "./bridge.ts";
import { isEditing } from "./keyboard.ts";

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
