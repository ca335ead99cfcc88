import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Worker } from "node:worker_threads";
import { openThreadAhead } from "../../../runtime/agent/control/thread.ts";
import { startProgram } from "../../testbed/processes.ts";
import { type TemporaryFolder, temporaryFolder } from "../../testbed/resources.ts";
import { startDevice } from "./device.ts";

const entry = new URL("../../../runtime/agent/main.ts", import.meta.url);
const workerMemory = 128 * 2 ** 20;

/** A home with one workflow that is to run. */
async function homeWith(isolation: "shared" | "worker"): Promise<TemporaryFolder> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder("ahead"));
  await using device = await startDevice({ home: folder.path });
  await device.deploy({ id: "one", manifest: { isolation } });
  const owned = stack.move();
  return { path: folder.path, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** The threads that are started meanwhile. */
function newThreads(): Disposable & { readonly started: readonly Worker[] } {
  const started: Worker[] = [];
  const add = (thread: Worker) => void started.push(thread);
  process.on("worker", add);
  return { started, [Symbol.dispose]: () => process.off("worker", add) };
}

describe("the thread that is started while the agent is read", () => {
  it("is the one in which workflows run", async () => {
    await using home = await homeWith("shared");
    using threads = newThreads();
    const thread = openThreadAhead(home.path, entry, workerMemory);
    await using device = await startDevice({ home: home.path, entry, thread, workerMemory });
    await device.agent().booted;
    assert.equal(await device.inject("one", 5), 5);
    assert.deepEqual(threads.started, [thread]);
  });

  it("has ended when the start has, where no workflow shares one", async () => {
    await using home = await homeWith("worker");
    const thread = openThreadAhead(home.path, entry, workerMemory);
    await using device = await startDevice({ home: home.path, entry, thread, workerMemory });
    await device.agent().booted;
    assert.equal(thread?.threadId, -1);
    assert.equal(await device.inject("one", 5), 5);
  });

  it("is not started where nothing is installed", async () => {
    await using folder = await temporaryFolder("ahead");
    assert.equal(openThreadAhead(folder.path, entry, workerMemory), undefined);
    await using _device = await startDevice({ home: folder.path });
    assert.equal(openThreadAhead(folder.path, entry, workerMemory), undefined);
  });

  it("keeps no agent alive that cannot start", async () => {
    await using home = await homeWith("shared");
    await using _device = await startDevice({ home: home.path });
    const words = [fileURLToPath(entry), "run", "--home", home.path];
    await using second = await startProgram(process.execPath, words);
    assert.equal(await second.exited, 1);
    assert.match(second.output(), /EDDY_AGENT_RUNNING/);
  });
});
