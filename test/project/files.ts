import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder that holds package.json. */
export const checkout = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Files under version control, relative to the checkout. */
export function trackedFiles(): readonly string[] {
  const output = execFileSync("git", ["ls-files", "-z"], { cwd: checkout, encoding: "utf8" });
  return output.split("\0").filter((file) => file !== "" && existsSync(join(checkout, file)));
}

export function read(file: string): string {
  return readFileSync(join(checkout, file), "utf8");
}

/** Whether a file holds text (a picture or a font does not). */
export function isText(file: string): boolean {
  return !readFileSync(join(checkout, file)).subarray(0, 8_000).includes(0);
}

const productFolders =
  /^(language|runtime|compiler|sync|fleet|integrations|hub|cli|webview|extension)\/.*\.tsx?$/;

/** Source files of the product, without what is generated. */
export function productSources(): readonly string[] {
  return trackedFiles().filter((file) => productFolders.test(file) && !file.endsWith(".generated.ts"));
}
