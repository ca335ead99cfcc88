// What was promised of Eddy's speed and size. Each of these is a line of the report, whatever comes of it.
import type { Bar } from "./support/results.ts";

export interface Promised {
  readonly name: string;
  readonly unit: string;
  readonly bar: Bar;
}

export const bars = {
  pipelineByHand: promised("pipeline: throughput, compiled / by hand", "×", { atLeast: 0.9 }),
  pipelineNodeRed: promised("pipeline: throughput, compiled / Node-RED", "×", { atLeast: 100 }),
  relay0ByHand: promised("mqtt, QoS 0: throughput, Eddy / by hand", "×", { atLeast: 0.95 }),
  relay1ByHand: promised("mqtt, QoS 1: throughput, Eddy / by hand", "×", { atLeast: 0.95 }),
  relay0NodeRed: promised("mqtt, QoS 0: throughput, Eddy / Node-RED", "×", { atLeast: 3 }),
  relay1NodeRed: promised("mqtt, QoS 1: throughput, Eddy / Node-RED", "×", { atLeast: 3 }),
  latency0ByHand: promised("mqtt, QoS 0: p99 latency, Eddy / by hand", "×", { atMost: 1.1 }),
  latency1ByHand: promised("mqtt, QoS 1: p99 latency, Eddy / by hand", "×", { atMost: 1.1 }),
  start: promised("cold start to the first message, default", "ms", { atMost: 150 }),
  startRatio: promised("cold start, default / bare node -e 0", "×", { atMost: 2.5 }),
  startSingle: promised("cold start to the first message, single-threaded", "ms", { atMost: 150 }),
  startSingleRatio: promised("cold start, single-threaded / bare node -e 0", "×", { atMost: 2.5 }),
  memorySingle: promised("memory above idle Node, single-threaded", "MB", { atMost: 5 }),
  memoryMqtt: promised("memory above idle Node, single-threaded with MQTT", "MB", { atMost: 12 }),
  memoryDefault: promised("memory above idle Node, default with shared worker", "MB", { atMost: 25 }),
  memoryFurther: promised("memory of each further small workflow", "MB", { atMost: 1 }),
  compile10: promised("warm compile of 10 nodes, p50", "ms", { atMost: 5 }),
  compile100: promised("warm compile of 100 nodes, p50", "ms", { atMost: 10 }),
  compile1000: promised("warm compile of 1,000 nodes, p50", "ms", { atMost: 60 }),
  types100: promised("type check after one edit, 100 nodes, p50", "ms", { atMost: 100 }),
  agentSize: promised("agent with its MQTT client, minified", "kB", { atMost: 700 }),
  moduleSize: promised("module of a 10-node workflow, minified", "kB", { atMost: 15 }),
  ratioBasic: promised("compression of the examples, basic", "×", { atLeast: 1.8 }),
  ratioAggressive: promised("compression of the examples, aggressive", "×", { atLeast: 3.5 }),
} as const satisfies Record<string, Promised>;

function promised(name: string, unit: string, bar: Bar): Promised {
  return { name, unit, bar };
}
