import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { createConnection, ProposedFeatures } from "vscode-languageserver/node.js";
import type { TypeScriptModule } from "../language/index.ts";
import { type FileAccess, startLanguageServer } from "../language/server/index.ts";
import { createTypeChecker, type TypeFiles } from "../language/types/index.ts";
import { builtinCatalog } from "../runtime/nodes/catalog.ts";

/** Serves one editor, over the pipe or streams that the command line names (`--stdio`, `--node-ipc`). */
export function serveLanguage(typescript: TypeScriptModule): void {
  const { sys } = typescript;
  /** The type checker reads at once what it needs. */
  const diskFiles: TypeFiles = {
    readFile: (path) => sys.readFile(localPath(path)),
    fileExists: (path) => sys.fileExists(localPath(path)),
    directoryExists: (path) => sys.directoryExists(localPath(path)),
  };
  startLanguageServer({
    connection: createConnection(ProposedFeatures.all),
    catalog: builtinCatalog,
    typescript,
    createChecker: ({ local }) => createTypeChecker({ typescript, files: local ? diskFiles : noFiles }),
    files: { read, listFlows },
  });
}

/** A workspace elsewhere: nothing on this disk belongs to it. */
const noFiles: TypeFiles = { readFile: () => undefined, fileExists: () => false };

/** The path in a URI of Windows has a slash before its drive. */
function localPath(path: string): string {
  return path.replace(/^\/(?=[A-Za-z]:)/, "");
}

const read: FileAccess["read"] = async (uri) => {
  if (!uri.startsWith("file:")) return undefined;
  try {
    return await readFile(fileURLToPath(uri), "utf8");
  } catch {
    // There is no such file, or none that may be read: for a workflow that names it, it is missing.
    return undefined;
  }
};

const listFlows: FileAccess["listFlows"] = async (folders, limit) => {
  const found: string[] = [];
  const waiting = folders.filter((uri) => uri.startsWith("file:")).map((uri) => fileURLToPath(uri));
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && entry.name !== "node_modules" && !entry.name.startsWith("."))
        waiting.push(path);
      if (entry.isFile() && entry.name.endsWith(".flow.yaml")) found.push(pathToFileURL(path).href);
      if (found.length >= limit) return found;
    }
  }
  return found;
};
