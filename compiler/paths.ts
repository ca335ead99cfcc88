/** Paths as workflows write them, with slashes, whatever the platform: they come from files, editors and URIs. */

export function folderOf(path: string): string {
  return path.replace(/[^\\/]*$/, "").replace(/[\\/]$/, "") || (/^[\\/]/.test(path) ? "/" : "");
}

export function fileName(path: string): string {
  return path.replace(/^.*[\\/]/, "");
}

/** `reference` begins with `./` or `../`. */
export function join(folder: string, reference: string): string {
  const parts = folder.split(/[\\/]/);
  for (const part of reference.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join("/");
}

/** From a folder to a path: how files are named where the machine must not show. */
export function relative(folder: string, path: string): string {
  const from = folder.split(/[\\/]/).filter((part) => part !== "");
  const to = path.split(/[\\/]/).filter((part) => part !== "");
  let common = 0;
  while (common < from.length && common < to.length - 1 && from[common] === to[common]) common++;
  return [...from.slice(common).map(() => ".."), ...to.slice(common)].join("/");
}
