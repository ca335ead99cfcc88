import assert from "node:assert/strict";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import type { SshAddress } from "../../fleet/ssh/address.ts";
import { runScript } from "../../fleet/ssh/commands.ts";
import { connectSsh, type SshConnection } from "../../fleet/ssh/connection.ts";
import type { HostQuestion, SshQuestions } from "../../fleet/ssh/questions.ts";
import { rejectsWith } from "../fleet/errors.ts";
import { runProgram, startProgram } from "../testbed/processes.ts";
import { eventually, freePort, temporaryFolder } from "../testbed/resources.ts";
import { type SshServer, startSshServer } from "../testbed/ssh-server.ts";

const trustAnyone: SshQuestions = { trustHost: async () => true };

/** A desk user's home folder, with what is in its `.ssh`. */
async function desk(files: Readonly<Record<string, string>> = {}) {
  const folder = await temporaryFolder("desk");
  await mkdir(join(folder.path, ".ssh"));
  for (const [name, content] of Object.entries(files))
    await writeFile(join(folder.path, ".ssh", name), content, { mode: 0o600 });
  return folder;
}

async function connect(
  home: string,
  address: SshAddress,
  questions: SshQuestions = {},
  {
    environment = {},
    signal,
    memory = { passphrases: new Map(), passwords: new Map() },
  }: {
    readonly environment?: Readonly<Record<string, string>>;
    readonly signal?: AbortSignal;
    readonly memory?: { passphrases: Map<string, string>; passwords: Map<string, string> };
  } = {},
): Promise<SshConnection & Disposable> {
  const config = { files: [join(home, ".ssh", "config")], environment, home };
  const connection = await connectSsh(address, { config, questions, memory }, signal);
  return { ...connection, [Symbol.dispose]: () => connection.close() };
}

function hostBlock(server: SshServer, ...more: readonly string[]): string {
  return `Host device\n  HostName ${server.host}\n  Port ${server.port}\n  User ${server.user}\n${more.map((line) => `  ${line}\n`).join("")}`;
}

async function output(connection: SshConnection, script: string): Promise<string> {
  return (await runScript(connection, script)).stdout;
}

