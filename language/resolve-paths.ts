/** What the text of a node type refers to, where it is no built-in name. */
export type TypeReference =
  | { readonly kind: "subflow" | "own"; readonly path: string }
  | { readonly kind: "package"; readonly name: string; readonly node: string }
  | {
      readonly kind: "refused";
      readonly reason: "outside" | "written" | "ending";
      readonly instead?: string;
    };

/**
 * Reads a type that names a file (`./lib/alarm.flow.yaml`, `./sensor.node.ts`) or a package's node (`package/name`).
 * Paths are relative to the workflow's `file`, use slashes on every platform, and may not leave `root`.
 */
export function readTypeReference(type: string, file: string, root: string): TypeReference {
  if (/[\\\0]|^[/~]|^[A-Za-z][A-Za-z0-9+.-]*:/.test(type)) return absolute(type);
  if (!/^\.\.?\//.test(type)) return bare(type);
  const path = joinPath(folderOf(file), type);
  if (path === undefined || !isInside(path, root)) return { kind: "refused", reason: "outside" };
  if (type.endsWith(".flow.yaml")) return { kind: "subflow", path };
  return type.endsWith(".node.ts") ? { kind: "own", path } : { kind: "refused", reason: "ending" };
}

/** True for a type that is no built-in name: those have neither dots nor slashes. */
export function isElsewhere(type: string): boolean {
  return /[./\\]/.test(type);
}

/** The folder of a path, without the slash at its end unless it is the root; empty for a name alone. */
export function folderOf(path: string): string {
  const folder = slashes(path).replace(/\/?[^/]*$/, "");
  return folder === "" && slashes(path).startsWith("/") ? "/" : folder;
}

/** A path from a folder; undefined where `..` leads above everything. */
export function joinPath(folder: string, reference: string): string | undefined {
  const parts = slashes(folder).replace(/\/$/, "").split("/");
  for (const part of reference.split("/")) {
    if (part === "." || part === "") continue;
    if (part !== "..") parts.push(part);
    else if (/^([A-Za-z]:)?$/.test(parts.at(-1) ?? "")) return undefined;
    else parts.pop();
  }
  // A relative folder of "" must not make the path absolute.
  return parts[0] === "" && !slashes(folder).startsWith("/") ? parts.slice(1).join("/") : parts.join("/");
}

/** The folders from a path's own up to the root, nearest first. */
export function foldersUpTo(path: string, root: string): readonly string[] {
  const folders = [folderOf(path)];
  for (let at = 0; at < deepestFolder; at++) {
    const last = folders.at(-1) ?? "";
    const parent = folderOf(last);
    if (last === "" || parent === last || !isInside(parent, root)) break;
    folders.push(parent);
  }
  return folders;
}

/** From one file to another, for messages, which must not show where a workspace lies on a machine. */
export function relativePath(fromFile: string, to: string): string {
  const from = folderOf(fromFile).split("/");
  const parts = slashes(to).split("/");
  let common = 0;
  while (common < from.length && common < parts.length - 1 && from[common] === parts[common]) common++;
  const up = from
    .slice(common)
    .filter((part) => part !== "")
    .map(() => "..");
  return [...up, ...parts.slice(common)].join("/");
}

const deepestFolder = 64;

function absolute(type: string): TypeReference {
  const relative = type.replaceAll("\\", "/");
  return /^\.\.?\//.test(relative) && !relative.includes("\0")
    ? { kind: "refused", reason: "written", instead: relative }
    : { kind: "refused", reason: "outside" };
}

function bare(type: string): TypeReference {
  if (/\.(flow\.yaml|node\.ts)$/.test(type)) {
    const instead = type.startsWith(".") ? undefined : `./${type}`;
    return { kind: "refused", reason: "written", ...(instead === undefined ? {} : { instead }) };
  }
  const [, name, node] = packagePattern.exec(type) ?? [];
  if (name === undefined || node === undefined) return { kind: "refused", reason: "ending" };
  return { kind: "package", name, node };
}

/** As npm names packages, in small letters, with or without a scope; then the node. */
const packagePattern = /^((?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*)\/([A-Za-z][A-Za-z0-9_-]*)$/;

function isInside(path: string, root: string): boolean {
  const folder = slashes(root).replace(/\/$/, "");
  return folder === "" ? !path.startsWith("../") : path === folder || path.startsWith(`${folder}/`);
}

function slashes(path: string): string {
  return path.replaceAll("\\", "/");
}
