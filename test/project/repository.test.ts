import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { checkout, isText, productSources, read, trackedFiles } from "./files.ts";

/** Files of these whose text has a match, with the line of the first one. */
function findings(files: readonly string[], pattern: RegExp | string): readonly string[] {
  const matches = (text: string) =>
    typeof pattern === "string" ? text.includes(pattern) : pattern.test(text);
  return files.filter(isText).flatMap((file) => {
    const lines = read(file).split("\n");
    const line = lines.findIndex(matches);
    return line < 0 ? [] : [`${file}:${line + 1}: ${lines[line]?.trim().slice(0, 100)}`];
  });
}

describe("repository", () => {
  it("locks versions and hashes of dependencies, and no addresses", () => {
    const lock: { packages: Record<string, Record<string, unknown>> } = JSON.parse(read("package-lock.json"));
    const packages = Object.entries(lock.packages).filter(([path]) => path !== "");
    assert.deepEqual(
      packages.filter(([, entry]) => "resolved" in entry).map(([path]) => path),
      [],
    );
    assert.deepEqual(
      packages.filter(([, entry]) => typeof entry.integrity !== "string").map(([path]) => path),
      [],
    );
    assert.match(read(".npmrc"), /^omit-lockfile-registry-resolved=true$/m);
  });

  it("pins every dependency", () => {
    const manifest = JSON.parse(read("package.json"));
    const loose = Object.entries<string>({ ...manifest.dependencies, ...manifest.devDependencies }).filter(
      ([, version]) => !/^\d+\.\d+\.\d+$/.test(version),
    );
    assert.deepEqual(loose, []);
  });

  it("names no path of somebody's machine", () => {
    // Put together, so that this file is not a finding itself.
    const folders = ["root", "work"].map((name) => `(?<![\\w.*}])/${name}/`);
    assert.deepEqual(findings(trackedFiles(), new RegExp(folders.join("|"))), []);
    for (const path of [checkout, homedir()].filter((path) => path.length > 6)) {
      assert.deepEqual(findings(trackedFiles(), path), []);
    }
  });

  it("holds no private key", () => {
    const files = trackedFiles().filter((file) => !file.endsWith(".test.ts"));
    assert.deepEqual(findings(files, new RegExp(["-----BEGIN", "[A-Z ]*PRIVATE KEY-----$"].join(" ?"))), []);
  });

  it("has every folder of the library's public faces", () => {
    const faces: Record<string, unknown> = JSON.parse(read("package.json")).exports;
    const missing = Object.keys(faces)
      .filter((name) => name !== "./package.json")
      .filter((name) => !existsSync(`${checkout}/${name}/index.ts`));
    assert.deepEqual(missing, []);
  });
});

describe("code habits", () => {
  const sources = productSources();
  const tests = trackedFiles().filter((file) => /^test\/.*\.tsx?$/.test(file));

  it("files have at most 450 lines", () => {
    const long = sources
      .map((file) => ({ file, lines: read(file).split("\n").length }))
      .filter(({ lines }) => lines > 450);
    assert.deepEqual(long, []);
  });

  it("default exports are for node implementations only", () => {
    const files = sources.filter((file) => !file.startsWith("runtime/nodes/"));
    assert.deepEqual(findings(files, /^export default /), []);
  });

  it("nothing is left to be done, or silenced", () => {
    assert.deepEqual(findings(sources, /\b(TODO|FIXME|XXX|HACK)\b/), []);
    assert.deepEqual(findings(sources, /@ts-(ignore|nocheck|expect-error)/), []);
  });

  it("a lint rule is switched off with a reason", () => {
    assert.deepEqual(findings([...sources, ...tests], /biome-ignore \S+\s*$|biome-ignore \S+: *$/), []);
  });

  it("no test is switched off, but where a machine cannot run it, for a reason that stands beside it", () => {
    const off = [
      "\\.only\\(",
      "(?<!\\bthis)\\.skip\\(",
      "\\bthis\\.skip\\(\\)(?!; // \\w)",
      "\\b(xit|xdescribe|fit|fdescribe)\\(",
    ].join("|");
    const others = tests.filter((file) => file !== "test/project/repository.test.ts");
    assert.deepEqual(findings(others, new RegExp(off)), []);
  });
});
