/** What the `eddy` command prints with `--json`. One document, or for streams one object a line. */
import Type, { type Static } from "typebox";
import {
  executionRecord,
  keptMessage,
  liveValue,
  logRecord,
  trustedPublisher,
  workflowState,
  workflowStatus,
} from "../runtime/protocol/contract.ts";

const position = Type.Object({
  line: Type.Integer({ minimum: 0 }),
  character: Type.Integer({ minimum: 0 }),
});

/** Lines and characters count from 0, characters in UTF-16 units, as in the language server protocol. */
export const diagnostic = Type.Object({
  /** As it was named on the command line. */
  file: Type.String(),
  code: Type.String({ pattern: "^EDDY_[A-Z0-9_]+$" }),
  severity: Type.Union([Type.Literal("error"), Type.Literal("warning"), Type.Literal("hint")]),
  message: Type.String(),
  range: Type.Object({ start: position, end: position }),
  node: Type.Optional(Type.String()),
});
export type Diagnostic = Static<typeof diagnostic>;

/** `check`, and whatever else stops at problems of a workflow. */
export const checkOutput = Type.Object({ diagnostics: Type.Array(diagnostic) });
export type CheckOutput = Static<typeof checkOutput>;

export const newOutput = Type.Object({ file: Type.String() });
export type NewOutput = Static<typeof newOutput>;

/** The files that are (with `--check`: would be) another text. */
export const formatOutput = Type.Object({
  changed: Type.Array(Type.String()),
  /** What stands in the way, where files could not be read. They are left as they are. */
  diagnostics: Type.Optional(Type.Array(diagnostic)),
});
export type FormatOutput = Static<typeof formatOutput>;

export const buildOutput = Type.Object({
  /** The path of the file that was written. */
  artifact: Type.String(),
  name: Type.String(),
  version: Type.String({ pattern: "^[0-9a-f]{64}$" }),
  nodes: Type.Object({ total: Type.Integer(), compiled: Type.Integer(), removed: Type.Integer() }),
  /** Nodes that are not compiled, and why. */
  removed: Type.Array(Type.Object({ node: Type.String(), reason: Type.String() })),
  /** Bytes of the code, by what takes them up, the largest first. */
  sizes: Type.Array(Type.Object({ kind: Type.String(), name: Type.String(), bytes: Type.Integer() })),
  bytes: Type.Object({ source: Type.Integer(), output: Type.Integer(), gzip: Type.Integer() }),
  ratio: Type.Number(),
  ms: Type.Object({
    parse: Type.Number(),
    check: Type.Number(),
    plan: Type.Number(),
    emit: Type.Number(),
    bundle: Type.Number(),
    package: Type.Number(),
    total: Type.Number(),
  }),
});
export type BuildOutput = Static<typeof buildOutput>;

const execution = Type.Interface([executionRecord], {});

/** `run`, a line each; `summary` is the last one. Milliseconds. */
export const runEvent = Type.Union([
  Type.Object({ event: Type.Literal("started") }),
  Type.Interface([executionRecord], { event: Type.Literal("execution") }),
  Type.Object({
    event: Type.Literal("log"),
    level: logRecord.properties.level,
    node: Type.Optional(Type.String()),
    message: Type.String(),
  }),
  Type.Object({
    event: Type.Literal("summary"),
    executions: Type.Integer(),
    errors: Type.Integer(),
    p50: Type.Number(),
    p99: Type.Number(),
  }),
]);
export type RunEvent = Static<typeof runEvent>;

/** `test`. Milliseconds of real time. */
export const testOutput = Type.Object({
  passed: Type.Integer(),
  failed: Type.Integer(),
  tests: Type.Array(
    Type.Object({
      /** As it was named on the command line. */
      file: Type.String(),
      name: Type.String(),
      ok: Type.Boolean(),
      ms: Type.Number(),
      /** What is not as expected, at which line; `-` was expected, `+` came instead. */
      diff: Type.Optional(Type.String()),
    }),
  ),
});
export type TestOutput = Static<typeof testOutput>;

