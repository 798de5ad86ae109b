import { describe, expect, it } from "vitest";
import type { Cloud } from "../../api/types.ts";
import { CloudError } from "../../base/errors.ts";
import { FakeCloud } from "../testing/fake-cloud.ts";
import { CloudOpener } from "./cloud-opener.ts";

describe("CloudOpener", () => {
  it("opens once, however often it is asked", async () => {
    let opened = 0;
    const opener = new CloudOpener(async () => {
      opened++;
      return new FakeCloud();
    });
    expect(opener.opening.status).toBe("opening");
    await Promise.all([opener.open(), opener.open()]);
    await opener.open();
    expect(opened).toBe(1);
    expect(opener.opening.status).toBe("open");
  });

  it("says why it failed, and tries again when asked", async () => {
    const outcomes: (() => Cloud)[] = [
      () => {
        throw new CloudError("Cloud.InUse", "open in another tab");
      },
      () => new FakeCloud(),
    ];
    const opener = new CloudOpener(async () => (outcomes.shift() as () => Cloud)());
    const seen: string[] = [];
    opener.onChange(() => seen.push(opener.opening.status));
    await opener.open();
    expect(opener.opening).toMatchObject({ status: "failed", error: { code: "Cloud.InUse" } });
    await opener.open();
    expect(seen).toEqual(["opening", "failed", "opening", "open"]);
  });
});
