// Bundled for a web worker: runs the cases that it is sent, and sends back what came of each. See browser.real.test.ts.
import { runCompiled, runFor } from "./compiled.ts";

// The virtual clock lets promises come to rest by it; compiled workflows need it nowhere.
Reflect.set(globalThis, "setImmediate", (run: () => void) => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => run();
  port2.postMessage(undefined);
});

interface Request {
  readonly cases: readonly { readonly code: string; readonly payloads: readonly unknown[] }[];
  readonly example: string;
}

globalThis.onmessage = async ({ data }: MessageEvent<Request>) => {
  try {
    const results = [];
    for (const { code, payloads } of data.cases)
      results.push(await runCompiled(code, payloads, { watched: false }));
    globalThis.postMessage({ results, example: await runFor(data.example, 60_000) });
  } catch (error) {
    globalThis.postMessage({ failed: error instanceof Error ? error.stack : String(error) });
  }
};
