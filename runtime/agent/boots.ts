/** Counts starts of the agent that ended soon and not on purpose, so that a workflow that kills it does not do so for ever. */
import { readFileSync } from "node:fs";
import Type from "typebox";
import { type Layout, readJsonFile, writeWhole } from "./layout.ts";

export interface Boots {
  /** Times in a row that the agent died soon after its start, before this one. */
  readonly deaths: number;
  /** It ends on purpose. */
  end(): void;
}

const bootsSchema = Type.Object({ deaths: Type.Integer(), machine: Type.String() });

/** `settled`: milliseconds after which a start was a good one. */
export function openBoots(layout: Layout, settled: number): Boots {
  const machine = machineBoot();
  // Counting stops no agent; a file that cannot be read is counted from nothing.
  const before = readJsonFile(layout.boots, bootsSchema, () => {});
  // A power cut is nobody's fault here: only what happens while the machine runs on is counted.
  const deaths = before?.machine === machine ? before.deaths : 0;
  const remember = (count: number) => {
    try {
      writeWhole(layout.boots, JSON.stringify({ deaths: count, machine }));
    } catch {
      // A disk that cannot be written is told by the store.
    }
  };
  let isOver = settled <= 0;
  remember(isOver ? 0 : deaths + 1);
  const settle = () => {
    if (!isOver) remember(0);
    isOver = true;
  };
  const timer = setTimeout(settle, settled).unref();
  return {
    deaths,
    end() {
      clearTimeout(timer);
      settle();
    },
  };
}

/** Of this start of the machine, where Linux tells. */
function machineBoot(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}
