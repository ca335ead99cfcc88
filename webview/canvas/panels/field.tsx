import { useState } from "react";
import { useCanvas, useCanvasState, useSettled } from "../canvas.ts";
import { questionsOf } from "../code/ask.ts";
import type { Control, Field, Path } from "../model/form.ts";
import { literalProblem } from "../model/literal.ts";
import { CodeField } from "./code-field.tsx";
import { Icon } from "./icon.tsx";
import { FieldPreview } from "./preview.tsx";
import { TextField } from "./text-field.tsx";

interface FieldProps {
  readonly node: string;
  readonly field: Field;
  /** A list's item or a map's entry can be taken away. */
  readonly removable?: boolean;
}

/** One value of a node with its name, its explanation and the control for it. */
export function FieldView({ node, field, removable = false }: FieldProps) {
  const canvas = useCanvas();
  const { locked } = useSettled();
  const name = field.path.join(".");
  const id = `field-${name}`;
  const isText = field.control.kind !== "checkbox";
  const isComposite = composites.has(field.control.kind);
  const doc = field.doc && (
    <p className="field-doc" id={`${id}-doc`}>
      {field.doc}
    </p>
  );
  return (
    <div className={`field field-${field.control.kind}`} data-field={name}>
      {isText && (
        <div className="field-head">
          <FieldLabel field={field} id={id} />
          {removable && (
            <button
              type="button"
              className="icon-button"
              disabled={locked}
              title={canvas.t("Remove")}
              aria-label={canvas.t("Remove {0}", field.label)}
              onClick={() => unset(canvas, node, field.path)}
            >
              <Icon name="close" />
            </button>
          )}
        </div>
      )}
      {isComposite && doc}
      <ControlView node={node} field={field} id={id} />
      {!isComposite && doc}
    </div>
  );
}

/** Fields made up of others: what is said of them comes first. */
const composites: ReadonlySet<Control["kind"]> = new Set(["list", "record", "object", "choice", "foreign"]);

type CanvasHandle = ReturnType<typeof useCanvas>;

function set(canvas: CanvasHandle, node: string, path: Path, text: string): void {
  canvas.edit({ kind: "set-param", id: node, path, text }, canvas.t("{0} set.", path.join(".")));
}

function unset(canvas: CanvasHandle, node: string, path: Path): void {
  canvas.edit({ kind: "unset-param", id: node, path }, canvas.t("{0} removed.", path.join(".")));
}

function FieldLabel({ field, id }: { readonly field: Field; readonly id: string }) {
  const { t } = useCanvas();
  const language = field.control.kind === "code" ? field.control.language : "text";
  const kind = language === "text" ? undefined : kindNames[language];
  const labelled = composites.has(field.control.kind);
  const content = (
    <>
      {field.label}
      {field.required && (
        <span className="required" title={t("Required")}>
          *
        </span>
      )}
      {kind && (
        <span className="field-kind" title={t(kind.title)}>
          {kind.mark}
        </span>
      )}
    </>
  );
  return labelled ? <span className="label">{content}</span> : <label htmlFor={id}>{content}</label>;
}

const kindNames = {
  template: { mark: "${ }", title: "Text with TypeScript in ${…}" },
  expression: { mark: "fx", title: "A TypeScript expression" },
  code: { mark: "TS", title: "A TypeScript function body" },
  type: { mark: "type", title: "A TypeScript type" },
} as const;

interface ControlProps {
  readonly node: string;
  readonly field: Field;
  readonly id: string;
}

function ControlView(props: ControlProps) {
  const { node, field } = props;
  const { control } = field;
  switch (control.kind) {
    case "select":
      return <SelectControl {...props} control={control} />;
    case "checkbox":
      return <CheckboxControl {...props} control={control} />;
    case "text":
      return <TextControl {...props} control={control} />;
    case "code":
      return <CodeControl {...props} control={control} />;
    case "list":
      return (
        <div className="field-children">
          {control.items.map((item) => (
            <FieldView key={item.label} node={node} field={item} removable />
          ))}
          <AddItem key={control.items.length} node={node} next={control.next} />
        </div>
      );
    case "record":
      return (
        <div className="field-children">
          {control.entries.map((entry) => (
            <FieldView key={entry.label} node={node} field={entry} removable />
          ))}
          <AddEntry node={node} next={control.next} taken={control.entries.map(({ label }) => label)} />
        </div>
      );
    case "object":
      return (
        <div className="field-children">
          {control.properties.map((property) => (
            <FieldView key={property.label} node={node} field={property} />
          ))}
        </div>
      );
    case "choice":
      return <ChoiceControl {...props} control={control} />;
    case "foreign":
      return <ForeignControl {...props} control={control} />;
  }
}

type PropsOf<Kind extends Control["kind"]> = ControlProps & {
  readonly control: Extract<Control, { kind: Kind }>;
};

function testId({ path }: Field): string {
  return `param-${path.join(".")}`;
}

function CodeControl({ node, field, id, control: { text = "", language } }: PropsOf<"code">) {
  const canvas = useCanvas();
  const { locked } = useSettled();
  const snapshot = useCanvasState((state) => state.snapshot);
  const [draft, setDraft] = useState(text);
  const view = snapshot?.workflow?.nodes.find(({ id: one }) => one === node);
  return (
    <>
      <CodeField
        onDraft={setDraft}
        key={language}
        id={id}
        testId={testId(field)}
        label={field.label}
        language={language}
        text={text}
        placeholder={placeholderOf(canvas, field)}
        disabled={locked}
        describedBy={`${id}-doc`}
        revision={snapshot}
        ask={questionsOf(canvas, node, field.path)}
        commit={(written) =>
          written === "" ? unset(canvas, node, field.path) : set(canvas, node, field.path, written)
        }
      />
      {view && (language === "expression" || language === "template") && (
        <FieldPreview node={view} language={language} text={draft} />
      )}
    </>
  );
}

