import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { openLogs } from "../../../runtime/agent/control/logs.ts";
import { temporaryFolder } from "../../testbed/resources.ts";

const fileSize = 4_000;

async function open() {
  const folder = await temporaryFolder("logs");
  const state = { now: 1_000_000 };
  const logs = openLogs({ folder: folder.path, fileSize, now: () => state.now, onProblem: () => {} });
  return {
    logs,
    folder: folder.path,
    write(workflow: string, message: string) {
      logs.write({ time: state.now, level: "info", workflow, message });
      // Each line is on the disk before the next.
      logs.close();
      state.now += 10;
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

describe("the agent's logs", () => {
  it("keep two files of bounded size for each workflow, with the newest lines, in JSON", async () => {
    await using device = await open();
    device.write("quiet", "the only line");
    for (let line = 0; line < 1_000; line++) device.write("loud", `line ${line}`);
    assert.deepEqual(readdirSync(device.folder).sort(), ["loud.1.log", "loud.log", "quiet.log"]);
    for (const name of readdirSync(device.folder)) {
      const path = join(device.folder, name);
      assert.ok(statSync(path).size <= fileSize + 200, `${name} has ${statSync(path).size} bytes`);
      for (const line of readFileSync(path, "utf8").trimEnd().split("\n"))
        assert.equal(typeof JSON.parse(line).message, "string");
    }
    const tail = device.logs.tail("loud", 50).map(({ message }) => message);
    assert.deepEqual(
      tail,
      Array.from({ length: 50 }, (_, line) => `line ${950 + line}`),
    );
    assert.equal(device.logs.tail("quiet", 10)[0]?.message, "the only line");
  });

  it("count what comes too fast, and cut what is too long", async () => {
    await using device = await open();
    for (let line = 0; line < 500; line++) {
      device.logs.write({ time: 0, level: "info", workflow: "w", message: `line ${line}` });
    }
    assert.equal(device.logs.tail("w", 1_000).length, 200);
    for (let time = 0; time < 100; time++) device.write("other", "passes the time");
    device.write("w", "x".repeat(10_000));
    const [counted, cut] = device.logs.tail("w", 2);
    assert.match(counted?.message ?? "", /^300 lines came too fast/);
    assert.match(cut?.message ?? "", /^x{4096}… \(10000 characters\)$/);
    device.logs.close();
  });
});
