import { Handle, type NodeProps, Position as Side } from "@xyflow/react";
import { memo } from "react";
import { useCanvas, useCanvasState } from "../canvas.ts";
import { useLiveValue } from "../live.ts";
import type { Card, Port } from "../model/cards.ts";
import { briefValue } from "../model/payload.ts";
import { Icon } from "../panels/icon.tsx";
import { type CardNode, inputHandle, outputHandle } from "./flow.ts";

/** A node on the canvas. Drawn again only when its card, place or selection changes. */
export const CardView = memo(function CardView({ data: { card }, selected }: NodeProps<CardNode>) {
  const classes = [
    "card",
    `category-${card.category}`,
    selected ? "selected" : "",
    card.disabled ? "disabled" : "",
    card.severity ? `has-${card.severity}` : "",
  ];
  return (
    <article
      id={cardElementId(card.id)}
      className={classes.join(" ")}
      data-testid={`node-${card.id}`}
      aria-label={card.title}
      style={{ height: card.height }}
    >
      <header>
        <span className="card-icon">
          <Icon name={card.icon} />
        </span>
        <span className="card-text">
          <span className="card-title">{card.title}</span>
          <span className="card-subtitle" title={card.subtitle}>
            {card.subtitle}
          </span>
        </span>
        <Badges card={card} />
      </header>
      <Sources card={card} />
      {card.inputs.map((port) => (
        <InputPort key={port.name} port={port} named={card.namedInputs} />
      ))}
      {card.outputs.map((port) => (
        <OutputPort key={port.name} port={port} named={card.namedOutputs} />
      ))}
      <CardInject card={card} />
      <Values card={card} />
    </article>
  );
});

export function cardElementId(id: string): string {
  return `card-${id}`;
}

function Badges({ card }: { readonly card: Card }) {
  const { t } = useCanvas();
  return (
    <>
      {card.disabled && (
        <span className="badge" role="img" aria-label={t("Disabled")} title={t("Disabled")}>
          <Icon name="circle-slash" />
        </span>
      )}
      {card.severity && (
        <span
          className={`badge badge-${card.severity}`}
          role="img"
          aria-label={card.severity === "error" ? t("Error") : t("Warning")}
          title={card.problems.join("\n")}
        >
          <Icon name={card.severity} />
        </span>
      )}
    </>
  );
}

function Sources({ card }: { readonly card: Card }) {
  if (card.sources.length === 0) return null;
  return <span className="card-sources">{card.sources.join(", ")} →</span>;
}

function InputPort({ port, named }: { readonly port: Port; readonly named: boolean }) {
  const { t } = useCanvas();
  return (
    <>
      <Handle
        type="target"
        position={Side.Left}
        id={inputHandle(port.name)}
        className="port"
        style={{ top: port.y }}
        aria-label={t("Input {0}", port.name)}
        role="img"
        title={port.name}
      />
      {named && (
        <span className="port-name port-name-in" style={{ top: port.y }}>
          {port.name}
        </span>
      )}
    </>
  );
}

function OutputPort({ port, named }: { readonly port: Port; readonly named: boolean }) {
  const { t } = useCanvas();
  const error = port.name === "error";
  return (
    <>
      <Handle
        type="source"
        position={Side.Right}
        id={outputHandle(port.name)}
        className={error ? "port port-error" : "port"}
        style={{ top: port.y }}
        aria-label={t("Output {0}", port.name)}
        role="img"
        title={port.name}
      />
      {(named || error) && (
        <span className={`port-name port-name-out ${error ? "port-name-error" : ""}`} style={{ top: port.y }}>
          {port.name}
        </span>
      )}
    </>
  );
}

/** Where the device runs this workflow, a trigger can be fired by hand. */
function CardInject({ card }: { readonly card: Card }) {
  const canvas = useCanvas();
  const running = useCanvasState(
    ({ snapshot }) => snapshot?.target.kind === "device" && snapshot.target.state === "running",
  );
  if (card.type !== "inject") return null;
  return (
    <button
      type="button"
      className="card-inject nodrag nopan"
      data-testid={`inject-${card.id}`}
      disabled={!running || card.disabled}
      title={running ? canvas.t("Inject a message") : canvas.t("Deploy the workflow to inject a message")}
      aria-label={canvas.t("Inject a message at {0}", card.title)}
      onClick={(event) => {
        event.stopPropagation();
        canvas.injectOwn(card.id);
      }}
    >
      <Icon name="play" />
    </button>
  );
}

function Values({ card }: { readonly card: Card }) {
  const live = useCanvasState(({ snapshot }) => snapshot?.live === true);
  if (!live) return null;
  return (
    <div className="values">
      {card.outputs.map(({ name }) => (
        <ValueChip key={name} node={card.id} port={name} />
      ))}
    </div>
  );
}

function ValueChip({ node, port }: { readonly node: string; readonly port: string }) {
  const { live, t } = useCanvas();
  const value = useLiveValue(live, node, port);
  if (!value) return null;
  return (
    <output
      className={port === "error" ? "value value-error" : "value"}
      data-testid={`wire-value-${node}-${port}`}
      title={t("{0} messages, newest of {1} bytes:\n{2}", value.count, value.size, value.text)}
      aria-live="off"
    >
      {port === "out" ? "" : <span className="value-port">{port}</span>}
      {briefValue(value.text)}
    </output>
  );
}
