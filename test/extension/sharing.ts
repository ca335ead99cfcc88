import * as vscode from "vscode";
import { openFlow, when } from "./support.ts";

const subflow = `eddy: 1
name: Shared

inputs:
  in: { type: number }

outputs:
  out: { from: more }

nodes:
  more:
    type: map
    from: in
    payload: msg.payload + 1
`;

const workflow = (index: number) => `eddy: 1
name: Uses ${index}

nodes:
  beat:
    type: inject
    payload: ${index}

  shared:
    type: ./shared.flow.yaml
    from: beat

  show:
    type: log
    from: shared
`;

/** Workflows that are open in tabs of their own, and the subflow that each of them is made of. */
export interface Sharing {
  readonly shared: vscode.TextDocument;
  /** Resolves when so many of them say that the expression in the subflow is no TypeScript: what only the compiler finds there. */
  untilBroken(count: number): Promise<void>;
}

export async function openSharing(count: number): Promise<Sharing> {
  const shared = await openToStay("shared.flow.yaml", subflow);
  const flows: vscode.Uri[] = [];
  for (let index = 0; index < count; index++)
    flows.push((await openToStay(`uses-${index}.flow.yaml`, workflow(index))).uri);
  const isBroken = (uri: vscode.Uri) =>
    vscode.languages.getDiagnostics(uri).some(({ message }) => message.startsWith("shared.flow.yaml:14:"));
  return {
    shared,
    async untilBroken(wanted) {
      await when(vscode.languages.onDidChangeDiagnostics, () =>
        flows.filter(isBroken).length === wanted ? true : undefined,
      );
    },
  };
}

/** VS Code soon closes what nobody sees, and puts the next file into the tab of one that was only looked at. */
async function openToStay(name: string, text: string): Promise<vscode.TextDocument> {
  const document = await openFlow(name, text);
  await vscode.commands.executeCommand("workbench.action.keepEditor");
  return document;
}
