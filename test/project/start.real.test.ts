import assert from "node:assert/strict";
import { join } from "node:path";
import { listens, startProgram } from "../testbed/processes.ts";
import { freePort } from "../testbed/resources.ts";
import { checkout } from "./files.ts";

describe("npm start", () => {
  it("serves VS Code on the port asked for, to who has the address, until it is told to end", async () => {
    const port = await freePort();
    await using program = await startProgram(
      process.execPath,
      [join(checkout, "scripts", "start.mjs"), "--browser", "--no-open", `--port=${port}`],
      { ready: ({ output }) => output().includes("Press Ctrl+C"), readyWithin: 100_000 },
    );
    const address = /http:\S+/.exec(program.output())?.[0] ?? assert.fail("no address was printed");
    assert.equal(new URL(address).port, String(port));
    const entry = await fetch(address, { redirect: "manual" });
    assert.equal(entry.status, 302);
    const cookie = entry.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    const page = `http://127.0.0.1:${port}/`;
    assert.equal((await fetch(page, { headers: { cookie } })).status, 200);
    assert.equal((await fetch(page)).status, 403);
    process.kill(program.pid, "SIGINT");
    assert.equal(await program.exited, 0);
    assert.equal(await listens(port), false);
  }).timeout(120_000);
});
