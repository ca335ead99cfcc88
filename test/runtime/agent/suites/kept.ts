import assert from "node:assert/strict";
import { eventually } from "../../../testbed/resources.ts";
import { createTestCompiler, type Device, refused, type StartDevice } from "../device.ts";
import type { WorkflowText } from "../workflows.ts";

const looping = (id: string, manifest: WorkflowText["manifest"] = {}): WorkflowText => ({
  id,
  manifest,
  work: "message.payload.loop ? (() => { for (;;) {} })() : message.payload.value",
});

async function kept({ client }: Device, id: string) {
  return (await client.request("kept/list", { id })).messages;
}

/** The message that was under way when a worker had to be ended. */
export function keptMessages(
  startDevice: StartDevice,
  { namesLines }: { readonly namesLines: boolean },
): void {
  describe("the message that a worker was at when it ended", function () {
    this.timeout(90_000);

    it("is kept when it loops, with its node and line; it is sent again once that is mended", async () => {
      await using device = await startDevice({ blockedAfter: 2_000 });
      const bad = await device.deploy(looping("w"));
      assert.equal(await device.inject("w", { value: 1 }), 1);
      const payload = { loop: true, value: 7, text: "grün" };
      await assert.rejects(device.inject("w", payload), refused("EDDY_WORKER_ENDED"));
      const { reason } = await device.becomes("w", "quarantined");
      assert.equal(reason?.code, "EDDY_BLOCKED");
      assert.match(reason?.message ?? "", /It was at work \(w\.flow\.yaml:2\)/);
      const [message, ...others] = await kept(device, "w");
      assert.deepEqual(others, []);
      assert.ok(message);
      assert.equal(message.node, "work");
      assert.equal((await device.status("w"))?.kept, 1);
      assert.equal(message.version, bad);
      assert.deepEqual(Reflect.get(Object(message.message), "payload"), payload);
      await assert.rejects(
        device.client.request("kept/send", { id: "w", key: message.key }),
        refused("EDDY_NOT_RUNNING"),
      );

      await device.restart();
      assert.equal((await device.status("w"))?.state, "quarantined");
      await device.deploy({ id: "w", work: "message.payload.value + 1" });
      const record = await device.client.request("kept/send", { id: "w", key: message.key });
      assert.equal(record.outcome, "ok");
      assert.equal(Reflect.get(Object(record.nodes[0]?.output?.[0]?.message), "payload"), 8);
      assert.deepEqual(await kept(device, "w"), []);
      assert.equal((await device.status("w"))?.kept, undefined);
      await assert.rejects(
        device.client.request("kept/send", { id: "w", key: message.key }),
        refused("EDDY_UNKNOWN_MESSAGE"),
      );
    });

    it("is kept once, however often it loops, and gone when somebody discards it", async () => {
      await using device = await startDevice({ blockedAfter: 1_500 });
      await device.deploy(looping("w"));
      for (let time = 0; time < 2; time++) {
        await assert.rejects(device.inject("w", { loop: true }), refused("EDDY_WORKER_ENDED"));
        await device.becomes("w", "quarantined");
        await device.client.request("workflow/activate", { id: "w" });
      }
      const [message] = await kept(device, "w");
      assert.equal(message?.times, 2);
      await device.client.request("kept/discard", { id: "w", key: message?.key ?? "" });
      assert.deepEqual(await kept(device, "w"), []);
    });

    it("is told of where it is too large to be kept", async () => {
      await using device = await startDevice({ blockedAfter: 1_500 });
      await device.deploy(looping("w"));
      const payload = { loop: true, value: "x".repeat(70_000) };
      await assert.rejects(device.inject("w", payload), refused("EDDY_WORKER_ENDED"));
      await device.becomes("w", "quarantined");
      const [message] = await kept(device, "w");
      assert.equal(message?.message, undefined);
      await device.client.request("workflow/activate", { id: "w" });
      await assert.rejects(
        device.client.request("kept/send", { id: "w", key: message?.key ?? "" }),
        refused("EDDY_MESSAGE_TOO_LARGE"),
      );
    });

    it("is kept when it ends its thread", async () => {
      await using device = await startDevice();
      await device.deploy({ id: "w", work: "process.exit(7)" });
      await assert.rejects(device.inject("w", "bye"), refused("EDDY_WORKER_ENDED"));
      const { reason } = await device.becomes("w", "starting");
      assert.match(reason?.message ?? "", /ended with 7.*It was at work \(w\.flow\.yaml:2\)/);
      const [message] = await kept(device, "w");
      assert.equal(Reflect.get(Object(message?.message), "payload"), "bye");
    });

    it("is kept when it crashes a process of its own, as a native module would", async () => {
      await using device = await startDevice();
      await device.deploy({
        id: "w",
        // Deno takes a signal for a program that is started, and catches SIGSEGV itself.
        manifest: { isolation: "process", capabilities: ["exec"] },
        work: `message.payload === "crash" ? process.kill(process.pid, "SIGILL") : message.payload`,
      });
      assert.equal(await device.inject("w", "well"), "well");
      await assert.rejects(device.inject("w", "crash"), refused("EDDY_WORKER_ENDED"));
      const { reason } = await device.becomes("w", "starting");
      assert.equal(reason?.code, "EDDY_CRASHED");
      assert.match(reason?.message ?? "", /SIGILL.*It was at work \(w\.flow\.yaml:2\)/);
      const [message] = await kept(device, "w");
      assert.equal(Reflect.get(Object(message?.message), "payload"), "crash");
      await device.becomes("w", "running");
      assert.equal(await device.inject("w", "again"), "again");
    });

    it("is not given to the same version again when its source sends it again", async () => {
      await using device = await startDevice({ blockedAfter: 1_500 });
      // Its source sends what was not acknowledged again whenever it is opened.
      const text: WorkflowText = {
        ...looping("w"),
        open: `const acknowledged = context.state.get("acknowledged") ?? false;
        if (!acknowledged) setTimeout(() => emit({ loop: true }, () => context.state.set("acknowledged", true)), 100);`,
      };
      await device.deploy(text);
      await device.becomes("w", "quarantined");
      await device.restart();
      await device.client.request("workflow/activate", { id: "w" });
      await eventually("it is left out", async () =>
        (await device.logs("w")).some(({ message }) => /left out, and stays kept/.test(message)),
      );
      assert.equal((await device.status("w"))?.state, "running");
      assert.equal(await device.inject("w", { value: 2 }), 2);
      assert.equal((await kept(device, "w")).length, 1);
    });

    it("names the very line that loops in a compiled workflow", async () => {
      await using compiler = createTestCompiler();
      await using device = await startDevice({ blockedAfter: 2_000 });
      await device.deploy(
        await compiler.compile(
          "spin",
          `eddy: 1
name: Spin
nodes:
  in: { type: inject }
  first: { type: map, from: in, payload: msg.payload }
  round:
    type: function
    from: first
    code: |
      let turns = 0;
      while (msg.payload === "spin") {
        turns += 1;
      }
      return { payload: turns };
`,
        ),
      );
      await assert.rejects(device.inject("spin", "spin", "in"), refused("EDDY_WORKER_ENDED"));
      const { reason } = await device.becomes("spin", "quarantined");
      const line = namesLines
        ? /It was at round \(spin\.flow\.yaml:1[0-3](:\d+)?\)/
        : /It was at round \(spin\.flow\.yaml:\d+\) or after it/;
      assert.match(reason?.message ?? "", line);
      const [message] = await kept(device, "spin");
      assert.equal(message?.node, "in");
    });
  });
}
