import assert from "node:assert/strict";
import { isSecret, reveal, secretText } from "../../../runtime/engine/secrets.ts";
import { testSecret } from "../memory-host.ts";

describe("a template with secrets", () => {
  const password = testSecret("PASSWORD", "hunter2");

  it("is a text where there is none in it", () => {
    assert.equal(secretText`a${1}b${undefined}c`, "a1bundefinedc");
  });

  it("is a secret where there is one in it, and shows it nowhere", () => {
    const user = testSecret("USER", "eddy");
    const url = secretText`mqtt://${user}:${password}@host:${1883}`;
    assert.ok(isSecret(url));
    assert.equal(reveal(url), "mqtt://eddy:hunter2@host:1883");
    assert.equal(url.name, "USER+PASSWORD");
    for (const shown of [String(url), `${url}`, JSON.stringify({ url }), JSON.stringify([url.name])]) {
      assert.doesNotMatch(shown, /hunter2/);
    }
    assert.equal(reveal("plain"), "plain");
  });

  it("takes nothing else for a secret", () => {
    for (const value of [undefined, null, "x", 1, {}, { reveal: "x" }, () => {}])
      assert.equal(isSecret(value), false);
  });
});
