import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { layoutOf } from "../../../runtime/agent/layout.ts";
import { type LedgerOptions, openLedger, writesOfProcess } from "../../../runtime/agent/ledger.ts";
import { temporaryFolder } from "../../testbed/resources.ts";

const hour = 3_600_000;
const today = Date.UTC(2026, 5, 1, 12);

function device(home: string, options: Partial<LedgerOptions> = {}) {
  const problems = new Map<string, string | undefined>();
  const state = { now: today, monotonic: 0, written: 0 };
  const ledger = openLedger({
    layout: layoutOf(home),
    now: () => state.now,
    monotonic: () => state.monotonic,
    processWrites: () => state.written,
    onProblem: (about, problem) => problems.set(about, problem?.code),
    ...options,
  });
  const pass = (milliseconds: number) => {
    state.now += milliseconds;
    state.monotonic += milliseconds;
  };
  return { ledger, state, problems, pass };
}

describe("the agent's ledger", () => {
  it("knows no earlier time than one that it has seen, also after a restart", async () => {
    await using folder = await temporaryFolder("ledger");
    const first = device(folder.path);
    first.pass(hour);
    first.ledger.note();
    assert.equal(first.ledger.time(), today + hour);
    // Somebody sets the clock back to make an old signature valid.
    first.state.now = today - 1000 * hour;
    first.state.monotonic += 5;
    assert.equal(first.ledger.time(), today + hour + 5);
    first.ledger.close();
    const second = device(folder.path);
    second.state.now = 0;
    assert.equal(second.ledger.time(), today + hour + 5);
    second.ledger.note();
    assert.equal(second.problems.get("clock"), "EDDY_CLOCK_BEHIND");
    // The network has told the time.
    second.state.now = today + 2 * hour;
    second.ledger.note();
    assert.equal(second.problems.get("clock"), undefined);
    assert.equal(second.ledger.time(), today + 2 * hour);
    second.ledger.close();
  });

  it("starts in 1970 and takes the time that comes later", async () => {
    await using folder = await temporaryFolder("ledger");
    const { ledger, state } = device(folder.path);
    state.now = 5_000;
    assert.equal(ledger.time(), 5_000);
    state.now = today;
    assert.equal(ledger.time(), today);
    ledger.close();
  });

  it("does not remember the time of a short run, which may be wrong", async () => {
    await using folder = await temporaryFolder("ledger");
    const first = device(folder.path);
    first.state.now = Date.UTC(2106, 1, 7);
    first.ledger.close();
    assert.equal(device(folder.path).ledger.time(), today);
  });

  it("counts what is written in a day, over restarts, and tells when that is too much", async () => {
    await using folder = await temporaryFolder("ledger");
    const first = device(folder.path, { budget: 1_000 });
    first.pass(hour);
    first.state.written = 600;
    first.ledger.note();
    assert.deepEqual(first.ledger.written(), { today: 600, budget: 1_000 });
    assert.equal(first.problems.get("writes"), undefined);
    first.ledger.close();
    const second = device(folder.path, { budget: 1_000 });
    second.pass(2 * hour);
    second.state.written = 500;
    assert.deepEqual(second.ledger.written(), { today: 1_100, budget: 1_000 });
    assert.equal(second.problems.get("writes"), "EDDY_WRITES");
    second.pass(24 * hour);
    second.state.written = 510;
    assert.deepEqual(second.ledger.written(), { today: 10, budget: 1_000 });
    assert.equal(second.problems.get("writes"), undefined);
    second.ledger.close();
  });

  it("begins anew where its file cannot be read, and stops nothing", async () => {
    await using folder = await temporaryFolder("ledger");
    const path = join(folder.path, "ledger.json");
    writeFileSync(path, '{"time":');
    const { ledger } = device(folder.path);
    assert.equal(ledger.time(), today);
    ledger.close();
    assert.equal(readFileSync(`${path}.unreadable`, "utf8"), '{"time":');
  });

  it("counts once what a process that it has started writes, while that runs and when it has ended", async function () {
    await using folder = await temporaryFolder("ledger");
    const size = 3_000_000;
    const written = () => writesOfProcess() ?? 0;
    const before = written();
    writeFileSync(join(folder.path, "own"), new Uint8Array(size));
    if (written() - before < size) return this.skip(); // A folder in memory, or a platform that does not tell.
    const start = written();
    const code = `require("fs").writeFileSync(${JSON.stringify(join(folder.path, "child"))}, Buffer.alloc(${size}));
      console.log("written"); process.stdin.resume();`;
    const child = spawn(process.execPath, ["-e", code], { stdio: ["pipe", "pipe", "inherit"] });
    await once(child.stdout, "data");
    const isCounted = (bytes: number) => bytes >= size && bytes < 1.5 * size;
    assert.ok(isCounted(written() - start), `${written() - start} while it runs`);
    child.stdin.end();
    await once(child, "close");
    assert.ok(isCounted(written() - start), `${written() - start} when it has ended`);
  });
});
