import assert from "node:assert/strict";
import type { RequestParams } from "../../../runtime/protocol/contract.ts";
import { refused, startDevice } from "./device.ts";

const large = `context.state.set("n" + message.payload, "x".repeat(200_000))`;

describe("what a workflow has stored", () => {
  it("moves to another agent in pieces, while neither runs it", async () => {
    await using from = await startDevice();
    await using to = await startDevice();
    await from.deploy({ id: "w", work: large });
    for (const payload of [1, 2, 3])
      await from.client.request("workflow/inject", { id: "w", node: "work", message: { payload } });
    await assert.rejects(from.client.request("data/export", { id: "w" }), refused("EDDY_RUNNING"));
    await from.client.request("workflow/deactivate", { id: "w" });

    const keys: string[] = [];
    let pieces = 0;
    let after: RequestParams<"data/export">["after"];
    do {
      const piece = await from.client.request("data/export", { id: "w", ...(after ? { after } : {}) });
      const { values, messages, next } = piece;
      await to.client.request("data/import", { id: "w", fresh: pieces === 0, values, messages });
      keys.push(...values.map(({ key }) => key));
      pieces++;
      after = next;
    } while (after);
    assert.deepEqual(keys, ["n1", "n2", "n3"]);
    assert.ok(pieces > 1, `${pieces} pieces`);

    await to.deploy({ id: "w", work: '[1, 2, 3, 4].map((n) => context.state.get("n" + n)?.length)' });
    const message = { payload: 0 };
    const { nodes } = await to.client.request("workflow/inject", { id: "w", node: "work", message });
    assert.deepEqual(Reflect.get(Object(nodes[0]?.output?.[0]?.message), "payload"), [
      200_000,
      200_000,
      200_000,
      null,
    ]);
    await assert.rejects(
      to.client.request("data/import", { id: "w", fresh: true, values: [], messages: [] }),
      refused("EDDY_RUNNING"),
    );
  });

  it("is not handed out in halves, nor taken in where it is no data", async () => {
    await using device = await startDevice();
    const { client } = device;
    await assert.rejects(client.request("data/export", { id: "w" }), refused("EDDY_UNKNOWN_WORKFLOW"));
    await device.deploy({ id: "w", work: large });
    const inject = (payload: number) =>
      client.request("workflow/inject", { id: "w", node: "work", message: { payload } });
    for (const payload of [1, 2, 3]) await inject(payload);
    await client.request("workflow/deactivate", { id: "w" });
    const { next } = await client.request("data/export", { id: "w" });
    assert.ok(next);
    await client.request("workflow/activate", { id: "w" });
    await inject(4);
    await client.request("workflow/deactivate", { id: "w" });
    await assert.rejects(
      client.request("data/export", { id: "w", after: next }),
      refused("EDDY_DATA_CHANGED"),
    );
    const values = [{ owner: "work", key: "n", value: "{" }];
    await assert.rejects(
      client.request("data/import", { id: "w", fresh: false, values, messages: [] }),
      refused("EDDY_BAD_DATA"),
    );
  });
});
