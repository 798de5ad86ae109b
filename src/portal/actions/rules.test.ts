import { describe, expect, it } from "vitest";
import type { InstanceState } from "../../api/types.ts";
import { INSTANCE_ACTIONS, isOffered, whyDisabled } from "./rules.ts";

const STATES: readonly InstanceState[] = ["pending", "running", "shutting-down", "terminated", "stopping", "stopped"];

const of = (state: InstanceState, rootDeviceType: "ebs" | "instance-store" = "ebs") => ({ state, rootDeviceType });

describe("which actions are offered", () => {
  it("follows the state (F14–F18)", () => {
    const table = Object.fromEntries(
      STATES.map((state) => [state, INSTANCE_ACTIONS.filter((action) => isOffered(action, state)).join(" ")]),
    );
    expect(table).toEqual({
      pending: "terminate",
      running: "stop reboot terminate",
      "shutting-down": "",
      terminated: "",
      stopping: "stop terminate",
      stopped: "start terminate",
    });
  });

  it("says why not, for none, one and several", () => {
    expect(whyDisabled("start", [])).toBe("Select an instance first");
    expect(whyDisabled("start", [of("stopped")])).toBeNull();
    expect(whyDisabled("start", [of("running")])).toBe("The instance must be stopped; it is running");
    expect(whyDisabled("start", [of("running"), of("stopped")])).toBe("Every selected instance must be stopped");
    expect(whyDisabled("terminate", [of("running"), of("stopped")])).toBeNull();
  });

  it("F22 offers no stop of an instance store's", () => {
    const vm = of("running", "instance-store");
    expect(whyDisabled("stop", [of("running"), vm])).toContain("instance store");
    expect(whyDisabled("reboot", [vm])).toBeNull();
    expect(whyDisabled("terminate", [vm])).toBeNull();
  });
});
