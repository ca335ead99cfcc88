import assert from "node:assert/strict";
import { Dependents } from "../../extension/flows/dependents.ts";

describe("files that workflows read", () => {
  it("lead to every workflow that has read one, until it is closed", () => {
    const dependents = new Dependents();
    const workflows = Array.from({ length: 50 }, (_, index) => `flow-${index}`);
    for (const workflow of workflows) dependents.add("shared", workflow);
    dependents.add("other", "flow-0");
    assert.deepEqual([...dependents.of("shared")], workflows);
    assert.deepEqual([...dependents.of("other")], ["flow-0"]);
    dependents.forget("flow-0");
    assert.equal(dependents.of("shared").size, 49);
    assert.equal(dependents.of("other").size, 0);
  });
});
