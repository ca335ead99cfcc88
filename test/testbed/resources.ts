import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
}

/** A folder of its own, deleted with all that is in it when it goes out of scope (`await using`). */
export async function temporaryFolder(purpose = "test"): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), `eddy-${purpose}-`));
  return {
    path,
    async [Symbol.asyncDispose]() {
      await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    },
  };
}

/** A TCP port on the loopback interface that nothing listened on a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === "string") throw new Error("The system gave no port.");
  return address.port;
}

/** Waits until `condition` gives something, and fails with `what` and the last error when it did not in time. */
export async function eventually<Value>(
  what: string,
  condition: () => Promise<Value | undefined | false> | Value | undefined | false,
  { timeout = 10_000, interval = 25 }: { readonly timeout?: number; readonly interval?: number } = {},
): Promise<Value> {
  const deadline = performance.now() + timeout;
  let lastError: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value !== undefined && value !== false) return value;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() > deadline) {
      throw new Error(`${what}: not within ${timeout} ms`, { cause: lastError });
    }
    await new Promise((resolve) => setTimeout(resolve, interval));
  }
}

/** What is in a file; undefined while it is empty, as one is that VS Code is about to write to. */
export async function writtenText(path: string): Promise<string | undefined> {
  return (await readFile(path, "utf8")) || undefined;
}
