import { existsSync } from "node:fs";
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { ensureCodeServer, vscodeServerFolder } from "../../scripts/lib/tools.mjs";
import { runProgram, startProgram } from "./processes.ts";
import { freePort, temporaryFolder } from "./resources.ts";

/** How VS Code gets at the extension. */
export type ExtensionSource =
  /** A folder with a `package.json`, such as the checkout, as if it were installed. */
  | { readonly kind: "folder"; readonly path: string }
  /** A packaged extension, installed by VS Code itself. */
  | { readonly kind: "vsix"; readonly path: string }
  /** A folder in development mode; `tests` is the module that VS Code loads and runs in the extension host. */
  | { readonly kind: "development"; readonly path: string; readonly tests?: string };

export interface VsCodeOptions {
  /** The folder that is opened. */
  readonly workspace: string;
  readonly extension?: ExtensionSource;
  /** User settings. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly port?: number;
  /** Kept after the end where given, with the settings that a person changed; a temporary folder otherwise. */
  readonly dataFolder?: string;
  /** A file that is opened at first. */
  readonly openFile?: string;
  /** Asked for in the address, so that no other page or user of this machine gets in; none where left out. */
  readonly token?: string;
}

export interface VsCodeServer extends AsyncDisposable {
  /** Opens the workspace in a browser. */
  readonly url: string;
  readonly port: number;
  readonly dataFolder: string;
  log(): string;
}

/** Nothing that asks the network, greets, or moves while a test looks. */
const quietSettings = {
  "chat.disableAIFeatures": true,
  "extensions.autoCheckUpdates": false,
  "extensions.autoUpdate": false,
  "extensions.ignoreRecommendations": true,
  "git.autofetch": false,
  "git.openRepositoryInParentFolders": "never",
  "security.workspace.trust.enabled": false,
  "telemetry.telemetryLevel": "off",
  "workbench.enableExperiments": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  // As on the desktop; the browser would save by itself.
  "files.autoSave": "off",
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
};

/** VS Code's server with its web client, on a free loopback port. */
export async function startVsCode(options: VsCodeOptions): Promise<VsCodeServer> {
  ensureCodeServer();
  await using stack = new AsyncDisposableStack();
  const dataFolder = options.dataFolder ?? stack.use(await temporaryFolder("vscode")).path;
  const extensionsFolder = join(dataFolder, "extensions");
  await mkdir(extensionsFolder, { recursive: true });
  await writeSettings(dataFolder, { ...quietSettings, ...options.settings });
  const { extension } = options;
  if (extension?.kind === "folder") {
    // VS Code makes its list anew from the folders where it finds none.
    for (const name of ["extensions.json", "eddy.eddy"]) {
      await rm(join(extensionsFolder, name), { force: true });
    }
    await symlink(extension.path, join(extensionsFolder, "eddy.eddy"), "junction");
  }
  if (extension?.kind === "vsix") await installVsix(extension.path, dataFolder);
  const port = options.port ?? (await freePort());
  const program = stack.use(
    await startProgram(
      process.execPath,
      [
        join(vscodeServerFolder, "out", "server-main.js"),
        "--host=127.0.0.1",
        `--port=${port}`,
        options.token ? `--connection-token=${options.token}` : "--without-connection-token",
        `--server-data-dir=${dataFolder}`,
        ...commonOptions,
        // Without it the payload of the address (development path, tests) is ignored.
        ...(extension?.kind === "development" ? ["--enable-smoke-test-driver"] : []),
      ],
      {
        ready: async () => (await fetch(`http://127.0.0.1:${port}/version`)).ok,
        readyWithin: 60_000,
        environment: { ...withoutEditorVariables(), ...options.environment },
      },
    ),
  );
  const owned = stack.move();
  return {
    url: address(port, options),
    port,
    dataFolder,
    log: program.output,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function writeSettings(dataFolder: string, settings: Readonly<Record<string, unknown>>): Promise<void> {
  const file = join(dataFolder, "data", "User", "settings.json");
  if (existsSync(file)) return;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(settings, null, 2));
}

const commonOptions = [
  "--accept-server-license-terms",
  "--disable-telemetry",
  "--disable-experiments",
  "--disable-workspace-trust",
];

async function installVsix(path: string, dataFolder: string): Promise<void> {
  await runProgram(
    process.execPath,
    [
      join(vscodeServerFolder, "out", "server-main.js"),
      `--install-extension=${path}`,
      `--server-data-dir=${dataFolder}`,
      ...commonOptions,
    ],
    { environment: withoutEditorVariables() },
  );
}

function address(port: number, { workspace, extension, openFile, token }: VsCodeOptions): string {
  const url = new URL(`http://127.0.0.1:${port}/`);
  url.searchParams.set("folder", pathToFileURL(workspace).pathname);
  if (token) url.searchParams.set("tkn", token);
  const remote = (path: string) => `vscode-remote://127.0.0.1:${port}${pathToFileURL(path).pathname}`;
  const payload: [name: string, value: string][] = [];
  if (extension?.kind === "development") {
    payload.push(["extensionDevelopmentPath", remote(extension.path)]);
    if (extension.tests) payload.push(["extensionTestsPath", remote(extension.tests)]);
  }
  if (openFile) payload.push(["openFile", remote(openFile)]);
  if (payload.length > 0) url.searchParams.set("payload", JSON.stringify(payload));
  return url.href;
}

/** A test that runs inside VS Code's own terminal must not talk to that VS Code. */
function withoutEditorVariables(): Record<string, undefined> {
  const names = Object.keys(process.env).filter(
    (name) => name.startsWith("VSCODE_") || name === "ELECTRON_RUN_AS_NODE",
  );
  return Object.fromEntries(names.map((name) => [name, undefined]));
}
