// MQTT in, three steps, MQTT out, as somebody writes it with mqtt.js. With QoS 1 it may lose what it works on: mqtt.js
// acknowledges each message as soon as this listener returns, whether the broker has taken what came of it or not.
import { connect } from "mqtt";

const [url = "", from = "", to = "", level = "0"] = process.argv.slice(2);
const qos = level === "1" ? 1 : 0;
const client = connect(url, { protocolVersion: 5 });
client.on("connect", () => client.subscribe(from, { qos }));
client.on("message", (_topic, bytes) => {
  const { n, celsius } = JSON.parse(bytes.toString());
  if (celsius <= -40) return;
  const reading = { n, celsius, fahrenheit: celsius * 1.8 + 32 };
  const alert = {
    n: reading.n,
    text: `Fridge at ${reading.celsius}`,
    level: reading.fahrenheit > 50 ? 2 : 1,
  };
  client.publish(to, JSON.stringify(alert), { qos });
});
