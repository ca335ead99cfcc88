import { openSharing } from "./sharing.ts";
import { replace } from "./support.ts";

describe("a subflow that fifty open workflows share", () => {
  it("has all of them compiled when it is saved", async function () {
    this.timeout(120_000);
    const { shared, untilBroken } = await openSharing(50);
    await replace(shared, "msg.payload + 1", "msg.payload + ");
    await shared.save();
    await untilBroken(50);
    await replace(shared, "msg.payload + ", "msg.payload + 1");
    await shared.save();
    await untilBroken(0);
  });
});
