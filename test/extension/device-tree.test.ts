import { strict as assert } from "node:assert";
import * as vscode from "vscode";
import type { DeviceView } from "../../extension/devices/devices.ts";
import { DeviceTree, type DeviceTreeItem } from "../../extension/devices/tree.ts";
import { thisComputer } from "../../fleet/index.ts";

const view = (id: string, state: DeviceView["state"]): DeviceView => ({
  device: { ...thisComputer, id, name: id },
  state,
  workflows: [],
  connection: 0,
});

describe("the tree of devices", () => {
  it("refreshes devices one by one while they are the same, so that VS Code knows each item all the time", () => {
    const known = { views: [view("one", "connecting"), view("two", "away")] };
    const changed = new vscode.EventEmitter<void>();
    const [first = view("one", "away")] = known.views;
    const tree = new DeviceTree(known, { device: first, onDidChange: changed.event });
    const told: (readonly DeviceTreeItem[] | undefined)[] = [];
    tree.onDidChangeTreeData((items) => told.push(items));
    const items = tree.getChildren();
    assert.deepEqual(descriptions(tree, items), ["connecting… · target", "not connected"]);

    known.views = [view("one", "connected"), view("two", "failed")];
    changed.fire();
    assert.deepEqual(told, [items]);
    assert.ok(told[0]?.every((item, index) => item === items[index]));
    assert.deepEqual(descriptions(tree, items), ["connected · target", "not reachable"]);

    known.views = [view("two", "failed")];
    changed.fire();
    assert.equal(told[1], undefined, "there are others: everything is asked for again");
    assert.deepEqual(descriptions(tree, tree.getChildren()), ["not reachable"]);
    tree.dispose();
    changed.dispose();
  });
});

function descriptions(tree: DeviceTree, items: readonly DeviceTreeItem[]) {
  return items.map((item) => tree.getTreeItem(item).description);
}
