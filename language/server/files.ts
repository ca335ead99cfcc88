import { canonicalUri } from "./uris.ts";

/** How the server gets at files that are not open in the editor. */
export interface FileAccess {
  /** The text of a file, or undefined where there is none. */
  read(uri: string): Promise<string | undefined>;
  /** The URIs of the workspace's workflows, as many as `limit` at most. */
  listFlows(limit: number): Promise<readonly string[]>;
}

/** Keeps what was read until somebody says that it has changed. Only for clients that watch files. */
export class KnownFiles {
  readonly #texts = new Map<string, Promise<string | undefined>>();
  #access: FileAccess;
  #keeps = false;

  constructor(access: FileAccess) {
    this.#access = access;
  }

  /** Takes another way to files; `keeps`: the client says when one changes. */
  use(access: FileAccess | undefined, options: { readonly keeps: boolean }): void {
    this.#access = access ?? this.#access;
    this.#keeps = options.keeps;
  }

  read(uri: string): Promise<string | undefined> {
    const key = canonicalUri(uri);
    const known = this.#texts.get(key);
    if (known !== undefined) return known;
    const reading = this.#access.read(uri);
    if (this.#keeps) {
      this.#texts.set(key, reading);
      // What could not be read once may be read the next time.
      reading.catch(() => this.#texts.delete(key));
    }
    return reading;
  }

  listFlows(limit: number): Promise<readonly string[]> {
    return this.#access.listFlows(limit);
  }

  changed(uri: string): void {
    this.#texts.delete(canonicalUri(uri));
  }
}
