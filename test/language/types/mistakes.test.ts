import assert from "node:assert/strict";
import { checkTypes, told } from "./checking.ts";
import { fields } from "./mistakes/fields.ts";
import type { Mistake } from "./mistakes/mistake.ts";
import { names } from "./mistakes/names.ts";
import { values } from "./mistakes/values.ts";

const mistakes: readonly Mistake[] = [...fields, ...values, ...names];

function variant({ text }: Mistake, which: 0 | 1): string {
  return text.replace(
    /‹([^|›]*(?:\|(?!\|)[^|›]*)*?)\|([^›]*)›/g,
    (_, wrong: string, right: string) => [wrong, right][which] ?? "",
  );
}

describe("types: mistakes of authors", function () {
  this.timeout(60_000);

  it("are many", () => assert.ok(mistakes.length >= 60, String(mistakes.length)));

  for (const mistake of mistakes) {
    it(`finds ${mistake.what}`, () => {
      const text = variant(mistake, 0);
      const { problems, parsed } = checkTypes(text);
      assert.deepEqual(parsed.problems, [], "the text itself is right");
      const found = told(
        text,
        problems.filter(({ severity }) => severity === "error"),
      );
      assert.equal(found.length, 1, found.join("\n") || "nothing was found");
      const [problem] = problems.filter(({ severity }) => severity === "error");
      assert.ok(problem);
      assert.equal(text.slice(problem.range.start, problem.range.end), mistake.at, problem.message);
      for (const word of mistake.words)
        assert.ok(problem.message.includes(word), `${word}: ${problem.message}`);
      assert.doesNotMatch(problem.message, /\$|Frozen|Deep<|Msg<|'from'/, problem.message);
      if (mistake.code !== undefined) assert.equal(problem.code, mistake.code, problem.message);
    });

    it(`and nothing once ${mistake.what} is put right`, () => {
      const text = variant(mistake, 1);
      const { problems, parsed } = checkTypes(text);
      assert.deepEqual(
        [...parsed.problems, ...problems].map(({ message }) => message),
        [],
      );
    });
  }
});
