import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash, generateKeyPairSync } from "node:crypto";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { zipSync } from "fflate";
import { EddyError } from "../../../language/problem.ts";
import { engineAbi } from "../../../runtime/engine/contract.ts";
import {
  canonicalJson,
  keyId,
  type ManifestContent,
  packArtifact,
  signArtifact,
  unpackArtifact,
  verifyArtifact,
} from "../../../runtime/protocol/artifact.ts";

const content: ManifestContent = {
  format: 1,
  id: "cold-chain",
  name: "Cold chain alarm",
  file: "cold-chain.flow.yaml",
  abi: engineAbi,
  compiler: "0.1.0",
  target: "node",
  optimize: "basic",
  isolation: "shared",
  restart: "always",
  capabilities: ["network"],
  env: { MQTT_USER: { type: "string", default: "eddy" } },
  secrets: ["MQTT_PASSWORD"],
  nodes: [{ id: "fridge", type: "mqtt-in", line: 18 }],
};
const code = "return { start() {} };";
const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const signing = { sequence: 7, issued: 1_000, expires: 2_000 };

function packed(change: Partial<ManifestContent> = {}, files: { code?: string; map?: string } = {}) {
  return packArtifact({ code, ...files }, { ...content, ...change });
}

function refused(code: string, run: () => unknown): void {
  assert.throws(run, (error) => {
    assert.ok(error instanceof EddyError, String(error));
    assert.equal(error.code, code);
    return true;
  });
}

