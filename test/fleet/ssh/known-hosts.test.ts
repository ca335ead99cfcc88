import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  fingerprint,
  judgeHostKey,
  keyType,
  knownHostLine,
  knownHostName,
  knownKeyTypes,
  parseKnownHosts,
} from "../../../fleet/ssh/known-hosts.ts";
import { runProgram } from "../../testbed/processes.ts";
import { temporaryFolder } from "../../testbed/resources.ts";

/** A key in wire format; `seed` makes it another one. */
function key(seed: string, type = "ssh-ed25519"): Buffer {
  const field = (bytes: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  return Buffer.concat([field(Buffer.from(type)), field(createHash("sha256").update(seed).digest())]);
}

function line(hosts: string, seed: string, type?: string): string {
  return `${hosts} ${type ?? "ssh-ed25519"} ${key(seed, type).toString("base64")}`;
}

function judge(text: string, host: string, seed: string, port = 22) {
  return judgeHostKey(parseKnownHosts(text), knownHostName(host, port), key(seed));
}

describe("known_hosts", () => {
  it("tells known, unknown and changed hosts apart", () => {
    const text = [line("pump", "a"), "# a comment", "", line("other,192.168.1.7", "b")].join("\n");
    assert.deepEqual(judge(text, "pump", "a"), { kind: "known" });
    assert.deepEqual(judge(text, "PUMP", "a"), { kind: "known" });
    assert.deepEqual(judge(text, "192.168.1.7", "b"), { kind: "known" });
    assert.deepEqual(judge(text, "nobody", "a"), { kind: "unknown" });
    assert.deepEqual(judge(text, "pump", "b"), { kind: "changed", lines: [1] });
    assert.deepEqual(judge(text, "other", "a"), { kind: "changed", lines: [4] });
  });

  it("tells ports apart", () => {
    const text = line("[pump]:2222", "a");
    assert.deepEqual(judge(text, "pump", "a", 2222), { kind: "known" });
    assert.deepEqual(judge(text, "pump", "b", 2222), { kind: "changed", lines: [1] });
    assert.deepEqual(judge(text, "pump", "a"), { kind: "unknown" });
  });

  it("knows patterns, and what they leave out", () => {
    const text = line("*.lan,!evil.lan,10.0.0.?", "a");
    assert.deepEqual(judge(text, "pump.lan", "a"), { kind: "known" });
    assert.deepEqual(judge(text, "10.0.0.5", "a"), { kind: "known" });
    assert.deepEqual(judge(text, "evil.lan", "a"), { kind: "unknown" });
    assert.deepEqual(judge(text, "pump.wan", "a"), { kind: "unknown" });
    assert.deepEqual(judge(line("a*b*c*", "a"), `a${"b".repeat(50)}`, "a"), { kind: "unknown" });
  });

  it("refuses a revoked key wherever else it stands", () => {
    const text = [line("pump", "a"), `@revoked ${line("*", "a")}`].join("\n");
    assert.deepEqual(judge(text, "pump", "a"), { kind: "revoked", line: 2 });
  });

  it("does not take the key of an authority for a host's own", () => {
    assert.deepEqual(judge(`@cert-authority ${line("*", "a")}`, "pump", "a"), { kind: "unknown" });
  });

  it("leaves out lines that are none", () => {
    const text = ["pump", "pump ssh-ed25519", "pump ssh-ed25519 not*base64", "@odd pump ssh-rsa AAAA"].join(
      "\n",
    );
    assert.deepEqual(parseKnownHosts(text), []);
  });

  it("counts a host with a key of another type as changed, and asks for the type that is known", () => {
    const text = line("pump", "a", "ssh-rsa");
    assert.deepEqual(judge(text, "pump", "a"), { kind: "changed", lines: [1] });
    assert.deepEqual(knownKeyTypes(parseKnownHosts(text), "pump"), ["ssh-rsa"]);
  });

  for (const hashed of [false, true]) {
    it(`writes a line that it finds again, ${hashed ? "hashed" : "plain"}`, () => {
      const text = knownHostLine(knownHostName("Pump.lan", 2222), key("a"), { hashed });
      assert.equal(text.includes("pump.lan"), !hashed);
      assert.deepEqual(judge(text, "pump.lan", "a", 2222), { kind: "known" });
      assert.deepEqual(judge(text, "pump.lan", "b", 2222), { kind: "changed", lines: [1] });
      assert.deepEqual(judge(text, "other.lan", "a", 2222), { kind: "unknown" });
    });
  }

  it("prints a fingerprint as ssh-keygen does, and reads the type", async () => {
    await using folder = await temporaryFolder("keys");
    const path = join(folder.path, "key");
    await writeFile(`${path}.pub`, `ssh-ed25519 ${key("a").toString("base64")} test\n`);
    const printed = await runProgram("ssh-keygen", ["-l", "-E", "sha256", "-f", `${path}.pub`]);
    assert.equal(fingerprint(key("a")), printed.split(" ")[1]);
    assert.equal(keyType(key("a", "ssh-rsa")), "ssh-rsa");
    assert.equal(keyType(Buffer.from([0, 0])), "");
  });
});
