/** A disk as a trace of system calls tells of it: what is on it for sure, and what a power cut may take away again. */
import { mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** What strace has to tell. Only the main thread writes here. */
export const traceOptions: readonly string[] = [
  ...["-xx", "-y", "-s", "16777216", "-e"],
  "trace=openat,open,creat,close,write,pwrite64,ftruncate,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,mkdir,rmdir,symlink",
];

interface TracedFile {
  readonly kind: "file";
  synced: Buffer;
  /** Since then, in order: bytes at a place, or a new length. */
  pending: ({ readonly at: number; readonly bytes: Buffer } | { readonly length: number })[];
}
interface TracedLink {
  readonly kind: "link";
  readonly target: string;
}
interface TracedFolder {
  readonly kind: "folder";
  readonly entries: Map<string, TracedEntry>;
  synced: ReadonlyMap<string, TracedEntry>;
}
type TracedEntry = TracedFile | TracedLink | TracedFolder;

/** What is left of that which was not synced. */
export type Loss = "all of it" | "names" | "content" | "by chance";
export const losses: readonly Loss[] = ["all of it", "names", "content", "by chance"];

interface Handle {
  readonly entry: TracedEntry;
  at: number;
  readonly isAppending: boolean;
}

export class TracedDisk {
  readonly #home: string;
  readonly #root: TracedFolder;
  readonly #handles = new Map<number, Handle>();

  /** What lies in the folder now counts as synced. */
  constructor(home: string) {
    this.#home = home;
    this.#root = read(home);
  }

  /** Takes a line of the trace; says whether something of the folder has changed or become durable. */
  take(line: string): boolean {
    const call = /^(\w+)\((.*)\)\s+= (\d+)/s.exec(line);
    if (!call) return false;
    const [, name = "", words = "", result = ""] = call;
    const texts = [...words.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, text = ""]) => bytesOf(text));
    const numbers = [...words.replace(/"[^"]*"/g, "").matchAll(/(?<=, )\d+(?=,|$)/g)].map(Number);
    const handle = this.#handles.get(Number(/^(\d+)</.exec(words)?.[1] ?? -1));
    const [first, second] = texts.map(String);
    switch (name) {
      case "open":
      case "creat":
      case "openat":
        return this.#open(first ?? "", words, Number(result));
      case "close":
        this.#handles.delete(Number(/^(\d+)</.exec(words)?.[1] ?? -1));
        return false;
      case "write":
        return handle !== undefined && write(handle, texts[0], undefined);
      case "pwrite64":
        return handle !== undefined && write(handle, texts[0], numbers.at(-1));
      case "ftruncate":
        if (handle?.entry.kind !== "file") return false;
        handle.entry.pending.push({ length: numbers.at(-1) ?? 0 });
        return true;
      case "fsync":
      case "fdatasync":
        return handle !== undefined && sync(handle.entry);
      case "symlink":
        return this.#add(second ?? "", { kind: "link", target: first ?? "" });
      case "mkdir":
        return this.#add(first ?? "", { kind: "folder", entries: new Map(), synced: new Map() });
      case "rename":
      case "renameat":
      case "renameat2":
        return this.#rename(first ?? "", second ?? "");
      default:
        return this.#parent(first ?? "")?.entries.delete(basename(first ?? "")) ?? false;
    }
  }

  #open(path: string, words: string, number: number): boolean {
    this.#handles.delete(number);
    let entry = this.#find(path);
    const isNew = !entry && words.includes("O_CREAT");
    if (isNew) {
      entry = { kind: "file", synced: Buffer.alloc(0), pending: [] };
      if (!this.#add(path, entry)) return false;
    }
    if (!entry) return false;
    if (words.includes("O_TRUNC") && entry.kind === "file") entry.pending.push({ length: 0 });
    this.#handles.set(number, { entry, at: 0, isAppending: words.includes("O_APPEND") });
    return isNew;
  }

  #rename(from: string, to: string): boolean {
    const entry = this.#find(from);
    if (!entry || !this.#parent(to)) return false;
    this.#parent(from)?.entries.delete(basename(from));
    return this.#add(to, entry);
  }

  #add(path: string, entry: TracedEntry): boolean {
    const parent = this.#parent(path);
    parent?.entries.set(basename(path), entry);
    return parent !== undefined;
  }

  #parent(path: string): TracedFolder | undefined {
    const parent = path === this.#home ? undefined : this.#find(dirname(path));
    return parent?.kind === "folder" ? parent : undefined;
  }

  #find(path: string): TracedEntry | undefined {
    if (path === this.#home) return this.#root;
    if (!path.startsWith(`${this.#home}/`)) return undefined;
    let entry: TracedEntry | undefined = this.#root;
    for (const name of path.slice(this.#home.length + 1).split("/"))
      entry = entry?.kind === "folder" ? entry.entries.get(name) : undefined;
    return entry;
  }

  /** Writes to a folder what a power cut now leaves. */
  leave(target: string, loss: Loss, random: () => number): void {
    leaveFolder(this.#root, target, loss, random);
  }
}

function read(path: string): TracedFolder {
  const entries = new Map<string, TracedEntry>();
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) entries.set(entry.name, read(inner));
    else if (entry.isSymbolicLink()) entries.set(entry.name, { kind: "link", target: readlinkSync(inner) });
    else if (entry.isFile())
      entries.set(entry.name, { kind: "file", synced: readFileSync(inner), pending: [] });
  }
  return { kind: "folder", entries, synced: new Map(entries) };
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text.replaceAll("\\x", ""), "hex");
}

function write(handle: Handle, bytes: Buffer | undefined, place: number | undefined): boolean {
  const { entry } = handle;
  if (entry.kind !== "file" || !bytes) return false;
  const at = place ?? (handle.isAppending ? contentOf(entry, () => true).length : handle.at);
  entry.pending.push({ at, bytes });
  if (place === undefined) handle.at = at + bytes.length;
  return true;
}

function sync(entry: TracedEntry): boolean {
  if (entry.kind === "file") {
    entry.synced = contentOf(entry, () => true);
    entry.pending = [];
  } else if (entry.kind === "folder") entry.synced = new Map(entry.entries);
  return true;
}

function contentOf({ synced, pending }: TracedFile, isKept: () => boolean): Buffer {
  let content = synced;
  for (const change of pending) {
    if (!isKept()) continue;
    const length =
      "length" in change ? change.length : Math.max(content.length, change.at + change.bytes.length);
    const next = Buffer.alloc(length);
    content.copy(next);
    if ("bytes" in change) change.bytes.copy(next, change.at);
    content = next;
  }
  return content;
}

function leaveFolder(folder: TracedFolder, path: string, loss: Loss, random: () => number): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const names = new Set([...folder.synced.keys(), ...folder.entries.keys()]);
  for (const name of names) {
    const isOld = loss === "by chance" ? random() < 0.5 : loss !== "content";
    const entry = (isOld ? folder.synced : folder.entries).get(name);
    const inner = join(path, name);
    if (entry?.kind === "folder") leaveFolder(entry, inner, loss, random);
    else if (entry?.kind === "link") symlinkSync(entry.target, inner);
    else if (entry) writeFileSync(inner, contentOf(entry, keeping(loss, random)), { mode: 0o600 });
  }
}

function keeping(loss: Loss, random: () => number): () => boolean {
  if (loss === "by chance") return () => random() < 0.5;
  return () => loss === "names";
}
