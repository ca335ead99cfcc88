/** All that is asked of an agent on Node, asked of the same file on Deno. */
import { join } from "node:path";
import { deno } from "../../testbed/platforms.ts";
import { temporaryFolder } from "../../testbed/resources.ts";
import type { StartDevice } from "./device.ts";
import { buildConfiguredAgent, startPlatformDevice } from "./platform-device.ts";
import { compiledHttp } from "./suites/compiled-http.ts";
import { compiledMqtt } from "./suites/compiled-mqtt.ts";
import { everydayWork } from "./suites/everyday.ts";
import { keptMessages } from "./suites/kept.ts";
import { misbehaviour } from "./suites/misbehaviour.ts";
import { permissions } from "./suites/permissions.ts";
import { probation } from "./suites/probation.ts";
import { storage } from "./suites/storage.ts";

describe("on Deno:", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let script: string;
  const start: StartDevice = (options) => {
    const { command, options: words } = deno();
    // As the installation starts it: see fleet/install/service.ts.
    return startPlatformDevice({ command, options: [...words, "--quiet", "--allow-all"] }, script, options);
  };

  before(async () => {
    folder = await temporaryFolder("deno");
    script = join(folder.path, "agent.mjs");
    await buildConfiguredAgent(script);
  });
  after(() => folder[Symbol.asyncDispose]());

  everydayWork(start, { "with a worker": {}, "single-threaded": { singleThreaded: true } });
  permissions(start, { reading: true, network: true });
  misbehaviour(start);
  keptMessages(start, { namesLines: false });
  probation(start);
  storage(start);
  compiledMqtt(start);
  compiledHttp(start);
});
