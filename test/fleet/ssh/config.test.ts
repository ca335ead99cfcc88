import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { formatSshAddress, parseSshAddress } from "../../../fleet/ssh/address.ts";
import { resolveSshTarget, type SshTarget } from "../../../fleet/ssh/config.ts";
import { EddyError } from "../../../language/problem.ts";
import { temporaryFolder } from "../../testbed/resources.ts";
import { rejectsWith } from "../errors.ts";

/** Resolves an address with these files of a home folder; paths in the answer begin with `~`. */
async function resolve(
  address: string,
  files: Readonly<Record<string, string>> = {},
  environment: Readonly<Record<string, string>> = {},
): Promise<SshTarget> {
  await using folder = await temporaryFolder("ssh-config");
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder.path, name)), { recursive: true });
    await writeFile(join(folder.path, name), text);
  }
  const target = await resolveSshTarget(parseSshAddress(address), {
    files: [join(folder.path, ".ssh/config"), join(folder.path, "etc/ssh_config")],
    environment,
    home: folder.path,
  });
  return JSON.parse(JSON.stringify(target).replaceAll(folder.path, "~"));
}

describe("ssh address", () => {
  const good = [
    ["ssh://pi@pump.lan:2222", { user: "pi", host: "pump.lan", port: 2222 }],
    ["pump", { host: "pump" }],
    ["ssh://192.168.1.7/", { host: "192.168.1.7" }],
    ["ssh://pi@[fe80::1%25eth0]:22", { user: "pi", host: "fe80::1%eth0", port: 22 }],
    ["ssh://corp%2Fanna@pump", { user: "corp/anna", host: "pump" }],
  ] as const;
  for (const [text, address] of good) {
    it(`reads ${text}`, () => {
      assert.deepEqual(parseSshAddress(text), address);
      assert.deepEqual(parseSshAddress(formatSshAddress(address)), address);
    });
  }

  for (const text of [
    "",
    "ssh://",
    "ssh://pi:password@pump",
    "ssh://pump:0",
    "ssh://pump:70000",
    "-oProxyCommand=x",
    "ssh://-x@pump",
    "ssh://a b",
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => parseSshAddress(text),
        (error) => error instanceof EddyError && error.code === "EDDY_BAD_ADDRESS",
      );
    });
  }
});

describe("ssh configuration", () => {
  it("has ssh's own defaults where nothing is configured", async () => {
    const target = await resolve("pump", {}, { SSH_AUTH_SOCK: "/run/agent" });
    assert.deepEqual(target, {
      alias: "pump",
      host: "pump",
      port: 22,
      user: userInfo().username,
      identityFiles: ["~/.ssh/id_ed25519", "~/.ssh/id_ecdsa", "~/.ssh/id_rsa"],
      identitiesOnly: false,
      agent: "/run/agent",
      knownHostsFiles: ["~/.ssh/known_hosts", "~/.ssh/known_hosts2", "/etc/ssh/ssh_known_hosts"],
      hashKnownHosts: false,
      unknownHosts: "ask",
      jumps: [],
      connectTimeout: 15_000,
    });
  });

  it("takes the first value, the address before the file, the user's file before the system's", async () => {
    const files = {
      ".ssh/config":
        "Host pump\n  HostName 10.0.0.7\n  Port 2200\n  User pi\nHost *\n  User nobody\n  Port 9\n",
      "etc/ssh_config": "ConnectTimeout 3\nUser root\n",
    };
    const target = await resolve("pump", files);
    assert.deepEqual([target.host, target.port, target.user], ["10.0.0.7", 2200, "pi"]);
    assert.equal(target.connectTimeout, 3000);
    const stated = await resolve("ssh://anna@pump:22", files);
    assert.deepEqual([stated.port, stated.user], [22, "anna"]);
    assert.equal((await resolve("other", files)).user, "nobody");
  });

  it("gathers identity files, with tokens and environment", async () => {
    const { identityFiles, identitiesOnly } = await resolve(
      "ssh://pi@pump",
      {
        ".ssh/config":
          "Host *\n  IdentityFile ~/.ssh/%r@%h\n  IdentityFile %d/keys/${SITE}\n  IdentitiesOnly yes\n",
      },
      { SITE: "north" },
    );
    assert.deepEqual(identityFiles, ["~/.ssh/pi@pump", "~/keys/north"]);
    assert.equal(identitiesOnly, true);
  });

  it("reads included files, and goes on in the block that they stand in", async () => {
    const target = await resolve("pump", {
      ".ssh/config": "Host pump\n  Include conf.d/*.conf\n  Port 2200\n",
      ".ssh/conf.d/a.conf": "User pi\nHost other\n  Port 1\n",
      ".ssh/conf.d/b.conf": "IdentityAgent none\n",
    });
    assert.deepEqual([target.user, target.port, target.agent], ["pi", 2200, undefined]);
  });

  it("knows jump hosts, and refuses a proxy command", async () => {
    const jumping = await resolve("pump", { ".ssh/config": "Host pump\n  ProxyJump gate,anna@inner:2222\n" });
    assert.deepEqual(jumping.jumps, [{ host: "gate" }, { user: "anna", host: "inner", port: 2222 }]);
    const none = await resolve("pump", { ".ssh/config": "Host *\n  ProxyJump none\n" });
    assert.deepEqual(none.jumps, []);
    await rejectsWith(
      "EDDY_SSH_CONFIG",
      resolve("pump", { ".ssh/config": "ProxyCommand nc %h %p\n" }),
      /ProxyJump/,
    );
  });

  it("runs no program that the file names", async () => {
    await using folder = await temporaryFolder("match-exec");
    const mark = join(folder.path, "ran");
    const target = await resolve("pump", {
      ".ssh/config": `Match exec "touch ${mark}"\n  User attacker\nHost *\n  User pi\n`,
    });
    assert.equal(target.user, "pi");
    await assert.rejects(
      import("node:fs/promises").then(({ stat }) => stat(mark)),
      { code: "ENOENT" },
    );
  });

  for (const [setting, expected] of [
    ["yes", "refuse"],
    ["accept-new", "accept"],
    ["no", "accept"],
    ["ask", "ask"],
  ] as const) {
    it(`StrictHostKeyChecking ${setting}: ${expected}`, async () => {
      const target = await resolve("pump", { ".ssh/config": `Host *\n  StrictHostKeyChecking ${setting}\n` });
      assert.equal(target.unknownHosts, expected);
    });
  }

  it("says what it cannot read", async () => {
    await rejectsWith("EDDY_SSH_CONFIG", resolve("pump", { ".ssh/config": 'Host "pump\n  User pi\n' }));
  });
});
