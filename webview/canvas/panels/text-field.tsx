import { type KeyboardEvent, useLayoutEffect, useRef, useState } from "react";

export interface TextFieldProps {
  readonly id: string;
  readonly testId: string;
  /** What is written now; a change from outside shows unless the field is being written in. */
  readonly text: string;
  readonly placeholder?: string;
  readonly multiline?: boolean;
  readonly disabled: boolean;
  readonly describedBy?: string;
  /** Says what is wrong with a text, or nothing. */
  readonly validate?: (text: string) => string | undefined;
  readonly commit: (text: string) => void;
}

/** A field that is one edit when it is left or Enter is pressed (Ctrl+Enter where Enter breaks the line). */
export function TextField(props: TextFieldProps) {
  const { id, testId, text, placeholder, multiline = false, disabled, describedBy, validate } = props;
  const { draft, setDraft, events } = useDraft(props);
  const shown = draft ?? text;
  const problem = validate?.(shown);
  const area = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    const element = area.current;
    if (!element) return;
    // As high as its text: `shown` is what the height hangs on.
    element.rows = Math.min(18, Math.max(1, shown.split("\n").length, Math.ceil(shown.length / 36)));
  }, [shown]);
  const attributes = {
    id,
    "data-testid": testId,
    value: shown,
    placeholder,
    disabled,
    "aria-invalid": problem !== undefined,
    "aria-describedby": describedBy,
    spellCheck: false,
    autoComplete: "off",
    ...events,
  };
  return (
    <>
      {multiline ? (
        <textarea
          ref={area}
          className="code"
          onChange={({ target }) => setDraft(target.value)}
          {...attributes}
        />
      ) : (
        <input type="text" onChange={({ target }) => setDraft(target.value)} {...attributes} />
      )}
      {problem && (
        <p className="field-problem" role="alert">
          {problem}
        </p>
      )}
    </>
  );
}

function useDraft({ text, multiline = false, commit }: TextFieldProps) {
  const [draft, setDraft] = useState<string | undefined>(undefined);
  // Read by the events, which come before React has drawn again.
  const current = useRef<string | undefined>(undefined);
  const change = (value: string | undefined) => {
    current.current = value;
    setDraft(value);
  };
  const finish = () => {
    const value = current.current;
    change(undefined);
    if (value !== undefined && value !== text) commit(value);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.key === "Escape" && current.current !== undefined) {
      change(undefined);
      event.stopPropagation();
    } else if (event.key === "Enter" && (!multiline || event.ctrlKey || event.metaKey)) {
      finish();
      event.preventDefault();
    } else if (isFieldUndo(event)) event.stopPropagation();
  };
  return { draft, setDraft: change, events: { onBlur: finish, onKeyDown } };
}

/** VS Code would undo in the document what is meant for the field. */
function isFieldUndo({ key, ctrlKey, metaKey }: KeyboardEvent): boolean {
  return (ctrlKey || metaKey) && (key.toLowerCase() === "z" || key.toLowerCase() === "y");
}
