/**
 * Devices: where workflows go, how they are reached, and how the agent gets there.
 *
 * `openFleet` opens the desk-side data in a folder and gives one object that does it all; see `Fleet`.
 */
export type { BrokerSettings } from "../runtime/protocol/mqtt/broker.ts";
export type {
  AddOptions,
  ConnectOptions,
  DeployOptions,
  DeployResult,
  DeviceShell,
  DeviceState,
  Fleet,
  KeyRotation,
  Progress,
  RemoveOptions,
  ReplacedData,
  ReplaceOptions,
  ReplaceResult,
} from "./contract.ts";
export type { MovedData } from "./data.ts";
export { type Device, thisComputer } from "./devices.ts";
export type { Diagnosis, Finding } from "./doctor/findings.ts";
export { type FleetOptions, openFleet } from "./fleet.ts";
export { defaultHome } from "./home.ts";
export type { NodeBinaries } from "./install/node-binary.ts";
export type {
  InstallPlan,
  InstallStep,
  NodePlatform,
  Runtime,
  ServiceManager,
  Threads,
} from "./install/plan.ts";
export type { FoundRuntime } from "./install/probe.ts";
export type { LinkTime } from "./link.ts";
export type { SshConfigSource } from "./ssh/config.ts";
export type {
  HostQuestion,
  PassphraseQuestion,
  PasswordQuestion,
  ServerQuestion,
  SshQuestions,
} from "./ssh/questions.ts";
