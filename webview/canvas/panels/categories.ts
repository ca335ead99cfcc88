import type { NodeCategory } from "../../../language/catalog.ts";

/** English; translated where they are shown. */
export const categoryNames: Readonly<Record<NodeCategory, string>> = {
  trigger: "Triggers",
  logic: "Logic",
  transform: "Transform",
  time: "Time",
  state: "State",
  output: "Output",
  network: "Network",
  files: "Files",
  subflow: "Subflows",
  own: "Own nodes",
};