describe("ssh: connecting", () => {
  it("takes host, port, user and key from the configuration, and runs scripts", async () => {
    await using server = await startSshServer();
    await using home = await desk({
      config: hostBlock(server, `IdentityFile ${server.keyPath}`),
      known_hosts: await server.knownHosts(),
    });
    using connection = await connect(home.path, { host: "device" });
    const result = await runScript(connection, `cat; echo "it's here" >&2; exit 7`, {
      input: { bytes: Buffer.from("from the desk") },
    });
    assert.deepEqual(result, { code: 7, stdout: "from the desk", stderr: "it's here\n" });
  });

  it("moves a megabyte in each direction unharmed", async () => {
    await using server = await startSshServer();
    await using home = await desk({
      config: hostBlock(server, `IdentityFile ${server.keyPath}`),
      known_hosts: await server.knownHosts(),
    });
    using connection = await connect(home.path, { host: "device" });
    const bytes = Buffer.from("0123456789abcdef".repeat(64 * 1024));
    const { stdout } = await runScript(connection, "cat", { input: { bytes } });
    assert.equal(stdout, bytes.toString());
  });

  it("asks about an unknown host with its fingerprint, and writes it down", async () => {
    await using server = await startSshServer();
    await using home = await desk({ config: hostBlock(server, `IdentityFile ${server.keyPath}`) });
    const asked: HostQuestion[] = [];
    const questions: SshQuestions = {
      trustHost: async (question) => {
        asked.push(question);
        return true;
      },
    };
    for (let time = 0; time < 2; time++) {
      using connection = await connect(home.path, { host: "device" }, questions);
      assert.equal(await output(connection, "echo in"), "in\n");
    }
    assert.deepEqual(asked, [
      { host: `[127.0.0.1]:${server.port}`, keyType: "ssh-ed25519", fingerprint: await server.fingerprint() },
    ]);
    const written = await readFile(join(home.path, ".ssh", "known_hosts"), "utf8");
    assert.equal(written, await server.knownHosts());
  });

  it("writes a name that ssh-keygen finds again, hashed where the configuration asks for it", async () => {
    await using server = await startSshServer();
    await using home = await desk({
      config: hostBlock(server, `IdentityFile ${server.keyPath}`, "HashKnownHosts yes"),
    });
    using _first = await connect(home.path, { host: "device" }, trustAnyone);
    const file = join(home.path, ".ssh", "known_hosts");
    assert.match(await readFile(file, "utf8"), /^\|1\|/);
    const found = await runProgram("ssh-keygen", ["-F", `[127.0.0.1]:${server.port}`, "-f", file]);
    assert.match(found, /found: line 1/);
    using _second = await connect(home.path, { host: "device" });
  });

  it("sends nothing to an unknown host that is not trusted", async () => {
    await using server = await startSshServer();
    await using home = await desk({ config: hostBlock(server, `IdentityFile ${server.keyPath}`) });
    const refuse: SshQuestions = { trustHost: async () => false };
    for (const questions of [{}, refuse])
      await rejectsWith("EDDY_HOST_UNKNOWN", connect(home.path, { host: "device" }, questions), /SHA256:/);
    assert.doesNotMatch(server.log(), /Accepted|Failed publickey|userauth/i);
  });

  it("asks nobody where the configuration refuses unknown hosts, or accepts them", async () => {
    await using server = await startSshServer();
    const identity = `IdentityFile ${server.keyPath}`;
    await using strict = await desk({ config: hostBlock(server, identity, "StrictHostKeyChecking yes") });
    await rejectsWith("EDDY_HOST_UNKNOWN", connect(strict.path, { host: "device" }, trustAnyone));
    await using open = await desk({
      config: hostBlock(server, identity, "StrictHostKeyChecking accept-new"),
    });
    using connection = await connect(open.path, { host: "device" });
    assert.equal(await output(connection, "echo in"), "in\n");
  });

  it("stops hard at a changed host key, whatever is answered", async () => {
    await using server = await startSshServer();
    await using home = await desk({
      config: hostBlock(server, `IdentityFile ${server.keyPath}`, "StrictHostKeyChecking no"),
      known_hosts: await server.knownHosts(),
    });
    await server.replaceHostKey();
    const before = await readFile(join(home.path, ".ssh", "known_hosts"), "utf8");
    await rejectsWith(
      "EDDY_HOST_KEY_CHANGED",
      connect(home.path, { host: "device" }, trustAnyone),
      /known_hosts:1\b/,
    );
    assert.equal(await readFile(join(home.path, ".ssh", "known_hosts"), "utf8"), before);
    assert.doesNotMatch(server.log(), /Accepted/);
  });

  it("refuses a revoked key even where it is known", async () => {
    await using server = await startSshServer();
    const line = await server.knownHosts();
    await using home = await desk({
      config: hostBlock(server, `IdentityFile ${server.keyPath}`),
      known_hosts: `${line}@revoked ${line}`,
    });
    await rejectsWith("EDDY_HOST_KEY_REVOKED", connect(home.path, { host: "device" }, trustAnyone));
  });

  it("says what was shown and what is accepted when nothing opens the door", async () => {
    await using server = await startSshServer();
    await using home = await desk({
      config: hostBlock(server, `IdentityFile ${server.strangerKeyPath}`),
      known_hosts: await server.knownHosts(),
    });
    await rejectsWith(
      "EDDY_AUTH_FAILED",
      connect(home.path, { host: "device" }),
      /Keys shown: .*stranger_key.*accepts: publickey.*ssh-copy-id -p \d+/,
    );
  });

  it("says that nobody listens, that there is no such host, that it is no ssh server", async () => {
    await using home = await desk();
    await rejectsWith(
      "EDDY_UNREACHABLE",
      connect(home.path, { host: "127.0.0.1", port: await freePort() }),
      /refuses/,
    );
    await rejectsWith(
      "EDDY_UNREACHABLE",
      connect(home.path, { host: "no-such-host.invalid" }),
      /no host called/,
    );
  });

  it("can be given up while it connects", async () => {
    await using server = await startSshServer();
    await using home = await desk({ config: hostBlock(server, `IdentityFile ${server.keyPath}`) });
    const cancel = new AbortController();
    const questions: SshQuestions = {
      trustHost: async () => {
        cancel.abort(new Error("enough"));
        return true;
      },
    };
    await assert.rejects(
      connect(home.path, { host: "device" }, questions, { signal: cancel.signal }),
      /enough/,
    );
  });
});

