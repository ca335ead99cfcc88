import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Device, StartDevice } from "../device.ts";

/** What a platform can hold a process to, beyond writing files and starting programs. */
export interface Enforced {
  readonly reading: boolean;
  readonly network: boolean;
}

interface Attempt {
  readonly capability: "files" | "exec" | "network";
  readonly work: string;
  readonly answer: unknown;
  readonly told: RegExp;
  readonly isHeldBack: boolean;
}

/** Tries it in a process of its own, with and without having declared it. */
async function attempt(device: Device, { capability, work, answer, told, isHeldBack }: Attempt) {
  const inject = async (id: string, capabilities: readonly string[]) => {
    await device.deploy({ id, manifest: { isolation: "process", capabilities: [...capabilities] }, work });
    const message = { payload: 0 };
    const { nodes } = await device.client.request("workflow/inject", { id, node: "work", message });
    await device.client.request("workflow/remove", { id });
    return nodes[0];
  };
  const allowed = await inject(`with-${capability}`, [capability]);
  assert.equal(
    Reflect.get(Object(allowed?.output?.[0]?.message), "payload"),
    answer,
    allowed?.error?.message,
  );
  const refused = await inject(`without-${capability}`, []);
  if (!isHeldBack) {
    assert.equal(Reflect.get(Object(refused?.output?.[0]?.message), "payload"), answer);
    return;
  }
  assert.equal(refused?.error?.code, "EDDY_NOT_DECLARED", refused?.error?.message);
  assert.match(refused?.error?.message ?? "", told);
  assert.match(refused?.error?.message ?? "", new RegExp(`has not declared "${capability}"`));
}

/** A process of its own is held to what its workflow has declared. */
export function permissions(startDevice: StartDevice, { reading, network }: Enforced): void {
  describe("a workflow in a process of its own", function () {
    this.timeout(60_000);

    it("starts programs only where it has declared it", async () => {
      await using device = await startDevice();
      await attempt(device, {
        capability: "exec",
        work: `new Promise((resolve, reject) =>
          host.builtin("node:child_process").execFile("echo", ["hi"], (error, output) =>
            error ? reject(error) : resolve(output.trim())))`,
        answer: "hi",
        told: /^"work" tried to start /,
        isHeldBack: true,
      });
    });

    it("writes files only where it has declared it", async () => {
      await using device = await startDevice();
      const path = join(device.home, "written.txt");
      await attempt(device, {
        capability: "files",
        work: `(host.builtin("node:fs").writeFileSync(${JSON.stringify(path)}, "x"), "done")`,
        answer: "done",
        told: /^"work" tried to write .*written\.txt/,
        isHeldBack: true,
      });
      assert.ok(existsSync(path));
    });

    it(`${reading ? "reads files only where it has declared it" : "reads files, declared or not"}`, async () => {
      await using device = await startDevice();
      const path = join(device.home, "read.txt");
      await writeFile(path, "content");
      await attempt(device, {
        capability: "files",
        work: `host.builtin("node:fs/promises").readFile(${JSON.stringify(path)}, "utf8")`,
        answer: "content",
        told: /^"work" tried to read .*read\.txt/,
        isHeldBack: reading,
      });
    });

    it(`${network ? "reaches hosts only where it has declared it" : "reaches hosts, declared or not"}`, async () => {
      const server = createServer((_, response) => response.end("hello"));
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      try {
        await using device = await startDevice();
        const { port } = server.address() as AddressInfo;
        await attempt(device, {
          capability: "network",
          work: `fetch("http://127.0.0.1:${port}/").then((answer) => answer.text())`,
          answer: "hello",
          told: new RegExp(`^"work" tried to connect to 127\\.0\\.0\\.1:${port}`),
          isHeldBack: network,
        });
      } finally {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    });
  });
}
