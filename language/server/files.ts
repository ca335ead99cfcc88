import { canonicalUri } from "./uris.ts";

/** How the server gets at files that are not open in the editor. */
export interface FileAccess {
  /** The text of a file, or undefined where there is none. */
  read(uri: string): Promise<string | undefined>;
  /** The URIs of the workflows in the workspace's folders (given as URIs), as many as `limit` at most. */
  listFlows(folders: readonly string[], limit: number): Promise<readonly string[]>;
}

/** Keeps what was read until somebody says that it has changed. Only for clients that watch files. */
export class KnownFiles {
  readonly #texts = new Map<string, Promise<string | undefined>>();
  readonly #access: FileAccess;
  readonly #folders: readonly string[];
  readonly #keeps: boolean;

  /** `folders`: those of the workspace, as URIs. `keeps`: the client says when a file changes. */
  constructor(
    access: FileAccess,
    { folders, keeps }: { readonly folders: readonly string[]; readonly keeps: boolean },
  ) {
    this.#access = access;
    this.#folders = folders;
    this.#keeps = keeps;
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
    return this.#access.listFlows(this.#folders, limit);
  }

  changed(uri: string): void {
    this.#texts.delete(canonicalUri(uri));
  }
}