describe("ssh: keys", () => {
  it("asks for a passphrase once, again when it was wrong, and remembers the right one", async () => {
    await using server = await startSshServer();
    await using home = await desk({
      config: hostBlock(server, `IdentityFile ${server.lockedKeyPath}`),
      known_hosts: await server.knownHosts(),
    });
    const memory = { passphrases: new Map<string, string>(), passwords: new Map<string, string>() };
    const attempts: number[] = [];
    const questions: SshQuestions = {
      passphrase: async ({ keyFile, attempt }) => {
        assert.equal(keyFile, server.lockedKeyPath);
        attempts.push(attempt);
        return attempt === 1 ? "wrong" : "correct horse";
      },
    };
    using _first = await connect(home.path, { host: "device" }, questions, { memory });
    using _second = await connect(home.path, { host: "device" }, {}, { memory });
    assert.deepEqual(attempts, [1, 2]);
  });

  it("does not ask for the passphrase of a key that the server does not take", async () => {
    await using server = await startSshServer();
    await using home = await desk({ known_hosts: await server.knownHosts() });
    const locked = join(home.path, ".ssh", "stranger");
    await copyFile(server.strangerKeyPath, locked);
    await runProgram("ssh-keygen", ["-q", "-p", "-P", "", "-N", "battery staple", "-f", locked]);
    await writeFile(
      join(home.path, ".ssh", "config"),
      hostBlock(server, `IdentityFile ${locked}`, `IdentityFile ${server.keyPath}`),
    );
    const questions: SshQuestions = { passphrase: () => assert.fail("asked") };
    using connection = await connect(home.path, { host: "device" }, questions);
    assert.equal(await output(connection, "echo in"), "in\n");
  });

  it("lets the ssh agent sign, also for a key whose file is locked", async () => {
    await using server = await startSshServer();
    await using home = await desk({ known_hosts: await server.knownHosts() });
    const socket = join(home.path, "agent.sock");
    await using _agent = await startProgram("ssh-agent", ["-D", "-a", socket], {
      ready: async () =>
        (await readFile(socket).catch((error: NodeJS.ErrnoException) => error.code)) === "ENXIO",
    });
    await runProgram("ssh-add", [server.keyPath], { environment: { SSH_AUTH_SOCK: socket } });
    await writeFile(
      join(home.path, ".ssh", "config"),
      hostBlock(server, `IdentityFile ${server.lockedKeyPath}`, "IdentitiesOnly yes"),
    );
    const environment = { SSH_AUTH_SOCK: socket };
    using _byFile = await connect(home.path, { host: "device" }, {}, { environment });
    await writeFile(join(home.path, ".ssh", "config"), hostBlock(server));
    using _byAgent = await connect(home.path, { host: "device" }, {}, { environment });
    await rejectsWith("EDDY_AUTH_FAILED", connect(home.path, { host: "device" }));
  });

  for (const [type, ...options] of [["rsa", "-b", "2048"], ["ecdsa"]] as const) {
    it(`logs in with a key of type ${type}, PEM and OpenSSH format`, async () => {
      await using server = await startSshServer();
      await using home = await desk({ known_hosts: await server.knownHosts() });
      for (const format of ["PEM", "RFC4716"]) {
        const path = join(home.path, ".ssh", `${type}-${format}`);
        await runProgram("ssh-keygen", [
          "-q",
          "-t",
          type,
          ...options,
          "-m",
          format,
          "-N",
          "let me in",
          "-f",
          path,
        ]);
        await writeFile(join(server.home, "..", "authorized_keys"), await readFile(`${path}.pub`, "utf8"));
        await writeFile(join(home.path, ".ssh", "config"), hostBlock(server, `IdentityFile ${path}`));
        const questions: SshQuestions = { passphrase: async () => "let me in" };
        using connection = await connect(home.path, { host: "device" }, questions);
        assert.equal(await output(connection, "echo in"), "in\n");
      }
    });
  }
});

describe("ssh: the way there", () => {
  it("goes through jump hosts, each with its own host key and login", async () => {
    await using inner = await startSshServer();
    await using outer = await startSshServer();
    await using home = await desk({
      known_hosts: (await inner.knownHosts()) + (await outer.knownHosts()),
      config: `${hostBlock(inner, `IdentityFile ${inner.keyPath}`, "ProxyJump gate")}Host gate
  HostName 127.0.0.1
  Port ${outer.port}
  User ${outer.user}
  IdentityFile ${outer.keyPath}
`,
    });
    const connection = await connect(home.path, { host: "device" });
    assert.equal(await output(connection, "pwd"), `${inner.home}\n`);
    assert.match(outer.log(), /Accepted publickey/);
    connection.close();
    await connection.closed;
    await eventually("the jump host is left too", () =>
      /Disconnected from|Connection closed/i.test(outer.log()),
    );
  });

  it("refuses jump hosts that lead in a circle", async () => {
    await using home = await desk({
      config: "Host a\n  ProxyJump b\nHost b\n  ProxyJump a\n",
    });
    await rejectsWith("EDDY_SSH_CONFIG", connect(home.path, { host: "a" }), /circle/);
  });

  it("tells running scripts that the connection is lost", async () => {
    await using server = await startSshServer();
    await using home = await desk({
      config: hostBlock(server, `IdentityFile ${server.keyPath}`),
      known_hosts: await server.knownHosts(),
    });
    using connection = await connect(home.path, { host: "device" });
    const running = rejectsWith("EDDY_CONNECTION_LOST", runScript(connection, ": >started; exec sleep 20"));
    const started = join(server.home, "started");
    await eventually("the script runs", () => readFile(started).then(() => true));
    await Promise.all([running, server.stop()]);
    await connection.closed;
    await rejectsWith("EDDY_CONNECTION_LOST", runScript(connection, "true"));
  });

  it("stops a script when it is given up", async () => {
    await using server = await startSshServer();
    await using home = await desk({
      config: hostBlock(server, `IdentityFile ${server.keyPath}`),
      known_hosts: await server.knownHosts(),
    });
    using connection = await connect(home.path, { host: "device" });
    const signal = AbortSignal.timeout(50);
    await assert.rejects(runScript(connection, "exec sleep 20", { signal }), { name: "TimeoutError" });
    assert.equal(await output(connection, "whoami"), `${userInfo().username}\n`);
  });
});
