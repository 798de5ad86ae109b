import { describe, expect, it } from "vitest";
import { CloudError } from "../../base/errors.ts";
import { FakeCloud } from "../testing/fake-cloud.ts";
import { type ActionFailure, performOnAll } from "./perform.ts";

describe("actions on several instances", () => {
  it("reports each failure and goes on with the rest", async () => {
    const cloud = new FakeCloud({ instant: true });
    const [running, stopped] = await cloud.instances.launch({ image: "tiny", count: 2 });
    if (!running || !stopped) throw new Error("two instances expected");
    await stopped.stop();
    const failures: ActionFailure[] = [];
    await performOnAll("reboot", [stopped, running], (failure) => failures.push(failure));
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatchObject({ action: "reboot", instance: { id: stopped.id } });
    expect(failures[0]?.error).toBeInstanceOf(CloudError);
    expect(failures[0]?.error.code).toBe("IncorrectInstanceState");

    await performOnAll("terminate", [stopped, running], (failure) => failures.push(failure));
    expect(failures).toHaveLength(1);
    expect([running.state, stopped.state]).toEqual(["terminated", "terminated"]);
  });
});
