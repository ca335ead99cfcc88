import assert from "node:assert/strict";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { EddyError } from "../../../../language/problem.ts";
import type { LiveValue } from "../../../../runtime/protocol/contract.ts";
import { eventually } from "../../../testbed/resources.ts";
import { type DeviceOptions, refused, type StartDevice } from "../device.ts";
import { createDesk, install, makeArtifact, type WorkflowText } from "../workflows.ts";

const counting = `context.state.set("count", (context.state.get("count") ?? 0) + 1), context.state.get("count")`;

/** What an agent does for those who deploy to it and watch. */
export function everydayWork(start: StartDevice, kinds: Readonly<Record<string, DeviceOptions>>): void {
  for (const [kind, options] of Object.entries(kinds)) {
    describe(`the agent ${kind}`, function () {
      this.timeout(30_000);

      it("installs, runs, injects, stops, starts and removes", async () => {
        await using device = await start(options);
        const { client } = device;
        const version = await device.deploy({ id: "w", work: "message.payload * 2" });
        assert.equal(readlinkSync(join(device.home, "workflows/w/current")), version);
        assert.deepEqual(readdirSync(join(device.home, "workflows/w", version)).sort(), [
          "manifest.json",
          "signature.json",
          "workflow.js",
        ]);
        const record = await client.request("workflow/inject", {
          id: "w",
          node: "in",
          message: { payload: 21 },
        });
        assert.equal(record.outcome, "ok");
        assert.deepEqual(
          record.nodes.map(({ id, output }) => [
            id,
            output?.map(({ message }) => Reflect.get(Object(message), "payload")),
          ]),
          [
            ["in", [21]],
            ["work", [42]],
            ["last", [42]],
          ],
        );
        const running = await device.status("w");
        assert.equal(running?.state, "running");
        assert.equal(running?.executions, 1);
        assert.equal(running?.name, "Test of w");
        assert.deepEqual(running?.nodes[0], { id: "in", type: "inject" });
        await assert.rejects(
          client.request("workflow/inject", { id: "w", node: "nope", message: { payload: 1 } }),
          refused("EDDY_UNKNOWN_NODE"),
        );
        assert.equal((await client.request("workflow/deactivate", { id: "w" })).state, "stopped");
        await assert.rejects(
          client.request("workflow/inject", { id: "w", node: "in", message: { payload: 1 } }),
          refused("EDDY_NOT_RUNNING"),
        );
        assert.equal((await client.request("workflow/activate", { id: "w" })).state, "running");
        await client.request("workflow/remove", { id: "w" });
        assert.deepEqual((await client.request("workflow/list", {})).workflows, []);
        assert.deepEqual(readdirSync(join(device.home, "workflows")), []);
        assert.deepEqual(
          readdirSync(join(device.home, "data")).filter((name) => name.startsWith("w.")),
          [],
        );
        await assert.rejects(
          client.request("workflow/activate", { id: "w" }),
          refused("EDDY_UNKNOWN_WORKFLOW"),
        );
      });

      it("keeps state over new versions, rollbacks and restarts of the agent", async () => {
        await using device = await start(options);
        const count = async () => {
          const { nodes } = await device.client.request("workflow/inject", {
            id: "w",
            node: "work",
            message: { payload: 0 },
          });
          return Reflect.get(Object(nodes[0]?.output?.[0]?.message), "payload");
        };
        const first = await device.deploy({ id: "w", work: counting });
        assert.equal(await count(), 1);
        const second = await device.deploy({ id: "w", work: `(${counting}) * 100` });
        assert.equal(await count(), 200);
        assert.deepEqual(
          [(await device.status("w"))?.version, (await device.status("w"))?.previous],
          [second, first],
        );
        await device.restart();
        assert.equal((await device.status("w"))?.state, "running");
        assert.equal(await count(), 300);
        const back = await device.client.request("workflow/rollback", { id: "w" });
        assert.deepEqual([back.version, back.previous], [first, second]);
        assert.equal(await count(), 4);
        await device.client.request("workflow/deactivate", { id: "w" });
        await device.restart();
        assert.equal((await device.status("w"))?.state, "stopped");
        await device.client.request("workflow/activate", { id: "w" });
        assert.equal(await count(), 5);
      });

      it("takes a version as the current one of which nothing runs until it is started", async () => {
        await using device = await start(options);
        const { desk } = device;
        const add = async (text: WorkflowText) => {
          const { bytes, version } = await makeArtifact(text);
          await install(device.client, "w", version, desk.sign(bytes));
          const status = await device.client.request("workflow/deactivate", { id: "w", version });
          assert.deepEqual([status.state, status.version], ["stopped", version]);
          return version;
        };
        const opened = async () => (await device.logs("w")).map(({ message }) => message);
        const second = await add({ id: "w", open: `context.log("info", "second")` });
        await device.restart();
        assert.equal((await device.status("w"))?.state, "stopped");
        assert.deepEqual(await opened(), []);
        await device.client.request("workflow/activate", { id: "w" });
        assert.deepEqual(await opened(), ["second"]);

        // In the place of one that runs, which can be gone back to.
        const third = await add({ id: "w", open: `context.log("info", "third")` });
        assert.deepEqual(await opened(), ["second"]);
        const { version, previous } = await device.client.request("workflow/activate", { id: "w" });
        assert.deepEqual([version, previous], [third, second]);
        assert.deepEqual(await opened(), ["second", "third"]);
        await assert.rejects(
          device.client.request("workflow/deactivate", { id: "w", version: "0".repeat(64) }),
          refused("EDDY_UNKNOWN_VERSION"),
        );
        assert.equal((await device.status("w"))?.state, "running");
      });

      it("leaves the running version untouched by whatever is refused", async () => {
        await using device = await start(options);
        const { client, desk } = device;
        const good = await device.deploy({ id: "w", work: "'good'" });
        const { bytes, version } = await makeArtifact({ id: "w", work: "'new'" });
        const cases: [string, Uint8Array, RegExp?][] = [
          ["EDDY_ARTIFACT_UNSIGNED", bytes],
          ["EDDY_ARTIFACT_UNTRUSTED", createDesk().sign(bytes)],
          ["EDDY_ARTIFACT_EXPIRED", desk.sign(bytes, { expires: Date.now() - 1 })],
          ["EDDY_ARTIFACT_REPLAYED", desk.sign(bytes, { sequence: 1 })],
          ["EDDY_ARTIFACT_TRUNCATED", desk.sign(bytes).subarray(0, 3_000)],
          ["EDDY_ARTIFACT_ALTERED", altered(desk.sign(bytes))],
        ];
        for (const [code, artifact] of cases) {
          await assert.rejects(install(client, "w", version, artifact), refused(code));
        }
        for (const [code, text, pattern] of [
          ["EDDY_LOAD_FAILED", { id: "w", setup: "throw new Error('at load');" }, /at load/],
          ["EDDY_TARGET", { id: "w", manifest: { target: "browser" } }, /browser/],
          ["EDDY_ARTIFACT_ABI", { id: "w", manifest: { abi: 99 } }, /newer agent/],
          ["EDDY_CAPABILITY", { id: "w", manifest: { capabilities: ["rocket"] } }, /rocket/],
        ] as const) {
          const made = await makeArtifact(text as WorkflowText);
          await assert.rejects(
            install(client, "w", made.version, desk.sign(made.bytes)),
            refused(code, pattern),
          );
        }
        const status = await device.status("w");
        assert.deepEqual([status?.state, status?.version], ["running", good]);
        assert.deepEqual(readdirSync(join(device.home, "workflows/w")).sort(), [good, "current"].sort());
        await install(client, "w", version, desk.sign(bytes));
        await client.request("workflow/activate", { id: "w", version });
      });

      it("runs the version before on when a new one cannot start", async () => {
        await using device = await start(options);
        const good = await device.deploy({ id: "w", work: "'good'" });
        await assert.rejects(
          device.deploy({ id: "w", open: "throw new Error('no such file');" }),
          refused("EDDY_START_FAILED", /no such file/),
        );
        const status = await device.status("w");
        assert.deepEqual([status?.state, status?.version], ["running", good]);
        const { outcome } = await device.client.request("workflow/inject", {
          id: "w",
          node: "in",
          message: { payload: 1 },
        });
        assert.equal(outcome, "ok");
        await assert.rejects(
          device.client.request("workflow/rollback", { id: "w" }),
          refused("EDDY_NOTHING_TO_ROLL_BACK"),
        );
        await assert.rejects(
          device.deploy({ id: "fresh", open: "throw new Error('no such file');" }),
          refused("EDDY_START_FAILED"),
        );
        assert.equal((await device.status("fresh"))?.state, "installed");
      });

      it("binds env and secrets, refuses by name what is missing, and shows no secret", async () => {
        await using device = await start(options);
        const { client } = device;
        const text: WorkflowText = {
          id: "w",
          manifest: {
            env: { limit: { type: "number" }, mode: { type: "string", default: "fast" } },
            secrets: ["token"],
          },
          work: `host.log({ time: 0, level: "info", workflow: "w", message: "token is " + host.secrets.token.reveal() }),
          { env: host.env, open: host.secrets.token.reveal(), shown: String(host.secrets.token) }`,
        };
        await assert.rejects(device.deploy(text), (error: unknown) => {
          refused("EDDY_MISSING_VALUES", /"limit".*"token"/)(error);
          assert.ok(error instanceof EddyError);
          assert.deepEqual([error.details?.env, error.details?.secrets], [["limit"], ["token"]]);
          return true;
        });
        await client.request("config/set", { env: { limit: "7" }, secrets: { token: "device-wide" } });
        await client.request("config/set", { workflow: "w", secrets: { token: "hunter2!" } });
        await client.request("workflow/activate", { id: "w" });
        const shown: LiveValue[] = [];
        await client.subscribe("tap/subscribe", { id: "w" }, ({ values }) => shown.push(...values));
        assert.deepEqual(await client.request("config/get", { workflow: "w" }), {
          env: {},
          secrets: ["token"],
        });
        const record = await client.request("workflow/inject", {
          id: "w",
          node: "work",
          message: { payload: 0 },
        });
        assert.deepEqual(Reflect.get(Object(record.nodes[0]?.output?.[0]?.message), "payload"), {
          env: { limit: 7, mode: "fast" },
          open: "[secret]",
          shown: "[secret]",
        });
        const { records } = await client.request("logs/tail", { id: "w", lines: 10, follow: false });
        assert.equal(records.at(-1)?.message, "token is [secret]");
        await eventually("it is shown", () => shown.some(({ node }) => node === "work"));
        assert.match(shown.find(({ node }) => node === "work")?.text ?? "", /"open":"\[secret\]"/);
        for (const file of ["configuration.json", "logs/w.log"]) {
          assert.doesNotMatch(readFileSync(join(device.home, file), "utf8"), /hunter2|device-wide/);
        }
        await client.request("config/set", { workflow: "w", secrets: { token: null } });
        await client.request("config/set", { secrets: { token: null } });
        await assert.rejects(
          client.request("workflow/activate", { id: "w" }),
          refused("EDDY_MISSING_VALUES", /"token"/),
        );
        assert.equal((await device.status("w"))?.state, "running");
      });

      it("shows live values with exact counters, cut and bounded", async () => {
        await using device = await start(options);
        await device.deploy({
          id: "w",
          setup: "let timer; let number = 0;",
          open: "timer = setInterval(() => { for (let i = 0; i < 50; i++) emit({ number: ++number, fill: 'x'.repeat(5000) }); }, 5);",
          close: "clearInterval(timer);",
        });
        const updates: { values: readonly LiveValue[]; dropped: number; at: number }[] = [];
        const tap = await device.client.subscribe(
          "tap/subscribe",
          { id: "w", node: "last" },
          ({ values, dropped }) => {
            updates.push({ values, dropped, at: performance.now() });
          },
        );
        await eventually("updates", () => updates.length > 10);
        const last = updates.at(-1);
        const elapsed = (last?.at ?? 0) - (updates[0]?.at ?? 0);
        assert.ok((updates.length - 1) / (elapsed / 1000) <= 21, `${updates.length} in ${elapsed} ms`);
        const value = last?.values[0];
        assert.deepEqual([value?.node, value?.port, last?.values.length], ["last", "out", 1]);
        assert.equal(value?.text.length, 4096);
        assert.ok((value?.size ?? 0) > 5_000);
        const shownNumber = Number(/"number":(\d+)/.exec(value?.text ?? "")?.[1]);
        assert.ok((value?.count ?? 0) >= shownNumber);
        assert.ok((last?.dropped ?? 0) > 0);
        tap.dispose();
        await assert.rejects(
          device.client.request("tap/subscribe", { id: "nope" }),
          refused("EDDY_UNKNOWN_WORKFLOW"),
        );
      });

      it("leaves out samples, never counts: what was seen and left out is all that there was", async () => {
        await using device = await start(options);
        await device.deploy({
          id: "w",
          setup: "let send = () => {}; const total = 5_000;",
          open: `send = async () => {
          for (let number = 1; number <= total; number++) {
            emit("€".repeat(3_000) + number);
            if (number % 100 === 0) await new Promise((done) => setTimeout(done, 1));
          }
        };
        setTimeout(send, 500);`,
        });
        const seen: LiveValue[] = [];
        let leftOut = 0;
        await device.client.subscribe("tap/subscribe", { id: "w", node: "last" }, ({ values, dropped }) => {
          seen.push(...values);
          leftOut += dropped;
        });
        await eventually("all are through", () => seen.at(-1)?.count === 5_000);
        assert.equal(seen.length + leftOut, 5_000);
        for (const { text, size, count } of seen) {
          assert.ok(Buffer.byteLength(text) <= 4_096 && Buffer.byteLength(text) > 4_090);
          assert.equal(size, 9_002 + `${count}`.length);
        }
      });

      it("tells executions, logs, metrics and changes as they happen", async () => {
        await using device = await start(options);
        const { client } = device;
        const changes: string[] = [];
        client.on("workflow/changed", ({ id, status }) => changes.push(`${id} ${status?.state}`));
        await device.deploy({ id: "w", work: `context.log("info", "hello " + message.payload)` });
        const outcomes: string[] = [];
        await client.subscribe("executions/subscribe", { id: "w" }, ({ records }) => {
          outcomes.push(...records.map(({ outcome }) => outcome));
        });
        const lines: string[] = [];
        await client.subscribe("logs/tail", { id: "w", lines: 10, follow: true }, ({ records }) => {
          lines.push(...records.map(({ message }) => message));
        });
        let rate = -1;
        await client.subscribe("metrics/subscribe", { interval: 250 }, ({ workflows, health }) => {
          rate = workflows[0]?.rate ?? -1;
          assert.equal(health.status, "ok");
        });
        await client.request("workflow/inject", { id: "w", node: "in", message: { payload: "you" } });
        await eventually("all are told", () => outcomes.length === 1 && lines.length === 1 && rate >= 0);
        assert.deepEqual(outcomes, ["ok"]);
        assert.deepEqual(lines, ["hello you"]);
        await client.request("workflow/remove", { id: "w" });
        await eventually("the removal is told", () => changes.at(-1) === "w undefined");
        assert.deepEqual(
          changes.filter((change, index) => change !== changes[index - 1]),
          ["w starting", "w running", "w undefined"],
        );
      });
    });
  }
}

function altered(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const middle = Math.floor(copy.length / 2);
  copy[middle] = (copy[middle] ?? 0) ^ 0xff;
  return copy;
}
