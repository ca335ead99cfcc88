import { glob, readFile, writeFile } from "node:fs/promises";
import { SourceMap } from "node:module";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { openChromium } from "./chromium.ts";
import { eventually, temporaryFolder } from "./resources.ts";
import { startVsCode } from "./vscode.ts";

const checkout = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export interface ExtensionTestOptions {
  /** The folder that VS Code opens. */
  readonly workspace: string;
  /** Test files or glob patterns, relative to the checkout. */
  readonly tests: readonly string[];
  /** The extension under test; the checkout where left out (build it first). */
  readonly extension?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** Only tests whose full title holds this text. */
  readonly grep?: string;
  /** Milliseconds for all tests together. */
  readonly timeout?: number;
}

export interface TestResult {
  readonly title: string;
  readonly state: "passed" | "failed" | "pending";
  /** Milliseconds. */
  readonly duration?: number;
  /** Message and stack. */
  readonly error?: string;
}

/** Runs mocha suites inside VS Code's extension host, with the real `vscode` API, and gives every test's result. */
export async function runExtensionTests(options: ExtensionTestOptions): Promise<readonly TestResult[]> {
  await using folder = await temporaryFolder("extension-tests");
  const bundle = await bundleTests(options, folder.path);
  await using server = await startVsCode({
    workspace: options.workspace,
    extension: { kind: "development", path: options.extension ?? checkout, tests: bundle.path },
    ...(options.settings && { settings: options.settings }),
    ...(options.environment && { environment: options.environment }),
  });
  await using browser = await openChromium();
  const page = await browser.newPage();
  const pageErrors: string[] = [];
  page.on("pageerror", (error) => pageErrors.push(error.message));
  await page.goto(server.url);
  try {
    return await eventually("The tests in the extension host end", () => readResults(bundle), {
      timeout: options.timeout ?? 300_000,
      interval: 200,
    });
  } catch (error) {
    const screenshot = join(checkout, "test-results", "extension-host.png");
    await page.screenshot({ path: screenshot });
    const log = server.log().slice(-20_000);
    throw new Error(
      `The extension host gave no results. Picture: ${screenshot}\n${pageErrors.join("\n")}\n${log}`,
      { cause: error },
    );
  }
}

/** The same suites in desktop VS Code, where it can be downloaded. */
export async function runDesktopTests(options: ExtensionTestOptions): Promise<readonly TestResult[]> {
  const { runTests } = await import("@vscode/test-electron");
  await using folder = await temporaryFolder("desktop-tests");
  const bundle = await bundleTests(options, folder.path);
  await runTests({
    extensionDevelopmentPath: options.extension ?? checkout,
    extensionTestsPath: bundle.path,
    launchArgs: [options.workspace, "--disable-extensions", "--disable-workspace-trust"],
    ...(options.environment && { extensionTestsEnv: options.environment }),
  });
  const results = await readResults(bundle);
  if (!results) throw new Error("VS Code ended without results.");
  return results;
}

interface TestBundle {
  /** The module that VS Code loads. */
  readonly path: string;
  /** Appears when the tests have ended. */
  readonly results: string;
}

async function readResults(bundle: TestBundle): Promise<readonly TestResult[] | undefined> {
  try {
    const results: TestResult[] = JSON.parse(await readFile(bundle.results, "utf8"));
    const map = new SourceMap(JSON.parse(await readFile(`${bundle.path}.map`, "utf8")));
    return results.map((result) =>
      result.error === undefined ? result : { ...result, error: mapStack(result.error, bundle.path, map) },
    );
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** The extension host makes stacks itself and ignores source maps, so they are applied here. */
function mapStack(stack: string, bundle: string, map: SourceMap): string {
  return stack.replaceAll(/([^\s(]+):(\d+):(\d+)/g, (text, file, line, column) => {
    if (file !== bundle) return text;
    const origin = map.findEntry(Number(line) - 1, Number(column) - 1);
    if (!("originalSource" in origin)) return text;
    const source = relative(checkout, resolve(dirname(bundle), origin.originalSource));
    return `${source}:${origin.originalLine + 1}:${origin.originalColumn + 1}`;
  });
}

/** One module with all tests, whose `run` VS Code calls. */
async function bundleTests(options: ExtensionTestOptions, folder: string): Promise<TestBundle> {
  const files: string[] = [];
  for await (const file of glob([...options.tests], { cwd: checkout })) files.push(resolve(checkout, file));
  files.sort();
  if (files.length === 0) throw new Error(`No test file matches ${options.tests.join(", ")}.`);
  const results = join(folder, "results.json");
  const path = join(folder, "tests.cjs");
  const modules = files.map((file) => {
    const name = JSON.stringify(relative(checkout, file).split(sep).join("/"));
    return `[${name}, () => require(${JSON.stringify(file)})]`;
  });
  const settings = { results, grep: options.grep, mocha: join(checkout, "node_modules", "mocha") };
  const host = JSON.stringify(join(checkout, "test", "testbed", "extension-host.ts"));
  await writeFile(
    join(folder, "entry.ts"),
    `import { runInHost } from ${host};
     export const run = () => runInHost([${modules.join(",\n")}], ${JSON.stringify(settings)});`,
  );
  await build({
    entryPoints: [join(folder, "entry.ts")],
    outfile: path,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node22",
    sourcemap: "linked",
    logLevel: "warning",
    external: ["vscode", "esbuild", "cpu-features", "*.node"],
    nodePaths: [join(checkout, "node_modules")],
    define: { "import.meta.url": "__importMetaUrl", "import.meta.dirname": "__dirname" },
    banner: { js: `const __importMetaUrl = ${JSON.stringify(pathToFileURL(path).href)};` },
    absWorkingDir: checkout,
  });
  return { path, results };
}
