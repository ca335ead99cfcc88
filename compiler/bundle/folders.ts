import type { Metafile } from "esbuild";

/** Unminified code names its files in comments; where packages are installed must not change the artifact. */
export function withoutFolders(code: string, metafile: Metafile | undefined): string {
  return Object.keys(metafile?.inputs ?? {}).reduce((text, input) => {
    const name = packagePath(input);
    return name === input ? text : text.replaceAll(input, name);
  }, code);
}

function packagePath(input: string): string {
  return input.replace(/^.*\/(?=node_modules\/)/, "");
}
