import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { refused, startDevice } from "./device.ts";

/** One that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe("metrics for Prometheus", function () {
  this.timeout(60_000);

  it("are served on request, also after a restart, until somebody ends it", async () => {
    await using device = await startDevice();
    await device.deploy({ id: "w", work: "message.payload" });
    await device.inject("w", 1);
    assert.deepEqual(await device.client.request("metrics/get", {}), {});
    const metrics = { port: await freePort(), address: "127.0.0.1" };
    const url = `http://127.0.0.1:${metrics.port}/metrics`;
    await device.client.request("metrics/serve", { metrics });
    const response = await fetch(url);
    assert.match(response.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
    const text = await response.text();
    for (const line of [
      "# TYPE eddy_workflow_executions_total counter",
      'eddy_workflow_executions_total{workflow="w"} 1',
      'eddy_workflow_errors_total{workflow="w"} 0',
      'eddy_workflow_running{workflow="w"} 1',
      'eddy_health{status="ok"} 1',
    ])
      assert.ok(text.split("\n").includes(line), `${line} in\n${text}`);
    assert.match(text, /^eddy_memory_bytes \d+$/m);
    // Every line is a comment, or a name with a number.
    for (const line of text.trimEnd().split("\n"))
      assert.match(line, /^(# (HELP|TYPE) \w+ .+|\w+(\{(\w+="[^"\n]*",?)+\})? [\d.e+-]+)$/);
    assert.equal((await fetch(new URL("/", url))).status, 404);

    await device.restart();
    assert.deepEqual(await device.client.request("metrics/get", {}), { metrics });
    assert.equal((await fetch(url)).status, 200);
    await device.client.request("metrics/serve", { metrics: null });
    await assert.rejects(fetch(url));
    assert.deepEqual(await device.client.request("metrics/get", {}), {});
  });

  it("are refused at a port that is taken", async () => {
    await using device = await startDevice();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    try {
      const metrics = { port, address: "127.0.0.1" };
      await assert.rejects(
        device.client.request("metrics/serve", { metrics }),
        refused("EDDY_METRICS", /something else listens there/),
      );
      assert.deepEqual(await device.client.request("metrics/get", {}), {});
    } finally {
      await new Promise((resolve) => other.close(resolve));
    }
  });
});
