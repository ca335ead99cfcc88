import assert from "node:assert/strict";
import { type Mosquitto, startMosquitto } from "../../testbed/mosquitto.ts";
import { eventually, freePort } from "../../testbed/resources.ts";
import { brokerClient, untilHeard } from "../../torture/load.ts";
import { createTestCompiler, refused, startDevice } from "./device.ts";

/** What the broker takes; of larger ones it tells nobody anything, and ends the connection. */
const largestPacket = 20_000_000;
const sizes = { kept: 200_000, through: 8_000_000, refused: 2_000_000, tooLarge: 25_000_000 };

const workflow = (url: string, port: number, isolation: string) => `eddy: 1
name: Huge
settings: { isolation: ${isolation} }
connections:
  plant: { type: mqtt, url: "${url}" }
  door: { type: http, port: ${port} }
nodes:
  in: { type: mqtt-in, connection: plant, topic: in }
  work:
    type: function
    from: in
    code: |
      const { end, fill, answer } = Object(msg.payload);
      if (end === "exit") process.exit(7);
      while (end === "loop") {}
      return { payload: answer ? "x".repeat(answer) : String(fill ?? "").length };
  out: { type: mqtt-out, from: work, connection: plant, topic: out }
  call: { type: http-in, connection: door, method: POST, path: /call }
  answer: { type: http-response, from: call, payload: "JSON.stringify(msg.payload).length" }
`;

describe("a huge message", function () {
  this.timeout(120_000);
  let broker: Mosquitto;

  before(async () => {
    broker = await startMosquitto({ config: [`max_packet_size ${largestPacket}`] });
  });

  after(() => broker[Symbol.asyncDispose]());

  for (const isolation of ["shared", "worker", "process"] as const) {
    it(`goes through, is refused, or ends its worker, and the rest runs on (${isolation})`, async () => {
      await using compiler = createTestCompiler();
      await using device = await startDevice({ blockedAfter: 2_000, probation: 0 });
      const port = await freePort();
      await device.deploy({ id: "neighbour", work: "message.payload" });
      await device.deploy(await compiler.compile("huge", workflow(broker.url, port, isolation)));
      await using client = await brokerClient(broker.url);
      const heard: string[] = [];
      client.on("message", (_topic, payload) => void heard.push(payload.toString()));
      await client.subscribeAsync("out", { qos: 1 });
      await untilHeard(client, "in");
      const send = (payload: object, qos: 0 | 1 = 1) =>
        client.publishAsync("in", JSON.stringify(payload), { qos });
      const passes = async (size: number) => {
        await send({ fill: "x".repeat(size) });
        await eventually(`${size} bytes are through`, () => heard.includes(String(size)));
      };

      await passes(sizes.through);
      // The broker would end the connection for it, again and again.
      await send({ answer: sizes.tooLarge });
      await eventually("it is told", async () =>
        (await device.logs("huge")).some(({ message }) => /is larger than .* takes/.test(message)),
      );
      await passes(11);

      const post = (size: number) =>
        fetch(`http://127.0.0.1:${port}/call`, { method: "POST", body: "x".repeat(size) });
      assert.equal((await post(sizes.refused)).status, 413);
      const answer = await post(sizes.kept);
      assert.equal(answer.status, 200);
      assert.ok(Number(await answer.text()) >= sizes.kept);

      for (const [index, [end, code]] of (
        [
          ["exit", "EDDY_CRASHED"],
          ["loop", "EDDY_BLOCKED"],
        ] as const
      ).entries()) {
        // Of QoS 0: the broker does not send it again.
        await send({ end, fill: "x".repeat(sizes.kept) }, 0);
        const kept = await eventually("it is kept", async () => {
          const { messages } = await device.client.request("kept/list", { id: "huge" });
          return messages[index];
        });
        // That there was one, of which node and why, is told; that it is not there itself, too.
        assert.equal(kept.reason.code, code);
        assert.equal(kept.node, "in");
        assert.equal(kept.message, undefined);
        await device.client.request("workflow/activate", { id: "huge" });
        await device.becomes("huge", "running");
        await assert.rejects(
          device.client.request("kept/send", { id: "huge", key: kept.key }),
          refused("EDDY_MESSAGE_TOO_LARGE", /larger than 64 kB/),
        );
        await passes(20 + index);
      }
      await device.becomes("neighbour", "running");
      assert.equal(await device.inject("neighbour", "well"), "well");
    });
  }
});
