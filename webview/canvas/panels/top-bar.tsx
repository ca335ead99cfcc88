import type { TargetView } from "../../protocol.ts";
import { useCanvas, useCanvasState, useSettled } from "../canvas.ts";
import { runCommand } from "../commands.ts";
import { Icon } from "./icon.tsx";

/** What this workflow is, where it runs, and the two things done with it most: watch it, deploy it. */
export function TopBar() {
  const canvas = useCanvas();
  const { workflow } = useSettled();
  const { t } = canvas;
  const live = useCanvasState(({ snapshot }) => snapshot?.live === true);
  return (
    <header className="top-bar">
      <h1 title={workflow.id}>{workflow.name}</h1>
      <Target />
      <Problems />
      <span className="spacer" />
      <Tool icon="note" label={t("Add a note")} onClick={() => canvas.addNote()} />
      <Tool icon="search" label={t("Find a node")} onClick={() => runCommand(canvas, "find")} />
      <Tool
        icon="type-hierarchy-sub"
        label={t("Arrange automatically")}
        onClick={() => runCommand(canvas, "layout")}
      />
      <Tool icon="screen-full" label={t("Fit everything")} onClick={() => runCommand(canvas, "fitAll")} />
      <Tool icon="question" label={t("Keys")} onClick={() => runCommand(canvas, "cheatSheet")} />
      <button
        type="button"
        className={live ? "button toggled" : "button"}
        data-testid="live-toggle"
        aria-pressed={live}
        title={t("Show the newest message on every wire")}
        onClick={() => canvas.bridge.send({ type: "set-live", live: !live })}
      >
        <Icon name="pulse" /> {t("Live")}
      </button>
      <button
        type="button"
        className="button primary"
        data-testid="deploy"
        title={t("Compile and start this workflow on its device")}
        onClick={() => canvas.bridge.send({ type: "run-command", command: "deploy" })}
      >
        <Icon name="cloud-upload" /> {t("Deploy")}
      </button>
    </header>
  );
}

interface ToolProps {
  readonly icon: string;
  readonly label: string;
  readonly onClick: () => void;
}

function Tool({ icon, label, onClick }: ToolProps) {
  return (
    <button type="button" className="icon-button" title={label} aria-label={label} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}

const stateIcons = {
  idle: "debug-disconnect",
  connecting: "sync",
  unreachable: "debug-disconnect",
  "not-deployed": "circle-outline",
  running: "play-circle",
  stopped: "stop-circle",
  failed: "error",
} as const;

const stateNames = {
  idle: "not connected",
  connecting: "connecting…",
  unreachable: "not reachable",
  "not-deployed": "not deployed",
  running: "running",
  stopped: "stopped",
  failed: "failed",
} as const;

function Target() {
  const { t } = useCanvas();
  const target = useCanvasState(({ snapshot }): TargetView | undefined => snapshot?.target);
  if (target?.kind !== "device") return null;
  const { device, state, stale, rate, reason } = target;
  return (
    <p className={`target target-${state}`} title={reason} data-testid="target">
      <Icon name={stateIcons[state]} />
      <span className="target-device">{device}</span>
      <span>{t(stateNames[state])}</span>
      {state === "running" && <span>{t("{0} msg/s", formatRate(rate))}</span>}
      {stale && (
        <span className="target-stale" title={t("The device runs another version than what is on screen.")}>
          <Icon name="history" /> {t("changed since deploy")}
        </span>
      )}
    </p>
  );
}

function formatRate(rate: number): string {
  return rate >= 10 || rate === 0 ? String(Math.round(rate)) : rate.toFixed(1);
}

function Problems() {
  const { bridge, t } = useCanvas();
  const problems = useCanvasState(({ snapshot }) => snapshot?.problems);
  const errors = problems?.filter(({ severity }) => severity === "error").length ?? 0;
  const warnings = problems?.filter(({ severity }) => severity === "warning").length ?? 0;
  if (errors + warnings === 0) return null;
  return (
    <button
      type="button"
      className="problem-count"
      title={t("Show the problems")}
      aria-label={t("{0} errors, {1} warnings: show the problems", errors, warnings)}
      onClick={() => bridge.send({ type: "run-command", command: "showProblems" })}
    >
      {errors > 0 && (
        <span className="count-error">
          <Icon name="error" /> {errors}
        </span>
      )}
      {warnings > 0 && (
        <span className="count-warning">
          <Icon name="warning" /> {warnings}
        </span>
      )}
    </button>
  );
}
