import { describe, expect, it } from "vitest";
import { FakeClock } from "../../../test/support/fake-clock.ts";
import { hearUncaught } from "../../../test/support/uncaught.ts";
import { CloudError } from "../../base/errors.ts";
import { MemoryDisk } from "../../store/memory-store.ts";
import { recordStore } from "../../store/records.ts";
import { instanceCharges } from "./charges.ts";
import { Ledger, type NewPeriod } from "./ledger.ts";
import { DEFAULT_PRICES } from "./prices.ts";

const disk = new MemoryDisk();
const clock = new FakeClock();
const open = async () => {
  const ledger = new Ledger(recordStore(await disk.open("ledger")), clock);
  await ledger.load();
  return ledger;
};
const period = (resourceId: string): NewPeriod => ({
  ownerId: "123456789012",
  region: "us-east-1",
  service: "instance",
  resourceId,
  name: "",
  charges: instanceCharges(DEFAULT_PRICES, "v1.micro"),
  startedAt: clock.now(),
  leastMs: 60_000,
});
const secondsIn = (ledger: Ledger) =>
  [...ledger.usage(0, Number.POSITIVE_INFINITY, false)].reduce((sum, { instanceSeconds }) => sum + instanceSeconds, 0);

describe("the ledger", () => {
  it("F65 stores with what comes next what could not be stored, and tells of it", async () => {
    const heard = hearUncaught();
    const ledger = await open();
    disk.database("ledger").failNext("commit", new CloudError("Store.Failed", "no"));
    ledger.begin(period("i-1"));
    await ledger.flush();
    expect((await open()).open()).toEqual([]);
    ledger.seen();
    await ledger.flush();
    expect((await open()).open()).toMatchObject([{ resourceId: "i-1" }]);
    await clock.advance(0);
    expect(heard).toMatchObject([{ code: "Store.Failed" }]);
  });

  it("keeps no more than 10 000 periods, and loses nothing of what they come to", async () => {
    const ledger = await open();
    const before = secondsIn(ledger);
    for (let i = 0; i < 10_500; i++) {
      ledger.begin(period(`i-many${i}`));
      ledger.end(`i-many${i}`, clock.now());
    }
    await ledger.compact();
    expect(secondsIn(ledger)).toBe(before + 10_500 * 60);
    const again = await open();
    expect(secondsIn(again)).toBe(before + 10_500 * 60);
    const single = [...again.usage(0, Number.POSITIVE_INFINITY, false)].filter(({ resourceId }) => resourceId !== "");
    expect(single.length).toBeLessThanOrEqual(10_001);
  });
});
