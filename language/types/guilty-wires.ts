import type { Wire } from "../model.ts";
import type { Finding } from "./findings.ts";
import type { NodeFile } from "./node-file.ts";
import type { PortText } from "./outputs.ts";
import { anyInput, type InputText, joinWires, silentInput } from "./wires.ts";

/** With more wires than this into a node, it is not told which of them an error comes by. */
const mostWires = 16;

/** A wire into a node, and what comes by it. */
export interface ArrivingWire {
  readonly wire: Wire;
  readonly port: PortText;
}

/** A node in error, as it is needed to look for the wires that are to blame. */
export interface Suspect {
  readonly wires: readonly ArrivingWire[];
  readonly inputs: ReadonlyMap<string, InputText>;
  readonly file: NodeFile;
  readonly findings: readonly Finding[];
  /** The node's file if this came in. */
  readonly fileWith: (inputs: ReadonlyMap<string, InputText>) => NodeFile;
}

/** A file to be checked beside the node's own: what of the errors is left if this came in. */
export interface Trial {
  /** The wires that bring it; none where nothing is known of what comes in. */
  readonly wires: readonly Wire[];
  readonly file: NodeFile;
}

/** What has to be tried to tell which wires of a node its errors come by. */
export function trialsOf({ wires, inputs, fileWith }: Suspect, isStrict: boolean): readonly Trial[] {
  if (wires.length === 0) return [];
  const free = new Map([...inputs.keys()].map((input) => [input, anyInput]));
  const trials: Trial[] = [{ wires: [], file: fileWith(free) }];
  if (wires.length === 1 || wires.length > mostWires) return trials;
  // Any would take in what the wire brings, where an expression sees the messages of all inputs.
  const silent = new Map([...inputs.keys()].map((input) => [input, silentInput]));
  const alike = new Map<
    string,
    { readonly input: string; readonly port: PortText; readonly wires: Wire[] }
  >();
  for (const { wire, port } of wires) {
    const input = inputs.has(wire.input) ? wire.input : ([...inputs.keys()][0] ?? wire.input);
    const key = JSON.stringify([input, port]);
    const known = alike.get(key);
    if (known) known.wires.push(wire);
    else alike.set(key, { input, port, wires: [wire] });
  }
  for (const { input, port, wires: same } of alike.values())
    trials.push({ wires: same, file: fileWith(new Map([...silent, [input, joinWires([port], isStrict)]])) });
  return trials;
}

/**
 * The errors with the wires that they come by: those that bring the error alone. None where it is there whatever comes in;
 * all of them where it takes several, or it cannot be told. `left`: by trial, what is found with it.
 */
export function withGuiltyWires(
  { wires, file, findings }: Suspect,
  trials: readonly Trial[],
  left: readonly (readonly Finding[])[],
): readonly Finding[] {
  const places = left.map((found, index) => {
    const from = trials[index]?.file.head.end ?? 0;
    return new Set(found.map((finding) => placeOf(finding, from)));
  });
  return findings.map((finding) => {
    const place = placeOf(finding, file.head.end);
    const guilty = trials.filter((_, index) => places[index]?.has(place));
    if (guilty.some((trial) => trial.wires.length === 0)) return { ...finding, wires: [] };
    const alone = new Set(guilty.flatMap((trial) => trial.wires));
    const all = wires.map(({ wire }) => wire);
    return { ...finding, wires: alone.size === 0 ? all : all.filter((wire) => alone.has(wire)) };
  });
}

/** What stands before the author's texts in a generated file differs with what comes in. */
function placeOf({ code, start, end }: Finding, from: number): string {
  return `${code} ${start - from} ${end - from}`;
}
