import type { FromCanvas, ToCanvas } from "../protocol.ts";
import { readMessage } from "./incoming.ts";

interface VsCodeApi {
  postMessage(message: FromCanvas): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

/** The only way to the extension: a webview has no network and no disk. */
export interface Bridge {
  send(message: FromCanvas): void;
  /** Hands on what arrives and is understood; what is not is told to the extension. */
  listen(receive: (message: ToCanvas) => void): void;
}

export function createBridge(): Bridge {
  const api = acquireVsCodeApi();
  return {
    send: (message) => api.postMessage(message),
    listen: (receive) => {
      window.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
        const { message, failure } = readMessage(data);
        if (message) receive(message);
        else if (failure) api.postMessage({ type: "failure", message: failure });
      });
    },
  };
}
