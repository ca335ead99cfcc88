import { writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { ensureServers } from "../../scripts/lib/tools.mjs";
import { listens, type RunningProgram, runProgram, startProgram } from "./processes.ts";
import { freePort, temporaryFolder } from "./resources.ts";

export interface Mosquitto extends AsyncDisposable {
  readonly port: number;
  /** `mqtt://127.0.0.1:PORT` */
  readonly url: string;
  /** Ends the broker; clients see their connection drop. */
  stop(): Promise<void>;
  /** Starts it again on the same port, with the sessions and retained messages that it had kept. */
  start(): Promise<void>;
  restart(): Promise<void>;
  log(): string;
}

export interface MosquittoOptions {
  /** Who may connect; anyone may where this is left out. */
  readonly users?: Readonly<Record<string, string>>;
  /** Further lines for `mosquitto.conf`. */
  readonly config?: readonly string[];
}

/** A real MQTT broker on a free loopback port. */
export async function startMosquitto(options: MosquittoOptions = {}): Promise<Mosquitto> {
  ensureServers();
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder("mosquitto")).path;
  const port = await freePort();
  const passwordFile = join(folder, "passwords");
  if (options.users) {
    await writeFile(passwordFile, "", { mode: 0o600 });
    for (const [user, password] of Object.entries(options.users)) {
      await runProgram("mosquitto_passwd", ["-b", passwordFile, user, password]);
    }
  }
  const configurationFile = join(folder, "mosquitto.conf");
  await writeFile(
    configurationFile,
    [
      `listener ${port} 127.0.0.1`,
      // Started by root, mosquitto would become another user who may not read the temporary folder.
      `user ${userInfo().username}`,
      options.users ? `password_file ${passwordFile}` : "allow_anonymous true",
      "persistence true",
      `persistence_location ${folder}/`,
      "log_dest stderr",
      ...(options.config ?? []),
      "",
    ].join("\n"),
  );
  let program: RunningProgram | undefined;
  let earlierLog = "";
  const stop = async () => {
    earlierLog += program?.output() ?? "";
    await program?.stop();
    program = undefined;
  };
  const start = async () => {
    program = await startProgram("/usr/sbin/mosquitto", ["-c", configurationFile], {
      ready: () => listens(port),
    });
  };
  stack.defer(stop);
  await start();
  const owned = stack.move();
  return {
    port,
    url: `mqtt://127.0.0.1:${port}`,
    stop,
    start,
    async restart() {
      await stop();
      await start();
    },
    log: () => earlierLog + (program?.output() ?? ""),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