function placeholderOf(canvas: CanvasHandle, field: Field): string | undefined {
  return field.default ?? (field.example === undefined ? undefined : canvas.t("such as {0}", field.example));
}

function TextControl({ node, field, id, control }: PropsOf<"text">) {
  const canvas = useCanvas();
  const { locked } = useSettled();
  const { text = "", schema } = control;
  const placeholder = placeholderOf(canvas, field);
  return (
    <TextField
      id={id}
      testId={testId(field)}
      text={text}
      multiline={text.includes("\n")}
      disabled={locked}
      describedBy={`${id}-doc`}
      {...(placeholder === undefined ? {} : { placeholder })}
      {...(schema ? { validate: (draft: string) => literalProblem(schema, draft) } : {})}
      commit={(draft) =>
        draft === "" ? unset(canvas, node, field.path) : set(canvas, node, field.path, draft)
      }
    />
  );
}

function SelectControl({ node, field, id, control: { text, options } }: PropsOf<"select">) {
  const canvas = useCanvas();
  const { locked } = useSettled();
  // What is written stays there to be chosen, even where it is none of the options.
  const all = text === undefined || options.includes(text) ? options : [text, ...options];
  return (
    <select
      id={id}
      data-testid={testId(field)}
      value={text ?? ""}
      disabled={locked}
      aria-describedby={`${id}-doc`}
      onChange={({ target: { value } }) =>
        value === "" ? unset(canvas, node, field.path) : set(canvas, node, field.path, value)
      }
    >
      <option value="">
        {field.default === undefined ? canvas.t("(none)") : canvas.t("{0} (default)", field.default)}
      </option>
      {all.map((option) => (
        <option key={option} value={option}>
          {option}
        </option>
      ))}
    </select>
  );
}

function CheckboxControl({ node, field, id, control }: PropsOf<"checkbox">) {
  const canvas = useCanvas();
  const { locked } = useSettled();
  return (
    <label className="checkbox">
      <input
        type="checkbox"
        id={id}
        data-testid={testId(field)}
        checked={control.checked}
        disabled={locked}
        aria-describedby={`${id}-doc`}
        onChange={({ target: { checked } }) => {
          const isDefault = String(checked) === (field.default ?? "false");
          if (isDefault) unset(canvas, node, field.path);
          else set(canvas, node, field.path, String(checked));
        }}
      />
      {field.label}
    </label>
  );
}

function ChoiceControl({ node, field, control: { alternatives } }: PropsOf<"choice">) {
  const { t } = useCanvas();
  const [chosen, setChosen] = useState(0);
  const alternative = alternatives[chosen];
  return (
    <div className="field-children">
      <select
        aria-label={t("Kind of {0}", field.label)}
        value={chosen}
        onChange={({ target }) => setChosen(Number(target.value))}
      >
        {alternatives.map(({ label }, index) => (
          <option key={label} value={index}>
            {t(label)}
          </option>
        ))}
      </select>
      {alternative && (
        <ControlView
          node={node}
          field={{ ...alternative, label: field.label }}
          id={`field-${field.path.join(".")}`}
        />
      )}
    </div>
  );
}

function ForeignControl({ node, field, control }: PropsOf<"foreign">) {
  const { bridge, t } = useCanvas();
  const [param] = field.path;
  return (
    <div className="foreign">
      <pre>{control.text.trim()}</pre>
      <button
        type="button"
        className="button"
        onClick={() => bridge.send({ type: "open-text", node, param: String(param) })}
      >
        {t("Edit in the text")}
      </button>
    </div>
  );
}

interface AddProps {
  readonly node: string;
  readonly next: Field;
}

/** An item of a list is there once something is written for it. */
function AddItem({ node, next }: AddProps) {
  const { t } = useCanvas();
  const { locked } = useSettled();
  const [adding, setAdding] = useState(false);
  if (adding) return <FieldView node={node} field={next} />;
  return (
    <button type="button" className="button add" disabled={locked} onClick={() => setAdding(true)}>
      <Icon name="add" /> {t("Add")}
    </button>
  );
}

/** An entry of a map is there once it has a name and a value. */
function AddEntry({ node, next, taken }: AddProps & { readonly taken: readonly string[] }) {
  const canvas = useCanvas();
  const { locked } = useSettled();
  const [name, setName] = useState("");
  const parent = next.path.slice(0, -1);
  const id = `field-${parent.join(".")}.new`;
  const complete = name !== "" && !taken.includes(name);
  return (
    <div className="add-entry">
      <TextField
        id={id}
        testId={`param-${parent.join(".")}-new`}
        text={name}
        placeholder={canvas.t("New name")}
        disabled={locked}
        validate={(draft) => (taken.includes(draft.trim()) ? canvas.t("This name is taken.") : undefined)}
        commit={(draft) => setName(draft.trim())}
      />
      {complete && (
        <FieldView key={name} node={node} field={{ ...next, path: [...parent, name], label: name }} />
      )}
    </div>
  );
}
