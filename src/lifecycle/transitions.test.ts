import { describe, expect, it } from "vitest";
import { INSTANCE_STATES, type InstanceState, STATE_CODES } from "./states.ts";
import { ACTIONS, type Action, applyAction, applyEvent, MACHINE_EVENTS, type MachineEvent } from "./transitions.ts";

/** EC2's behaviour, written down a second time and in another shape than the table under test. */
const LEGAL: Record<Action, Partial<Record<InstanceState, InstanceState>>> = {
  start: { stopped: "pending" },
  stop: { running: "stopping" },
  "force-stop": { running: "stopping", stopping: "stopping" },
  reboot: { running: "running" },
  terminate: {
    pending: "shutting-down",
    running: "shutting-down",
    stopping: "shutting-down",
    stopped: "shutting-down",
  },
  // F40–F42, F47, F49, F50, F58: only a machine that runs has devices to plug; else the cloud changes its records.
  "attach-volume": { running: "running" },
  "detach-volume": { running: "running" },
  "resize-volume": { running: "running" },
  "grow-file-system": { running: "running" },
  "snapshot-volumes": { running: "running" },
  "limit-volume": { running: "running" },
  "attach-interface": { running: "running" },
  "detach-interface": { running: "running" },
};
const NO_OP: Record<Action, InstanceState[]> = {
  start: ["pending", "running"],
  stop: ["stopping", "stopped"],
  "force-stop": ["stopped"],
  reboot: [],
  terminate: ["shutting-down", "terminated"],
  "attach-volume": [],
  "detach-volume": [],
  "resize-volume": [],
  "grow-file-system": [],
  "snapshot-volumes": [],
  "limit-volume": [],
  "attach-interface": [],
  "detach-interface": [],
};

describe("F14 L2 state × action", () => {
  it("has EC2's codes", () => {
    expect(STATE_CODES).toEqual({
      pending: 0,
      running: 16,
      "shutting-down": 32,
      terminated: 48,
      stopping: 64,
      stopped: 80,
    });
  });

  for (const state of INSTANCE_STATES) {
    for (const action of ACTIONS) {
      const target = LEGAL[action][state];
      if (target !== undefined) {
        it(`${action} in ${state} leads to ${target}`, () => expect(applyAction("i-1", state, action)).toBe(target));
      } else if (NO_OP[action].includes(state)) {
        it(`${action} in ${state} succeeds and changes nothing`, () =>
          expect(applyAction("i-1", state, action)).toBeUndefined());
      } else {
        it(`${action} in ${state} is IncorrectInstanceState`, () => {
          expect(() => applyAction("i-1", state, action)).toThrow(
            expect.objectContaining({ code: "IncorrectInstanceState", details: { instanceId: "i-1", state, action } }),
          );
        });
      }
    }
  }
});

describe("L14 F22 an instance on an instance store", () => {
  it.each(["stop", "force-stop"] as const)("is not stopped: %s", (action) => {
    expect(() => applyAction("i-1", "running", action, "instance-store")).toThrow(
      expect.objectContaining({
        code: "UnsupportedOperation",
        message: "The instance 'i-1' does not have an 'ebs' root device type and cannot be stopped.",
      }),
    );
    expect(() => applyAction("i-1", "terminated", action, "instance-store")).toThrow(
      expect.objectContaining({ code: "IncorrectInstanceState" }),
    );
  });

  it("is otherwise as any", () => {
    for (const state of INSTANCE_STATES) {
      for (const action of ["reboot", "terminate", "attach-volume"] as const) {
        const outcome = (root: "ebs" | "instance-store") => {
          try {
            return applyAction("i-1", state, action, root);
          } catch (error) {
            return (error as Error).message;
          }
        };
        expect(outcome("instance-store")).toBe(outcome("ebs"));
      }
    }
  });
});

describe("L1 state × machine event", () => {
  const MOVES: [InstanceState, MachineEvent, InstanceState][] = [
    ["pending", "came-up", "running"],
    ["pending", "launch-failed", "terminated"],
    ["pending", "start-failed", "stopped"],
    ["pending", "guest-shutdown", "stopping"],
    ["running", "guest-shutdown", "stopping"],
    ["pending", "went-down", "stopped"],
    ["pending", "failed", "stopped"],
    ["running", "went-down", "stopped"],
    ["running", "failed", "stopped"],
    ["stopping", "went-down", "stopped"],
    ["stopping", "failed", "stopped"],
    ["shutting-down", "went-down", "terminated"],
    ["shutting-down", "failed", "terminated"],
  ];
  const instead = (target: InstanceState | undefined) =>
    target === "stopped" ? "terminated" : target === "stopping" ? "shutting-down" : target;
  for (const state of INSTANCE_STATES) {
    for (const event of MACHINE_EVENTS) {
      it(`L14 F32 ${event} in ${state} never stops an instance on an instance store`, () => {
        const target = applyEvent(state, event);
        expect(applyEvent(state, event, "instance-store")).toBe(instead(target));
      });
      it(`F21 ${event} in ${state}, where a guest that powers itself off terminates its instance`, () => {
        const target = applyEvent(state, event);
        const expected = event === "guest-shutdown" ? instead(target) : target;
        expect(applyEvent(state, event, "ebs", "terminate")).toBe(expected);
      });
      const target = MOVES.find(([from, on]) => from === state && on === event)?.[2];
      it(`${event} in ${state} ${target === undefined ? "changes nothing" : `leads to ${target}`}`, () =>
        expect(applyEvent(state, event)).toBe(target));
    }
  }
});
