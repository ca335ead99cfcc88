// Runs inside VS Code's extension host; see ../save.ts.
import { strict as assert } from "node:assert";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as vscode from "vscode";
import { openSharing } from "../../test/extension/sharing.ts";
import { openFlow, problemsOf, replace } from "../../test/extension/support.ts";

const saves = 30;

/** Ten nodes; the last one's expression is broken and mended in turns, which only the compiler finds out. */
const steps = Array.from(
  { length: 8 },
  (_, step) => `
  step${step}:
    type: map
    from: ${step === 0 ? "beat" : `step${step - 1}`}
    payload: msg.payload + ${step}
`,
).join("");
const text = `eddy: 1
nodes:
  beat:
    type: inject
    payload: 1
${steps}
  last:
    type: filter
    from: step7
    when: msg.payload > 1
`;

it("saves one workflow", async function () {
  this.timeout(120_000);
  const document = await openFlow("bench.flow.yaml", text);
  const isBroken = (problems: readonly vscode.Diagnostic[]) =>
    problems.some(({ severity }) => severity === vscode.DiagnosticSeverity.Error);
  const figures: number[] = [];
  for (let save = 0; save < saves; save++) {
    const breaks = save % 2 === 0;
    await (breaks
      ? replace(document, "payload > 1", "payload > ")
      : replace(document, "payload > ", "payload > 1"));
    const started = performance.now();
    const told = problemsOf(document, (problems) => isBroken(problems) === breaks);
    await document.save();
    await told;
    figures.push(performance.now() - started);
  }
  await note("one", figures);
});

it("saves a subflow that fifty workflows share", async function () {
  this.timeout(240_000);
  const { shared, untilBroken } = await openSharing(50);
  const figures: number[] = [];
  for (let save = 0; save < saves; save++) {
    const breaks = save % 2 === 0;
    await (breaks
      ? replace(shared, "payload + 1", "payload + ")
      : replace(shared, "payload + ", "payload + 1"));
    const started = performance.now();
    await shared.save();
    await untilBroken(breaks ? 50 : 0);
    figures.push(performance.now() - started);
  }
  await note("fifty", figures);
});

async function note(name: string, figures: readonly number[]): Promise<void> {
  const { EDDY_FIGURES: folder } = process.env;
  assert.ok(folder, "EDDY_FIGURES names the folder for the figures");
  await writeFile(join(folder, `${name}.json`), JSON.stringify(figures));
}
