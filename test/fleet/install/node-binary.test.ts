import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { npmNodeBinaries } from "../../../fleet/install/node-binary.ts";
import { runProgram } from "../../testbed/processes.ts";
import { temporaryFolder } from "../../testbed/resources.ts";
import { rejectsWith } from "../errors.ts";

const [own, other] =
  process.arch === "arm64"
    ? (["linux-arm64", "linux-x64"] as const)
    : (["linux-x64", "linux-arm64"] as const);

/** A registry that has one package, and the settings that make npm use it. */
async function registry(
  archive: Buffer,
  { name, version }: { readonly name: string; readonly version: string },
) {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? "");
    if (request.url?.endsWith(".tgz")) return void response.end(archive);
    if (request.url !== `/${name}`) return void response.writeHead(404).end("{}");
    const dist = {
      tarball: `${address}/${name}.tgz`,
      integrity: `sha512-${createHash("sha512").update(archive).digest("base64")}`,
    };
    response.setHeader("content-type", "application/json");
    response.end(
      JSON.stringify({
        name,
        "dist-tags": { latest: version },
        versions: { [version]: { name, version, dist } },
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("The system gave no port.");
  const address = `http://127.0.0.1:${bound.port}`;
  await using stack = new AsyncDisposableStack();
  stack.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  const cache = stack.use(await temporaryFolder("npm-cache"));
  const settings = {
    npm_config_registry: address,
    npm_config_cache: cache.path,
    npm_config_fetch_retries: "0",
  };
  const before = Object.keys(settings).map((key) => [key, process.env[key]] as const);
  Object.assign(process.env, settings);
  stack.defer(() => {
    for (const [key, value] of before) {
      if (value === undefined) delete process.env[key];
      else process.env[key] = value;
    }
  });
  const owned = stack.move();
  return { requests, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function packed(files: Readonly<Record<string, string>>): Promise<Buffer> {
  await using folder = await temporaryFolder("package");
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder.path, "package", name, ".."), { recursive: true });
    await writeFile(join(folder.path, "package", name), text);
  }
  const archive = join(folder.path, "package.tgz");
  await runProgram("tar", ["-czf", archive, "-C", folder.path, "package"]);
  return readFile(archive);
}

describe("Node for devices", function () {
  this.timeout(120_000);

  it("is this program's own where the device is of the same kind, and is packed once", async () => {
    await using folder = await temporaryFolder("node-binary");
    const binaries = npmNodeBinaries(folder.path);
    const [first, second] = await Promise.all([binaries.packed(own), binaries.packed(own)]);
    assert.ok(gunzipSync(first).equals(await readFile(process.execPath)));
    assert.deepEqual(first, second);
    const [name, ...others] = await readdir(folder.path);
    assert.equal(name, `node-${binaries.version}-${own}.gz`);
    assert.deepEqual(others, []);
    await writeFile(join(folder.path, name ?? ""), "kept");
    assert.equal(Buffer.from(await npmNodeBinaries(folder.path).packed(own)).toString(), "kept");
  });

  it("is what the registry has for a device of another kind", async () => {
    await using folder = await temporaryFolder("node-binary");
    const binaries = npmNodeBinaries(folder.path);
    const name = `node-${other}`;
    const { version } = binaries;
    const manifest = JSON.stringify({ name, version });
    const archive = await packed({ "package.json": manifest, "bin/node": "the program", "README.md": "" });
    await using npm = await registry(archive, { name, version });
    assert.equal(gunzipSync(await binaries.packed(other)).toString(), "the program");
    const asked = npm.requests.length;
    await binaries.packed(other);
    assert.equal(npm.requests.length, asked, "it is fetched once");
    assert.deepEqual(await readdir(folder.path), [`node-${version}-${other}.gz`]);
  });

  it("says why it could not be fetched, and leaves nothing behind", async () => {
    await using folder = await temporaryFolder("node-binary");
    const binaries = npmNodeBinaries(folder.path);
    const name = `node-${other}`;
    const { version } = binaries;
    const archive = await packed({ "package.json": JSON.stringify({ name, version }) });
    {
      await using _npm = await registry(archive, { name, version });
      await rejectsWith("EDDY_NO_NODE_BINARY", binaries.packed(other), /holds no package\/bin\/node/);
    }
    {
      await using _npm = await registry(archive, { name: "another", version });
      await rejectsWith("EDDY_NO_NODE_BINARY", binaries.packed(other), /install Node 24 on the device/);
    }
    assert.deepEqual(await readdir(folder.path), []);
  });
});
