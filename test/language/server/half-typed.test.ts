import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import typescript from "typescript";
import { completeStructure } from "../../../language/server/completion.ts";
import { foldingRanges } from "../../../language/server/folding.ts";
import { formattingEdits } from "../../../language/server/formatting.ts";
import { hoverAt } from "../../../language/server/hover.ts";
import { namesOf } from "../../../language/server/names.ts";
import { renamableAt } from "../../../language/server/rename.ts";
import { semanticTokens } from "../../../language/server/semantic-tokens.ts";
import { documentSymbols } from "../../../language/server/symbols.ts";
import { analyse, noTypes } from "./analyse.ts";
import { Session } from "./session.ts";

const folder = join(import.meta.dirname, "..", "..", "..", "examples");
const examples = readdirSync(folder)
  .filter((file) => file.endsWith(".flow.yaml"))
  .map((file) => [file, readFileSync(join(folder, file), "utf8")] as const);

describe("half-typed workflows", function () {
  this.timeout(120_000);

  for (const [file, text] of examples) {
    it(`are answered about at every prefix of ${file}`, async () => {
      for (let end = 0; end <= text.length; end++) {
        const analysis = await analyse(text.slice(0, end));
        completeStructure(analysis, end);
        // The rest takes the text as it is: the ends of words and lines are as telling as every letter.
        if (end % 7 !== 0) continue;
        namesOf(analysis);
        hoverAt(analysis, noTypes, end);
        renamableAt(analysis, end);
        for (const feature of [documentSymbols, foldingRanges, formattingEdits]) feature(analysis);
        semanticTokens(analysis, typescript);
      }
    });
  }

  it("are completed where a node is written letter by letter, whatever follows", async () => {
    const [head, tail] = [
      "eddy: 1\nnodes:\n  beat:\n    type: inject\n",
      "\n  show:\n    type: log\n    from: beat\n",
    ];
    const typed: readonly (readonly [written: string, offered: string])[] = [
      ["  f:\n    ty", "type"],
      ["  f:\n    type: fil", "filter"],
      ["  f:\n    type: filter\n    fr", "from"],
      ["  f:\n    type: filter\n    from: be", "beat"],
      ["  f:\n    type: filter\n    from: [any.error, be", "beat"],
      ["  f:\n    type: filter\n    from: beat\n    wh", "when"],
      ["  f: { type: fil", "filter"],
      ["  f: { type: filter, fr", "from"],
    ];
    for (const [written, offered] of typed) {
      for (const rest of ["", tail]) {
        const before = head + written;
        const { items } = completeStructure(await analyse(before + rest), before.length);
        assert.ok(
          items.some(({ label }) => label === offered),
          `${JSON.stringify(written)} offers ${offered}`,
        );
      }
    }
  });

  it("are served with types at the end of every line and word of an example", async () => {
    const [, text = ""] = examples.find(([file]) => file.startsWith("cold-chain")) ?? [];
    const uri = "memory://host/flows/typed.flow.yaml";
    await using session = await Session.start();
    await session.open(uri, "");
    for (const { index } of text.matchAll(/[.:\s](?=\S)|$/gm)) {
      await session.change(uri, text.slice(0, index + 1));
      await session.complete(uri, index + 1);
    }
    await session.analyse(uri);
    assert.deepEqual(session.complaints, []);
  });
});
