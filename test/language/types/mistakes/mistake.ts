/** A slip of an author: the workflow with it, where it is told, what the message names, and the same put right. */
export interface Mistake {
  readonly what: string;
  /** `‹wrong|right›` marks what is corrected. */
  readonly text: string;
  /** The text at which it is told. */
  readonly at: string;
  readonly words: readonly string[];
  readonly code?: string;
}

export const reading = `  reading:
    type: mqtt-in
    topic: site/+/fridge
    output: Reading
`;
export const script = `script: |
  interface Reading { celsius: number; door: "open" | "closed"; note?: string; tags: string[]; at: { lat: number; lon: number } }
  type Event = { kind: "temperature"; celsius: number } | { kind: "door"; open: boolean } | { kind: "power"; watts: number };
  const site = (topic: string) => topic.split("/")[1] ?? "";
  const half = (value: number) => value / 2;
`;

/** A workflow with a trigger of readings and one of events, and these nodes. */
export function flow(nodes: string, head = ""): string {
  return `eddy: 1
${script}${head}nodes:
${reading}  event:
    type: http-in
    path: /events
    method: POST
    output: Event
${nodes}`;
}

export function node(type: string, params: string, from = "reading", head = ""): string {
  const lines = params.split("\n").map((line) => `    ${line}\n`);
  return flow(`  it:\n    type: ${type}\n    from: ${from}\n${lines.join("")}`, head);
}

/** Two nodes: what the first makes, the second uses. */
export function chain(first: string, second: string, from = "reading"): string {
  const lines = (text: string) =>
    text
      .split("\n")
      .map((line) => `    ${line}\n`)
      .join("");
  return flow(`  first:\n    from: ${from}\n${lines(first)}  second:\n    from: first\n${lines(second)}`);
}
