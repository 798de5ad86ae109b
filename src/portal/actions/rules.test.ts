import { describe, expect, it } from "vitest";
import type { InstanceState } from "../../api/types.ts";
import { INSTANCE_ACTIONS, isOffered, whyDisabled } from "./rules.ts";

const STATES: readonly InstanceState[] = ["pending", "running", "shutting-down", "terminated", "stopping", "stopped"];

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
    expect(whyDisabled("start", [{ state: "stopped" }])).toBeNull();
    expect(whyDisabled("start", [{ state: "running" }])).toBe("The instance must be stopped; it is running");
    expect(whyDisabled("start", [{ state: "running" }, { state: "stopped" }])).toBe(
      "Every selected instance must be stopped",
    );
    expect(whyDisabled("terminate", [{ state: "running" }, { state: "stopped" }])).toBeNull();
  });
});