export const device = Type.Object({
  id: Type.String(),
  name: Type.String(),
  url: Type.String(),
  /** `idle`: this computer's agent does not run; it starts when it is needed. */
  state: Type.Union([Type.Literal("connected"), Type.Literal("offline"), Type.Literal("idle")]),
  /** Why it is offline. */
  reason: Type.Optional(Type.Object({ code: Type.String(), message: Type.String() })),
  /** The agent's version. What follows is known of connected devices. */
  agent: Type.Optional(Type.String()),
  os: Type.Optional(Type.String()),
  arch: Type.Optional(Type.String()),
  workflows: Type.Array(
    Type.Object({
      name: Type.String(),
      version: Type.String(),
      state: workflowState,
      probation: workflowStatus.properties.probation,
      rolledBack: workflowStatus.properties.rolledBack,
    }),
  ),
});
export type DeviceOutput = Static<typeof device>;

/** `device add` and `device info`. */
export const deviceOutput = Type.Object({ device });
export const deviceListOutput = Type.Object({ devices: Type.Array(device) });
export type DeviceListOutput = Static<typeof deviceListOutput>;

/** `device logs` and `logs`, a line each. */
export const logLine = logRecord;

/** `deploy`: a line per device and step; the last one is `deployOutput`. */
export const deployStep = Type.Object({
  device: Type.String(),
  step: Type.String(),
  message: Type.String(),
  done: Type.Optional(Type.Number()),
  total: Type.Optional(Type.Number()),
});
export type DeployStep = Static<typeof deployStep>;

export const deployOutput = Type.Object({
  /** The names of the devices. */
  deployed: Type.Array(Type.String()),
  failed: Type.Array(Type.Object({ device: Type.String(), code: Type.String(), message: Type.String() })),
});
export type DeployOutput = Static<typeof deployOutput>;

/** `device doctor`; `fix` says what to do, where something is wrong. */
export const doctorOutput = Type.Object({
  ok: Type.Boolean(),
  findings: Type.Array(
    Type.Object({
      check: Type.String(),
      ok: Type.Boolean(),
      message: Type.String(),
      fix: Type.Optional(Type.String()),
      code: Type.Optional(Type.String()),
    }),
  ),
});
export type DoctorOutput = Static<typeof doctorOutput>;

/** `device replace`: the name that moved, the workflows, and what became of all that was on the old device. */
export const replaceOutput = Type.Object({
  device: Type.String(),
  deployed: Type.Array(Type.String()),
  /** Those of them that were stopped on the old device, and stay so. */
  stopped: Type.Array(Type.String()),
  /** `workflow` absent: what all on the device share. `reason`: why it did not move. */
  data: Type.Array(
    Type.Object({
      workflow: Type.Optional(Type.String()),
      values: Type.Integer(),
      messages: Type.Integer(),
      reason: Type.Optional(Type.Object({ code: Type.String(), message: Type.String() })),
    }),
  ),
  /** Set anew. */
  secrets: Type.Array(Type.Object({ name: Type.String(), workflow: Type.Optional(Type.String()) })),
  /** On the old device from another desk, and not moved. */
  left: Type.Array(Type.String()),
});
export type ReplaceOutput = Static<typeof replaceOutput>;

/** `device trust`: the one that was added, or with `--list` all. */
export const trustOutput = Type.Object({ publishers: Type.Array(trustedPublisher) });
export type TrustOutput = Static<typeof trustOutput>;

/** `key show` and `key import`. */
export const keyOutput = Type.Object({ id: Type.String(), publicKey: Type.String() });
export type KeyOutput = Static<typeof keyOutput>;

/** `key rotate`: the names of devices that know the new key, and those that still have to be told. */
export const keyRotateOutput = Type.Object({
  id: Type.String(),
  told: Type.Array(Type.String()),
  left: Type.Array(Type.Object({ device: Type.String(), code: Type.String(), message: Type.String() })),
});
export type KeyRotateOutput = Static<typeof keyRotateOutput>;

export const okOutput = Type.Object({ ok: Type.Literal(true) });

/** `env list` and `secret list`: values are told of env alone. */
export const envListOutput = Type.Object({
  env: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()])),
});
export const secretListOutput = Type.Object({ secrets: Type.Array(Type.String()) });

export const injectOutput = Type.Object({ execution });
export type InjectOutput = Static<typeof injectOutput>;

export const keptOutput = Type.Object({ messages: Type.Array(keptMessage) });
export type KeptOutput = Static<typeof keptOutput>;

/** `tap`, a line each. */
export const tapLine = liveValue;

/** On standard error, when a command fails: standard output has nothing but results. */
export const errorOutput = Type.Object({
  error: Type.Object({ code: Type.String(), message: Type.String() }),
});
export type ErrorOutput = Static<typeof errorOutput>;
