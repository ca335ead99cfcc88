import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { strFromU8, type Unzipped, unzipSync } from "fflate";
import { runProgram } from "../testbed/processes.ts";
import { temporaryFolder } from "../testbed/resources.ts";
import { checkout, read } from "./files.ts";

/** What may be in the extension, by its path in the archive. */
const allowed = [
  /^\[Content_Types\]\.xml$/,
  /^extension\.vsixmanifest$/,
  /^extension\/(package\.json|package\.nls(\.[a-z-]+)?\.json|changelog\.md|readme\.md|LICENSE\.txt)$/,
  /^extension\/l10n\/[^/]+\.json$/,
  /^extension\/media\/[^/]+\.(png|svg|json)$/,
  /^extension\/media\/walkthrough\/[^/]+\.(md|png)$/,
  /^extension\/schemas\/[^/]+\.json$/,
  /^extension\/dist\/(extension|language-server)\.cjs$/,
  /^extension\/dist\/(agent(-program)?|cli|test-worker)\.mjs$/,
  /^extension\/dist\/runtime\/(package\.json|[a-z0-9/._-]+\.js)$/,
  /^extension\/dist\/webview\/(canvas\.(js|css)|layout-worker\.js|codicon\.(css|ttf))$/,
  /^extension\/dist\/node_modules\/typescript\/(package\.json|LICENSE\.txt|ThirdPartyNoticeText\.txt)$/,
  /^extension\/dist\/node_modules\/typescript\/lib\/(typescript\.js|lib\.[a-z0-9.]+\.d\.ts)$/,
  /^extension\/dist\/node_modules\/esbuild\/(package\.json|LICENSE\.md|lib\/main\.js)$/,
  /^extension\/dist\/node_modules\/@esbuild\/[a-z0-9-]+\/(package\.json|README\.md|bin\/esbuild|esbuild\.exe)$/,
];

describe("packaged extension", function () {
  this.timeout(180_000);
  let files: Unzipped;
  let size: number;

  before(async () => {
    await using folder = await temporaryFolder("package");
    await runProgram(process.execPath, [join(checkout, "scripts", "package.mjs"), `--out=${folder.path}`]);
    const [name] = await readdir(folder.path);
    assert.ok(name, "no file was made");
    assert.match(name, /^eddy-[a-z0-9]+-[a-z0-9]+-\d+\.\d+\.\d+\.vsix$/);
    const content = await readFile(join(folder.path, name));
    size = content.length;
    files = unzipSync(content);
  });

  it("holds nothing but what is allowed", () => {
    assert.deepEqual(
      Object.keys(files).filter((path) => !allowed.some((pattern) => pattern.test(path))),
      [],
    );
  });

  it("is at most 14 MB", () => {
    assert.ok(size <= 14e6, `${(size / 1e6).toFixed(1)} MB`);
  });

  it("has what the manifest names, and esbuild with its binary", () => {
    const manifest = JSON.parse(strFromU8(files["extension/package.json"] ?? new Uint8Array()));
    assert.equal(manifest.devDependencies, undefined);
    for (const path of [manifest.main, manifest.icon]) {
      assert.ok(files[`extension/${path.replace("./", "")}`], path);
    }
    const binary = Object.keys(files).filter((path) =>
      /@esbuild\/[^/]+\/(bin\/esbuild|esbuild\.exe)$/.test(path),
    );
    assert.equal(binary.length, 1);
  });

  it("has an icon of 128 × 128 pixels", () => {
    const icon = Buffer.from(files["extension/media/icon.png"] ?? []);
    assert.deepEqual([icon.readUInt32BE(16), icon.readUInt32BE(20)], [128, 128]);
  });

  it("holds no path of the machine that made it, no source map and no key", () => {
    const suspicious = Object.entries(files)
      .filter(([path]) => /\.(js|cjs|mjs|json|css)$/.test(path) && !path.includes("/node_modules/"))
      .filter(([, content]) => {
        const text = strFromU8(content);
        return text.includes(checkout) || /sourceMappingURL=(?!data:|["'`$])\S+\.map/.test(text);
      });
    assert.deepEqual(
      suspicious.map(([path]) => path),
      [],
    );
  });

  it("shows the version of package.json", () => {
    const { version } = JSON.parse(read("package.json"));
    assert.ok(
      strFromU8(files["extension.vsixmanifest"] ?? new Uint8Array()).includes(`Version="${version}"`),
    );
  });
});
