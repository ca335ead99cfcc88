import { strict as assert } from "node:assert";
import { preview } from "../../extension/canvas/previews.ts";
import { loadTypeScript } from "../../extension/flows/typescript.ts";
import { parseWorkflow } from "../../language/index.ts";

const text = `eddy: 1
script: |
  interface Reading { celsius: number }
  const hot = (reading: Reading): boolean => reading.celsius > 30;
env:
  LIMIT: { type: number, default: 5 }
nodes: {}
`;

describe("Previews of fields", () => {
  const ask = (language: "expression" | "template", code: string, payload: unknown, workflow = text) =>
    preview(
      parseWorkflow(workflow, "x.flow.yaml"),
      { language, text: code, payload: JSON.stringify(payload) },
      loadTypeScript,
    );

  it("work out expressions and texts with what the script declares", async () => {
    assert.deepEqual(await ask("expression", "hot(msg.payload as Reading)", { celsius: 31 }), {
      kind: "value",
      text: "true",
    });
    assert.deepEqual(await ask("expression", "({ over: msg.payload - env.LIMIT })", 7), {
      kind: "value",
      text: '{"over":2}',
    });
    assert.deepEqual(await ask("template", "`${msg.payload}` is \\ ${[`a`, 'b'].join('/')}", 7), {
      kind: "value",
      text: JSON.stringify("`7` is \\ a/b"),
    });
    assert.deepEqual(await ask("expression", "undefined", 1), { kind: "value", text: "undefined" });
  });

  it("tell what fails, and end what does not end by itself", async () => {
    const failed = await ask("expression", "msg.payload.a.b", {});
    assert.match(failed?.kind === "error" ? failed.message : "", /undefined/);
    assert.equal((await ask("expression", "1 +", 1))?.kind, "error");
    assert.equal((await ask("expression", "(() => { for (;;); })()", 1))?.kind, "error");
    assert.equal(
      (await ask("expression", "(() => { const all = []; for (;;) all.push(new Array(1e6).fill(1)); })()", 1))
        ?.kind,
      "error",
    );
  });

  it("are not made where the script needs other files", async () => {
    const importing = text.replace("  interface", '  import { x } from "./x.ts";\n  interface');
    assert.equal(await ask("expression", "1", 1, importing), undefined);
  });
});
