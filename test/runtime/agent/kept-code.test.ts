import assert from "node:assert/strict";
import { chmodSync, existsSync, lstatSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { chown, mkdir, rename, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { runKept } from "../../../runtime/agent/kept-code.ts";
import { temporaryFolder } from "../../testbed/resources.ts";
import { smallDisk } from "./small-disk.ts";

const told: string[] = [];
Reflect.set(globalThis, "eddyTold", (text: string) => told.push(text));
const program = (text: string) => `function tell(text) { eddyTold(text); }\ntell(${JSON.stringify(text)});\n`;

/** What the program said, and whether it was run by what is kept. */
function run(folder: string) {
  const { isKept, keep } = runKept(join(folder, "program.mjs"), "agent");
  return { isKept, keep, said: told.splice(0) };
}

/** A program in a folder, with what V8 made of it. */
async function keptProgram() {
  const folder = await temporaryFolder("kept-code");
  const { path } = folder;
  writeFileSync(join(path, "program.mjs"), program("one"));
  run(path).keep();
  assert.ok(run(path).isKept);
  return { path, kept: join(path, "compiled"), [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

describe("code that is kept", () => {
  it("runs what it was made of, and is for its owner alone", async () => {
    await using folder = await temporaryFolder("kept-code");
    writeFileSync(join(folder.path, "program.mjs"), program("one"));
    const first = run(folder.path);
    assert.deepEqual([first.isKept, first.said], [false, ["one"]]);
    first.keep();
    const second = run(folder.path);
    assert.deepEqual([second.isKept, second.said], [true, ["one"]]);
    const kept = join(folder.path, "compiled");
    assert.deepEqual(readdirSync(kept), ["agent"]);
    if (process.platform === "win32") return;
    assert.equal(lstatSync(kept).mode & 0o777, 0o700);
    assert.equal(lstatSync(join(kept, "agent")).mode & 0o777, 0o600);
  });

  it("is not of a program that has changed, even where it is as long as before", async () => {
    await using place = await keptProgram();
    writeFileSync(join(place.path, "program.mjs"), program("two"));
    const changed = run(place.path);
    assert.deepEqual([changed.isKept, changed.said], [false, ["two"]]);
    changed.keep();
    assert.ok(run(place.path).isKept);
    assert.deepEqual(readdirSync(place.kept), ["agent"], "the old one has gone");
  });

  const damages: Readonly<Record<string, (bytes: Buffer) => Uint8Array>> = {
    "has lost its end": (bytes) => bytes.subarray(0, bytes.length - 100),
    "is empty": () => new Uint8Array(),
    "has only its digest": (bytes) => bytes.subarray(0, 32),
    "is of zeros, as after a power cut": (bytes) => new Uint8Array(bytes.length),
    "has one bit changed": (bytes) => {
      bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 4, bytes.length >> 1);
      return bytes;
    },
  };
  for (const [what, damage] of Object.entries(damages)) {
    it(`is not taken where it ${what}, and is made anew`, async () => {
      await using place = await keptProgram();
      const file = join(place.kept, "agent");
      writeFileSync(file, damage(readFileSync(file)));
      const { isKept, said, keep } = run(place.path);
      assert.deepEqual([isKept, said], [false, ["one"]]);
      keep();
      assert.ok(run(place.path).isKept);
    });
  }

  if (process.platform !== "win32")
    it("is not taken from where others can write, nor written there", async () => {
      for (const mode of [0o770, 0o702, 0o755]) {
        await using place = await keptProgram();
        chmodSync(place.kept, mode);
        const { isKept, keep } = run(place.path);
        assert.ok(!isKept);
        await rm(join(place.kept, "agent"));
        keep();
        assert.deepEqual(readdirSync(place.kept), []);
      }
    });

  it("is not taken through a link to another folder", async () => {
    await using place = await keptProgram();
    await rename(place.kept, join(place.path, "elsewhere"));
    await symlink("elsewhere", place.kept);
    assert.ok(!run(place.path).isKept);
  });

  if (process.getuid?.() === 0)
    it("is not taken from another user", async () => {
      await using place = await keptProgram();
      await chown(place.kept, 1, 1);
      assert.ok(!run(place.path).isKept);
    });

  it("does without where it cannot be written", async () => {
    await using folder = await temporaryFolder("kept-code");
    writeFileSync(join(folder.path, "program.mjs"), program("one"));
    writeFileSync(join(folder.path, "compiled"), "a file where the folder would be");
    run(folder.path).keep();
    assert.deepEqual(run(folder.path).said, ["one"]);
    // What stands in the way of the file itself.
    await rm(join(folder.path, "compiled"));
    await mkdir(join(folder.path, "compiled", "agent", "full"), { recursive: true, mode: 0o700 });
    chmodSync(join(folder.path, "compiled"), 0o700);
    run(folder.path).keep();
    assert.deepEqual(readdirSync(join(folder.path, "compiled")), ["agent"], "nothing is left beside it");
  });

  it("leaves a disk that is nearly full, or read-only, to what workflows store", async () => {
    await using disk = await smallDisk(8);
    writeFileSync(join(disk.path, "program.mjs"), program("one"));
    run(disk.path).keep();
    assert.ok(!existsSync(join(disk.path, "compiled", "agent")));
    await disk.setReadOnly(true);
    const { said, keep } = run(disk.path);
    keep();
    assert.deepEqual(said, ["one"]);
    await disk.setReadOnly(false);
  });
});
