// The five steps of `pipeline.flow.yaml` in Node-RED: switch, function, switch, change, function. Its `change` makes less
// of an alert than the others do, since it has no cheap way to make a text.
import { code, comparing, node, startNodeRed } from "./node-red.mjs";

const [milliseconds, library, folder] = process.argv.slice(2);
const batch = 100;
const kept = { level: 0, alert: undefined, feed: undefined, arrived: () => {} };

await startNodeRed(
  library,
  folder,
  [
    { id: "tab", type: "tab", label: "Pipeline" },
    code("feed", "return null;", ["valid"], {
      initialize: "global.get('kept').feed = (msg) => node.send(msg);",
    }),
    comparing("valid", "payload.celsius", [-40], ["reading"]),
    code(
      "reading",
      "const { celsius, door } = msg.payload; msg.payload = { celsius, door, fahrenheit: celsius * 1.8 + 32 }; return msg;",
      ["kind"],
    ),
    comparing("kind", "payload.celsius", [30, 8], ["alert", "alert"]),
    node("alert", "change", ["sink"], {
      rules: [{ t: "set", p: "payload.level", pt: "msg", to: "1", tot: "num" }],
    }),
    code(
      "sink",
      "const kept = global.get('kept'); kept.alert = msg; kept.level += msg.payload.level; kept.arrived(); return null;",
      [],
    ),
  ],
  { kept },
);

/** Messages that all go through, a hundred at a time, for Node-RED takes several turns of the event loop for each. */
async function run(duration) {
  const end = performance.now() + duration;
  const before = process.threadCpuUsage();
  let count = 0;
  while (performance.now() < end) {
    let left = batch;
    const all = new Promise((resolve) => {
      kept.arrived = () => --left === 0 && resolve();
    });
    for (let one = 0; one < batch; one++, count++)
      kept.feed({ topic: "site/1/fridge", payload: { celsius: 9 + (count % 32), door: "open" } });
    await all;
  }
  const { user, system } = process.threadCpuUsage(before);
  return (count / (user + system)) * 1_000_000;
}

await run(Number(milliseconds));
console.log(await run(Number(milliseconds)));
process.exit();