describe("artifact", () => {
  it("gives back what was packed", () => {
    const { bytes, manifest } = packed({}, { map: "{}" });
    assert.deepEqual(unpackArtifact(bytes), { manifest, code, map: "{}" });
    assert.equal(manifest.files["workflow.js"], createHash("sha256").update(code).digest("hex"));
  });

  it("is the same bytes for the same input, whatever the time zone", () => {
    const own = createHash("sha256").update(packed().bytes).digest("hex");
    const file = fileURLToPath(new URL("../../../runtime/protocol/artifact.ts", import.meta.url));
    const script = `
      const { packArtifact } = await import(${JSON.stringify(file)});
      const { createHash } = await import("node:crypto");
      const { bytes } = packArtifact(${JSON.stringify({ code })}, ${JSON.stringify(content)});
      console.log(createHash("sha256").update(bytes).digest("hex"));`;
    for (const TZ of ["Pacific/Auckland", "America/Los_Angeles"]) {
      const env = { ...process.env, TZ, NODE_OPTIONS: "" };
      const there = execFileSync(process.execPath, ["--input-type=module", "-e", script], { env }).toString();
      assert.equal(there.trim(), own, TZ);
    }
  });

  it("has a version that follows the code and the manifest, not the map and the lines", () => {
    const { version } = packed().manifest;
    assert.equal(packed({}, { map: '{"version":3}' }).manifest.version, version);
    assert.equal(packed({ nodes: [{ id: "fridge", type: "mqtt-in", line: 19 }] }).manifest.version, version);
    assert.notEqual(packed({}, { code: "return 1" }).manifest.version, version);
    assert.notEqual(packed({ secrets: [] }).manifest.version, version);
    assert.notEqual(
      packed({ nodes: [{ id: "fridge", type: "http-in", line: 18 }] }).manifest.version,
      version,
    );
  });

  it("is accepted once signed, whatever bytes it was signed in before", () => {
    const once = signArtifact(packed().bytes, privateKey, signing);
    const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const twice = signArtifact(once, pem, signing);
    assert.deepEqual(twice, once);
    const trusted = publicKey.export({ type: "spki", format: "pem" }).toString();
    const verified = verifyArtifact(once, [trusted], 1_999, { after: 6 });
    assert.equal(verified.signature.key, keyId(privateKey));
    assert.equal(verified.code, code);
    assert.deepEqual(unpackArtifact(once).manifest, packed().manifest);
  });

  it("is refused unsigned, by another publisher, expired, replayed, or of another engine", () => {
    const bytes = signArtifact(packed().bytes, privateKey, signing);
    const other = generateKeyPairSync("ed25519");
    refused("EDDY_ARTIFACT_UNSIGNED", () => verifyArtifact(packed().bytes, [publicKey], 0));
    refused("EDDY_ARTIFACT_UNTRUSTED", () => verifyArtifact(bytes, [other.publicKey], 0));
    refused("EDDY_ARTIFACT_UNTRUSTED", () => verifyArtifact(bytes, [], 0));
    refused("EDDY_ARTIFACT_EXPIRED", () => verifyArtifact(bytes, [publicKey], 2_000));
    refused("EDDY_ARTIFACT_REPLAYED", () => verifyArtifact(bytes, [publicKey], 0, { after: 7 }));
    for (const abi of [engineAbi - 1, engineAbi + 1]) {
      const foreign = signArtifact(packed({ abi }).bytes, privateKey, signing);
      refused("EDDY_ARTIFACT_ABI", () => verifyArtifact(foreign, [publicKey], 0));
    }
  });

  it("is refused with the signature of another artifact, or of other numbers", () => {
    const good = unpackArtifact(signArtifact(packed().bytes, privateKey, signing));
    const { manifest } = packed({}, { code: "return 2" });
    const texts = (signature: unknown) => ({
      "manifest.json": canonicalJson(manifest),
      "workflow.js": "return 2",
      "signature.json": JSON.stringify(signature),
    });
    refused("EDDY_ARTIFACT_ALTERED", () => verifyArtifact(archive(texts(good.signature)), [publicKey], 0));
    const later = { ...good.signature, sequence: 8 };
    const moved = { ...texts(later), "manifest.json": canonicalJson(good.manifest), "workflow.js": code };
    refused("EDDY_ARTIFACT_ALTERED", () => verifyArtifact(archive(moved), [publicKey], 0));
  });

  it("is refused wherever it was cut", () => {
    const bytes = signArtifact(packed().bytes, privateKey, signing);
    for (let length = 0; length < bytes.length; length++) {
      refused("EDDY_ARTIFACT_TRUNCATED", () => unpackArtifact(bytes.subarray(0, length)));
    }
  });

  it("is refused where its signature is the same in other characters", () => {
    const { bytes } = packed();
    const signed = unpackArtifact(signArtifact(bytes, privateKey, signing));
    assert.ok(signed.signature);
    const { signature } = signed.signature;
    // 64 bytes end in four bits that say nothing.
    const next = String.fromCharCode(signature.charCodeAt(signature.length - 3) + 1);
    const other = `${signature.slice(0, -3)}${next}==`;
    assert.deepEqual(Buffer.from(other, "base64"), Buffer.from(signature, "base64"));
    const files = {
      "signature.json": JSON.stringify({ ...signed.signature, signature: other }),
      "manifest.json": canonicalJson(signed.manifest),
      "workflow.js": signed.code,
    };
    refused("EDDY_ARTIFACT_ALTERED", () => verifyArtifact(archive(files), [publicKey], 0));
  });

  it("is refused, or says the same, with any byte changed", () => {
    const bytes = signArtifact(packed({}, { map: "{}" }).bytes, privateKey, signing);
    const whole = unpackArtifact(bytes);
    const changed = fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(changed, ([at, by]) => {
        const other = bytes.slice();
        other[at] = (other[at] ?? 0) ^ by;
        try {
          assert.deepEqual(verifyArtifact(other, [publicKey], 0), whole);
        } catch (error) {
          assert.ok(error instanceof EddyError, String(error));
          assert.match(error.code, /^EDDY_ARTIFACT_/);
        }
      }),
      { numRuns: 1500 },
    );
  });

  it("is refused as any other bytes, and never crashes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        refused(
          bytes.length < 4 && [0x50, 0x4b, 3, 4].slice(0, bytes.length).every((b, at) => b === bytes[at])
            ? "EDDY_ARTIFACT_TRUNCATED"
            : "EDDY_ARTIFACT_ALTERED",
          () => unpackArtifact(bytes),
        );
      }),
    );
  });

  it("is refused with files that do not belong there", () => {
    const { manifest } = packed();
    const good = { "manifest.json": canonicalJson(manifest), "workflow.js": code };
    assert.equal(unpackArtifact(archive(good)).code, code);
    for (const name of ["../../etc/passwd", "/etc/passwd", "a/b", "__proto__", "workflow.js.map", "x"]) {
      refused("EDDY_ARTIFACT_ALTERED", () => unpackArtifact(archive({ ...good, [name]: "x" })));
    }
    for (const missing of Object.keys(good)) {
      const rest = Object.entries(good).filter(([name]) => name !== missing);
      refused("EDDY_ARTIFACT_ALTERED", () => unpackArtifact(archive(Object.fromEntries(rest))));
    }
    for (const text of [
      "",
      "null",
      "[]",
      "{}",
      '{"format":2}',
      `{"__proto__":1,${canonicalJson(manifest).slice(1)}`,
    ]) {
      refused("EDDY_ARTIFACT_ALTERED", () => unpackArtifact(archive({ ...good, "manifest.json": text })));
    }
  });

  it("is refused when it would unpack to more than it may, without unpacking it", () => {
    const { manifest } = packed();
    const bomb = archive({
      "manifest.json": canonicalJson(manifest),
      "workflow.js": " ".repeat(33 * 2 ** 20),
    });
    assert.ok(bomb.length < 100_000);
    refused("EDDY_ARTIFACT_TOO_LARGE", () => unpackArtifact(bomb));
    refused("EDDY_ARTIFACT_TOO_LARGE", () => unpackArtifact(new Uint8Array(65 * 2 ** 20)));
  });
});

function archive(texts: Readonly<Record<string, string>>): Uint8Array {
  const encoder = new TextEncoder();
  // The packer cannot take `__proto__` as a name of its own, so that it is put in afterwards.
  const files = Object.entries(texts).map(([name, text]) => [
    name.replaceAll("proto", "pr0to"),
    encoder.encode(text),
  ]);
  const bytes = Buffer.from(zipSync(Object.fromEntries(files), { level: 6 }));
  for (let at = bytes.indexOf("pr0to"); at >= 0; at = bytes.indexOf("pr0to")) bytes.write("proto", at);
  return bytes;
}
