import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  deviceListOutput,
  errorOutput,
  keyOutput,
  keyRotateOutput,
  okOutput,
  replaceOutput,
  trustOutput,
} from "../../cli/contract.ts";
import { openDesk, startDevice } from "../fleet/desk.ts";
import { builtCommand, document, type Ended, eddy, shaped } from "./command.ts";

const flow = `eddy: 1
name: Line
nodes:
  reading: { type: inject }
  note: { type: log, from: reading }
`;

describe("eddy with keys and devices over ssh", function () {
  this.timeout(180_000);
  before(() => builtCommand());

  it("exports, imports, trusts, rotates with a device that is away, and replaces that one", async () => {
    await using first = await startDevice();
    await using second = await startDevice();
    await using desk = await openDesk({ servers: { first, second } });
    const folder = desk.userHome;
    const run = (words: readonly string[], { home = desk.home, input = "" } = {}) =>
      eddy(words, { folder, input, environment: { HOME: folder, EDDY_HOME: home } });
    const other = { home: join(folder, "other-desk") };
    const third = { home: join(folder, "third-desk") };
    // What was asked for is wrong, and nothing has happened.
    const refusedWith = ({ code, stderr }: Ended, name: string) => {
      const { error } = shaped(errorOutput, JSON.parse(stderr.trimEnd().split("\n").at(-1) ?? ""));
      assert.deepEqual([code, error.code], [2, name]);
    };
    for (const [server, name] of [
      ["first", "pump"],
      ["second", "fan"],
    ] as const)
      assert.equal((await run(["device", "add", `ssh://${server}`, "--name", name, "--yes"])).code, 0);

    // A key, under a passphrase, goes to another desk, which is this one then.
    const { id } = document(keyOutput, await run(["key", "show", "--json"]));
    refusedWith(await run(["key", "export", "key.pem", "--json"]), "EDDY_USAGE");
    assert.equal((await run(["key", "export", "key.pem"], { input: "open sesame\n" })).code, 0);
    assert.equal(statSync(join(folder, "key.pem")).mode & 0o777, 0o600);
    refusedWith(
      await run(["key", "export", "key.pem", "--json"], { input: "open sesame\n" }),
      "EDDY_FILE_EXISTS",
    );
    const wrong = await run(["key", "import", "key.pem", "--json"], { ...other, input: "open barley\n" });
    refusedWith(wrong, "EDDY_BAD_PASSPHRASE");
    const right = await run(["key", "import", "key.pem", "--json"], { ...other, input: "open sesame\n" });
    assert.equal(document(keyOutput, right).id, id);
    assert.ok(!`${wrong.stderr}${right.stderr}`.includes("sesame"));

    // A desk of its own is trusted, and no longer.
    const shown = await run(["key", "show"], third);
    await writeFile(join(folder, "colleague.pub"), shown.stdout);
    const trust = ["device", "trust", "pump", "colleague.pub", "--name", "colleague", "--json"];
    assert.equal(document(trustOutput, await run(trust)).publishers[0]?.name, "colleague");
    const { publishers } = document(trustOutput, await run(["device", "trust", "pump", "--list", "--json"]));
    assert.equal(publishers.length, 2);
    document(okOutput, await run(["device", "untrust", "pump", "colleague", "--json"]));
    refusedWith(await run(["device", "untrust", "pump", "colleague", "--json"]), "EDDY_USAGE");
    refusedWith(
      await run(["key", "import", "key.pem", "--json"], { ...third, input: "open sesame\n" }),
      "EDDY_KEY_EXISTS",
    );

    await writeFile(join(folder, "line.flow.yaml"), flow);
    assert.equal((await run(["deploy", "line.flow.yaml", "--to", "fan"])).code, 0);
    await second.stop();

    // The device that is away learns of the new key later; the exit code says that not all were told.
    const rotated = await run(["key", "rotate", "--json"]);
    assert.equal(rotated.code, 4);
    const { told, left } = document(keyRotateOutput, rotated);
    assert.deepEqual([told, left.map(({ device }) => device)], [["pump"], ["fan"]]);

    refusedWith(await run(["device", "replace", "fan", "nobody", "--json"]), "EDDY_UNKNOWN_DEVICE");
    refusedWith(await run(["device", "replace", "fan", "fan", "--json"]), "EDDY_SAME_DEVICE");
    const replaced = await run(["device", "replace", "fan", "pump", "--json"]);
    const { device, deployed, stopped, data } = document(replaceOutput, replaced);
    assert.deepEqual([replaced.code, device, deployed, stopped], [0, "fan", ["line"], []]);
    assert.deepEqual(
      data.map(({ workflow, reason }) => [workflow, reason?.code]),
      [["line", "EDDY_UNREACHABLE"]],
    );
  });

  it("tells which workflow stays stopped on the spare, and starts it", async () => {
    await using first = await startDevice();
    await using second = await startDevice();
    await using desk = await openDesk({ servers: { first, second } });
    const folder = desk.userHome;
    const run = async (...words: readonly string[]) => {
      const ended = await eddy(words, { folder, environment: { HOME: folder, EDDY_HOME: desk.home } });
      assert.equal(ended.code, 0, ended.stderr);
      return ended;
    };
    for (const [server, name] of [
      ["first", "pump"],
      ["second", "fan"],
    ] as const)
      await run("device", "add", `ssh://${server}`, "--name", name, "--yes");
    await writeFile(join(folder, "line.flow.yaml"), flow);
    await run("deploy", "line.flow.yaml", "--to", "pump");
    await run("stop", "pump/line");

    const { stdout } = await run("device", "replace", "pump", "fan");
    assert.match(stdout, /line stays stopped, as it was\. To start it: eddy start pump\/line/);
    const { devices } = document(deviceListOutput, await run("device", "list", "--json"));
    const { workflows } = devices.find(({ name }) => name === "pump") ?? {};
    assert.deepEqual(
      workflows?.map(({ state }) => state),
      ["stopped"],
    );
    await run("start", "pump/line");
  });
});
