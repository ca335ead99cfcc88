import assert from "node:assert/strict";
import * as checks from "../../fleet/doctor/checks.ts";
import { type DeviceFacts, parseFacts } from "../../fleet/doctor/facts.ts";
import { failed } from "../../fleet/doctor/findings.ts";
import { EddyError } from "../../language/problem.ts";

const well = parseFacts(`Welcome!
time=1700000000
diskFreeKb=8000000
inodesFree=100000
memoryKb=200000
millidegrees=48312
throttled=0
hasAgent=yes
agentVersion=0.1.0-abc
runtimeRuns=yes
userService=yes
linger=yes
`);
const now = 1_700_000_000_000;

describe("what a doctor makes of a device's facts", () => {
  it("is nothing where all is well, and nothing where a device does not tell", () => {
    const looks = [checks.checkClock(well, now), ...each(well)];
    for (const one of looks) assert.equal(one?.ok, true, one?.message);
    const silent = parseFacts("");
    assert.deepEqual([checks.checkClock(silent, now), ...each(silent)], Array(6).fill(undefined));
  });

  for (const [what, facts, code] of [
    ["a full disk", { diskFree: 0 }, "EDDY_DISK_LOW"],
    ["too few files", { inodesFree: 3 }, "EDDY_DISK_LOW"],
    ["little memory", { memoryFree: 10e6 }, "EDDY_MEMORY_LOW"],
    ["heat", { temperature: 83 }, "EDDY_HOT"],
    ["too little voltage now", { throttled: 0x50005 }, "EDDY_UNDERVOLTAGE"],
    ["too little voltage before", { throttled: 0x50000 }, "EDDY_UNDERVOLTAGE"],
    ["no start at boot", { lingers: false }, "EDDY_NO_LINGER"],
  ] as const)
    it(`tells ${what}`, () => {
      const wrong = each({ ...well, ...facts }).filter((one) => one?.ok === false);
      assert.deepEqual(
        wrong.map((one) => one?.code),
        [code],
      );
    });

  it("tells how wrong the clock is, and to which side", () => {
    const off = (by: number) => checks.checkClock({ ...well, time: now + by }, now)?.message ?? "";
    assert.match(off(-5 * 60_000), /5 minutes behind/);
    assert.match(off(3 * 3_600_000), /3 hours ahead/);
    assert.match(off(-now), /days behind this one \(1970-01-01/);
  });

  it("tells what is missing of the installation, and another version", () => {
    const { checkInstallation, checkVersion } = checks;
    assert.match(
      checkInstallation({ ...well, hasAgent: false }, "/node", "ssh://pi@pump").fix ?? "",
      /eddy device add ssh:/,
    );
    assert.equal(checkInstallation({ ...well, runtimeRuns: false }, "/node", "").code, "EDDY_NO_RUNTIME");
    assert.equal(checkVersion("a", "b", "ssh://pump")?.ok, false);
    assert.equal(checkVersion("a", undefined, ""), undefined);
  });

  it("takes the remedy from errors that have one", () => {
    const error = new EddyError(
      "EDDY_UNREACHABLE",
      "pump:22 refuses connections. Check that sshd runs on the device.",
    );
    assert.deepEqual(failed("login", error, "x"), {
      check: "login",
      ok: false,
      code: "EDDY_UNREACHABLE",
      message: "pump:22 refuses connections.",
      fix: "Check that sshd runs on the device.",
    });
    assert.equal(failed("login", new Error("gone"), "try again").fix, "try again");
  });
});

function each(facts: DeviceFacts) {
  const { checkDisk, checkMemory, checkTemperature, checkPower, checkLinger } = checks;
  return [
    checkDisk(facts),
    checkMemory(facts),
    checkTemperature(facts),
    checkPower(facts),
    checkLinger(facts),
  ];
}
