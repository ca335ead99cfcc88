// MQTT in, switch, two functions, MQTT out, in Node-RED.
import { code, comparing, node, startNodeRed } from "./node-red.mjs";

const [url, from, to, qos, library, folder] = process.argv.slice(2);
const { hostname, port } = new URL(url);

await startNodeRed(library, folder, [
  { id: "tab", type: "tab", label: "Relay" },
  {
    id: "broker",
    type: "mqtt-broker",
    broker: hostname,
    port,
    clientid: "",
    autoConnect: true,
    protocolVersion: "5",
    keepalive: "60",
    cleansession: true,
  },
  node("in", "mqtt in", ["valid"], { topic: from, qos, datatype: "json", broker: "broker", inputs: 0 }),
  comparing("valid", "payload.celsius", [-40], ["reading"]),
  code(
    "reading",
    "const { n, celsius } = msg.payload; msg.payload = { n, celsius, fahrenheit: celsius * 1.8 + 32 }; return msg;",
    ["alert"],
  ),
  code(
    "alert",
    "const { n, celsius, fahrenheit } = msg.payload; msg.payload = { n, text: `Fridge at ${celsius}`, level: fahrenheit > 50 ? 2 : 1 }; return msg;",
    ["out"],
  ),
  node("out", "mqtt out", [], { topic: to, qos, retain: "false", broker: "broker" }),
]);
