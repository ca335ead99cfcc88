import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import simulate from "../../../runtime/nodes/simulate.ts";
import { createNodeHarness } from "../harness.ts";

type Params = Parameters<typeof simulate.create>[1];

const defaults = { signal: "sine", every: 1000, min: 0, max: 10, period: 4000, seed: 1 } as const;

async function values(params: Partial<Params>, count: number): Promise<readonly number[]> {
  const node = createNodeHarness(simulate, { ...defaults, ...params });
  await node.start();
  await node.clock.advance(count * (params.every ?? defaults.every));
  await node.stop();
  assert.equal(node.messages().length, count);
  return node.payloads().map(Number);
}

describe("simulate", () => {
  it("makes sines, ramps and squares", async () => {
    const rounded = (await values({ signal: "sine" }, 5)).map((value) => Math.round(value * 1e6) / 1e6);
    assert.deepEqual(rounded, [5, 10, 5, 0, 5]);
    assert.deepEqual(await values({ signal: "ramp" }, 5), [0, 2.5, 5, 7.5, 0]);
    assert.deepEqual(await values({ signal: "square" }, 5), [0, 0, 10, 10, 0]);
  });

  for (const signal of ["noise", "random-walk"] as const) {
    it(`makes the same ${signal} of the same seed, within its bounds`, async () => {
      const first = await values({ signal, min: -5, max: -3 }, 1000);
      assert.deepEqual(first, await values({ signal, min: -5, max: -3 }, 1000));
      assert.notDeepEqual(first, await values({ signal, min: -5, max: -3, seed: 2 }, 1000));
      assert.ok(first.every((value) => value >= -5 && value <= -3));
      assert.ok(new Set(first).size > 100);
    });
  }

  describe("replays", () => {
    let folder: string;

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "eddy-simulate-"));
    });

    afterEach(() => rmSync(folder, { recursive: true }));

    const replay = (text: string, column?: string) => {
      const file = join(folder, "values.csv");
      writeFileSync(file, text);
      return { signal: "replay", file, ...(column === undefined ? {} : { column }) } as const;
    };

    it("the numbers of a column, again and again", async () => {
      const text = '\uFEFFtime;"a value";b\r\n1;2.5;x\r\n2;;y\r\n3;-4e1;z\r\n';
      assert.deepEqual(await values(replay(text, "a value"), 5), [2.5, -40, 2.5, -40, 2.5]);
      assert.deepEqual(await values(replay("n\n1\n2"), 3), [1, 2, 1]);
    });

    for (const [why, params] of [
      ["no file", { signal: "replay" }],
      ["no such column", { column: "c", text: "a,b\n1,2" }],
      ["no numbers", { column: "a", text: "a,b\nx,2" }],
      ["an empty file", { text: "" }],
    ] as const) {
      it(`does not start with ${why}`, async () => {
        const own =
          "text" in params ? replay(params.text, "column" in params ? params.column : undefined) : params;
        const node = createNodeHarness(simulate, { ...defaults, ...own });
        await assert.rejects(node.start(), { code: "EDDY_SIMULATE" });
      });
    }

    it("does not start without its file", async () => {
      const node = createNodeHarness(simulate, {
        ...defaults,
        signal: "replay",
        file: join(folder, "none.csv"),
      });
      await assert.rejects(node.start(), { code: "ENOENT" });
    });
  });
});
