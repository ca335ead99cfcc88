import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import mqtt from "mqtt";
import { Client, type ConnectConfig } from "ssh2";
import { startMosquitto } from "./mosquitto.ts";
import { armNode, deno } from "./platforms.ts";
import { listens } from "./processes.ts";
import { startSshServer } from "./ssh-server.ts";

describe("testbed: sshd", () => {
  it("lets the user in by key, starts in its own home, and ends without a trace", async () => {
    const server = await startSshServer({ environment: { EDDY_TEST: "yes" } });
    try {
      const output = await execute(server, 'pwd; echo "$HOME $EDDY_TEST"');
      assert.equal(output, `${server.home}\n${server.home} yes\n`);
      const start = await startOfFileTransfer(server);
      assert.equal(start, server.home);
    } finally {
      await server[Symbol.asyncDispose]();
    }
    assert.equal(await listens(server.port), false);
    assert.equal(existsSync(server.home), false);
  });

  it("refuses an unknown key", async () => {
    await using server = await startSshServer();
    await assert.rejects(
      execute({ ...server, keyPath: server.strangerKeyPath }, "true"),
      /authentication methods failed/,
    );
  });

  it("takes the locked key with its passphrase only", async () => {
    await using server = await startSshServer();
    const locked = { ...server, keyPath: server.lockedKeyPath };
    await assert.rejects(execute(locked, "true"), /passphrase/i);
    assert.equal(await execute(locked, "echo in", { passphrase: "correct horse" }), "in\n");
  });

  it("shows another host key after replaceHostKey, on the same port", async () => {
    await using server = await startSshServer();
    const before = [await server.fingerprint(), await server.knownHosts()];
    assert.match(before[0] ?? "", /^SHA256:/);
    await server.replaceHostKey();
    const after = [await server.fingerprint(), await server.knownHosts()];
    assert.notEqual(after[0], before[0]);
    assert.notEqual(after[1], before[1]);
    assert.equal(await execute(server, "echo back"), "back\n");
  });
});

describe("testbed: mosquitto", () => {
  it("keeps retained messages over a restart", async () => {
    await using broker = await startMosquitto();
    const first = await mqtt.connectAsync(broker.url);
    await first.publishAsync("line/1", "42", { qos: 1, retain: true });
    await first.endAsync();
    await broker.restart();
    const second = await mqtt.connectAsync(broker.url);
    const received = new Promise<string>((resolve) =>
      second.once("message", (_, payload) => resolve(payload.toString())),
    );
    await second.subscribeAsync("line/1");
    assert.equal(await received, "42");
    await second.endAsync();
  });

  it("asks for a password where users are given", async () => {
    await using broker = await startMosquitto({ users: { plant: "secret" } });
    await assert.rejects(mqtt.connectAsync(broker.url, { reconnectPeriod: 0 }), /Not authorized/i);
    const client = await mqtt.connectAsync(broker.url, { username: "plant", password: "secret" });
    await client.endAsync();
  });
});

describe("testbed: platforms", () => {
  const script = "console.log(process.arch, typeof require('node:sqlite').DatabaseSync)";

  it("runs arm64 Node with SQLite", async () => {
    const { command, options } = armNode();
    const { stdout } = await promisify(execFile)(command, [...options, "-e", script]);
    assert.equal(stdout, "arm64 function\n");
  }).timeout(240_000);

  it("runs Deno with SQLite", async () => {
    const { command } = deno();
    const { stdout } = await promisify(execFile)(command, [
      "eval",
      "import { DatabaseSync } from 'node:sqlite'; console.log(typeof DatabaseSync, Deno.version.deno)",
    ]);
    assert.match(stdout, /^function 2\./);
  }).timeout(240_000);
});

type Login = {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly keyPath: string;
};

async function connected(login: Login, more: ConnectConfig = {}): Promise<Client> {
  const client = new Client();
  const privateKey = await readFile(login.keyPath);
  await new Promise<void>((resolve, reject) => {
    // A refused login may be followed by a reset of the connection: an error without a listener ends the process.
    client.once("ready", resolve).on("error", reject);
    client.connect({ host: login.host, port: login.port, username: login.user, privateKey, ...more });
  });
  return client;
}

async function execute(login: Login, command: string, more?: ConnectConfig): Promise<string> {
  const client = await connected(login, more);
  try {
    return await new Promise((resolve, reject) => {
      client.exec(command, (error, stream) => {
        if (error) return reject(error);
        let output = "";
        stream.on("data", (chunk: Buffer) => {
          output += chunk.toString();
        });
        stream.once("close", () => resolve(output));
      });
    });
  } finally {
    client.end();
  }
}

async function startOfFileTransfer(login: Login): Promise<string> {
  const client = await connected(login);
  try {
    return await new Promise((resolve, reject) => {
      client.sftp((error, sftp) => {
        if (error) return reject(error);
        sftp.realpath(".", (failure, path) => (failure ? reject(failure) : resolve(path)));
      });
    });
  } finally {
    client.end();
  }
}
