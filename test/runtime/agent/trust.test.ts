import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { keyId } from "../../../runtime/protocol/artifact.ts";
import { rejectsWith } from "../../fleet/errors.ts";
import { startDevice } from "./device.ts";
import { createDesk, type Desk, install, makeArtifact } from "./workflows.ts";

const publicKeyOf = ({ key }: Desk) =>
  createPublicKey(key).export({ type: "spki", format: "pem" }).toString();
const text = { id: "flow", work: "message.payload * 2" };

describe("whom a device trusts", function () {
  this.timeout(60_000);

  it("is listed, added to and taken from by who is trusted, and never left empty", async () => {
    await using device = await startDevice();
    const { client } = device;
    const [own] = (await client.request("publisher/list", {})).publishers;
    assert.ok(own);
    await rejectsWith("EDDY_LAST_PUBLISHER", client.request("publisher/revoke", { id: own.id }));

    const other = createDesk();
    const added = await client.request("publisher/trust", {
      publicKey: publicKeyOf(other),
      name: "colleague",
    });
    assert.equal(added.id, keyId(publicKeyOf(other)));
    // Twice is once, with the name of the second time.
    await client.request("publisher/trust", { publicKey: publicKeyOf(other), name: "old colleague" });
    const { publishers } = await client.request("publisher/list", {});
    assert.deepEqual(
      publishers.map(({ id, name }) => [id, name]).toSorted(),
      [
        [own.id, undefined],
        [added.id, "old colleague"],
      ].toSorted(),
    );
    const { bytes, version } = await makeArtifact(text);
    await install(client, "flow", version, other.sign(bytes));

    await client.request("publisher/revoke", { id: added.id });
    await rejectsWith("EDDY_UNKNOWN_PUBLISHER", client.request("publisher/revoke", { id: added.id }));
    const next = await makeArtifact({ ...text, work: "message.payload * 3" });
    await rejectsWith(
      "EDDY_ARTIFACT_UNTRUSTED",
      install(client, "flow", next.version, other.sign(next.bytes)),
    );
    // What it had brought runs on.
    await client.request("workflow/activate", { id: "flow", version });
    assert.equal(await device.inject("flow", 21), 42);
  });

  it("is no place for private keys, keys of another kind, or names that are more than a line", async () => {
    await using device = await startDevice();
    const { client } = device;
    const pair = generateKeyPairSync("ed25519");
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
    for (const publicKey of [
      "no key",
      pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      rsa.publicKey.export({ type: "spki", format: "pem" }).toString(),
    ])
      await rejectsWith("EDDY_BAD_PUBLIC_KEY", client.request("publisher/trust", { publicKey }));
    const publicKey = pair.publicKey.export({ type: "spki", format: "pem" }).toString();
    await rejectsWith("EDDY_BAD_REQUEST", client.request("publisher/trust", { publicKey, name: "a\nb" }));
    assert.equal((await client.request("publisher/list", {})).publishers.length, 1);
  });

  it("is taken from a key under whatever name its file has", async () => {
    await using device = await startDevice();
    const other = createDesk();
    writeFileSync(join(device.home, "publishers", "colleague.pub"), publicKeyOf(other));
    await device.client.request("publisher/revoke", { id: keyId(publicKeyOf(other)) });
    assert.equal(readdirSync(join(device.home, "publishers")).includes("colleague.pub"), false);
  });

  it("may go back to an older version that is signed anew, and not to the older signature", async () => {
    await using device = await startDevice();
    const { client, desk } = device;
    const older = await makeArtifact(text);
    const signed = desk.sign(older.bytes);
    await install(client, "flow", older.version, signed);
    for (const factor of [3, 4, 5, 6]) await device.deploy({ ...text, work: `message.payload * ${factor}` });
    await rejectsWith("EDDY_ARTIFACT_REPLAYED", install(client, "flow", older.version, signed));
    await install(client, "flow", older.version, desk.sign(older.bytes));
    await client.request("workflow/activate", { id: "flow", version: older.version });
    assert.equal(await device.inject("flow", 21), 42);
    // A removed workflow's signatures are no newer than they were.
    await client.request("workflow/remove", { id: "flow" });
    await rejectsWith("EDDY_ARTIFACT_REPLAYED", install(client, "flow", older.version, signed));
  });
});
