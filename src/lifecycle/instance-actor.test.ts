import { beforeEach, describe, expect, it } from "vitest";
import { FakeClock, settle } from "../../test/support/fake-clock.ts";
import { imageManifest } from "../../test/support/image-manifest.ts";
import { CloudError } from "../base/errors.ts";
import { encodeError } from "../protocol/error-codec.ts";
import type { MachineSpec } from "../protocol/vm-contract.ts";
import { SimulatedMachines } from "../simulation/simulated-machine.ts";
import type { ActorState, Recovery } from "./actor-options.ts";
import { InstanceActor } from "./instance-actor.ts";
import { type Reason, reasons } from "./reasons.ts";

const GRACE_MS = 30_000;
const SPEC = { instanceId: "i-1", image: { url: "", manifest: imageManifest() } } as MachineSpec;

let clock: FakeClock;
let machines: SimulatedMachines;
let stored: ActorState[];
let released: number;
let failPersist: CloudError | undefined;
let failRelease: CloudError | undefined;
let refuse: CloudError | undefined;
let behavior: "stop" | "terminate";
let recovery: ((failure: Reason) => Recovery | undefined) | undefined;

beforeEach(() => {
  clock = new FakeClock();
  machines = new SimulatedMachines();
  stored = [];
  released = 0;
  failPersist = undefined;
  failRelease = undefined;
  refuse = undefined;
  behavior = "stop";
  recovery = undefined;
});

function actor(state: ActorState["state"] = "pending"): InstanceActor {
  return new InstanceActor({
    id: "i-1",
    initial: { state, stateReason: null, transitionReason: "" },
    machines,
    clock,
    graceMs: GRACE_MS,
    admit() {
      if (refuse !== undefined) throw refuse;
    },
    spec: async () => SPEC,
    async persist(next) {
      if (failPersist !== undefined && next.state === "running") throw failPersist;
      stored.push(next);
    },
    shutdownBehavior: () => behavior,
    recover: (failure) => recovery?.(failure),
    async release() {
      if (failRelease !== undefined) throw failRelease;
      released++;
    },
  });
}

async function running(): Promise<InstanceActor> {
  const it = actor();
  it.launch();
  await settle();
  expect(it.state).toBe("running");
  return it;
}

const storedStates = () => stored.map(({ state }) => state);

describe("launch and start", () => {
  it("F14 goes from pending to running, and is ok when the agent answers", async () => {
    machines.readyAtOnce = false;
    const it = await running();
    expect(it.status).toMatchObject({ state: "initializing", reason: null });
    machines.last.hear({ type: "ready", agentVersion: 1 });
    expect(it.status.state).toBe("ok");
    expect(it.boot?.ready).toBe(true);
    expect(storedStates()).toEqual(["running"]);
  });

  it("F14 L9 a launch whose machine cannot be had is terminated, with the reason, and its volume released", async () => {
    machines.failWith = new CloudError("InsufficientInstanceCapacity", "no memory left");
    const it = actor();
    it.launch();
    await settle();
    expect(it.current).toMatchObject({ state: "terminated", stateReason: { code: "InsufficientInstanceCapacity" } });
    expect(released).toBe(1);
  });

  it("L9 a later start that fails leaves it stopped, with the reason, and the volume kept", async () => {
    machines.failWith = new CloudError("Image.ChunkUnavailable", "gone");
    const it = actor("stopped");
    await it.start();
    await settle();
    expect(it.current).toMatchObject({ state: "stopped", stateReason: { code: "Image.ChunkUnavailable" } });
    expect(released).toBe(0);
  });

  it("L3 start is pending when the call returns and stored when it resolves", async () => {
    const it = actor("stopped");
    const started = it.start();
    expect(it.state).toBe("pending");
    await started;
    expect(storedStates()).toEqual(["pending"]);
    await settle();
    expect(storedStates()).toEqual(["pending", "running"]);
  });

  it("F69 a start that the limits forbid throws and changes nothing", async () => {
    refuse = new CloudError("InstanceLimitExceeded", "too many");
    const it = actor("stopped");
    await expect(it.start()).rejects.toMatchObject({ code: "InstanceLimitExceeded" });
    expect(it.state).toBe("stopped");
    expect(stored).toEqual([]);
  });

  it("F16 starting what runs succeeds and changes nothing", async () => {
    const it = await running();
    await it.start();
    expect(machines.started).toHaveLength(1);
  });

  it("L12 a running state that cannot be stored brings the machine down and says why", async () => {
    failPersist = new CloudError("Store.QuotaExceeded", "full");
    const it = actor();
    it.launch();
    await settle();
    expect(machines.last.disposed).toBe(true);
    expect(it.current.stateReason?.code).toBe("Store.QuotaExceeded");
  });
});

describe("stop", () => {
  it("F15 L4 asks the guest and is stopped when it has powered off", async () => {
    const it = await running();
    await it.stop();
    await settle();
    expect(machines.last.calls).toEqual(["shutdown"]);
    expect(machines.last.disposed).toBe(true);
    expect(it.current).toMatchObject({
      state: "stopped",
      stateReason: { code: "Client.UserInitiatedShutdown" },
      transitionReason: "User initiated (2026-01-01 00:00:00 GMT)",
    });
    expect(it.status.state).toBe("not-applicable");
    expect(storedStates()).toEqual(["running", "stopping", "stopped"]);
  });

  it("F15 L4 cuts the power of a guest that does not obey, after the grace time and not before", async () => {
    const it = await running();
    machines.last.obeys = false;
    const stopping = it.stop();
    await clock.advance(GRACE_MS - 1);
    expect(it.state).toBe("stopping");
    expect(machines.last.calls).toEqual(["shutdown"]);
    await clock.advance(1);
    await stopping;
    expect(machines.last.calls).toEqual(["shutdown", "powerOff"]);
    expect(it.state).toBe("stopped");
  });

  it("L4 cuts the power at once without an agent, and when forced", async () => {
    machines.readyAtOnce = false;
    const silent = await running();
    await silent.stop();
    expect(machines.last.calls).toEqual(["powerOff"]);
    machines.readyAtOnce = true;
    const it = await running();
    await it.stop(true);
    expect(machines.last.calls).toEqual(["powerOff"]);
    expect(it.state).toBe("stopped");
  });

  it("F15 a forced stop overtakes an orderly one that hangs", async () => {
    const it = await running();
    machines.last.obeys = false;
    const orderly = it.stop();
    await settle();
    await it.stop(true);
    expect(it.state).toBe("stopped");
    await orderly;
    expect(machines.last.calls).toEqual(["shutdown", "powerOff"]);
  });

  it("L8 a power-off that fails is told, and the instance is stopped all the same", async () => {
    const it = await running();
    machines.last.powerOffError = new CloudError("Store.QuotaExceeded", "the last writes could not be kept");
    await it.stop(true);
    expect(it.current).toMatchObject({ state: "stopped", stateReason: { code: "Store.QuotaExceeded" } });
  });
});

describe("reboot", () => {
  it("F17 L5 keeps running and resolves when the guest restarts", async () => {
    const it = await running();
    await it.reboot();
    expect(machines.last.calls).toEqual(["reboot"]);
    expect(it.state).toBe("running");
    expect(it.status.state).toBe("initializing");
  });

  it("F17 L5 resets a guest that does not go down", async () => {
    const it = await running();
    machines.last.obeys = false;
    const rebooting = it.reboot();
    await clock.advance(GRACE_MS);
    await rebooting;
    expect(machines.last.calls).toEqual(["reboot", "reset"]);
    expect(it.state).toBe("running");
  });
});

describe("terminate", () => {
  it("F18 L6 shuts down, releases the volume, is terminated; a second time is a success", async () => {
    const it = await running();
    await it.terminate();
    await settle();
    expect(machines.last.calls).toEqual(["shutdown"]);
    expect(released).toBe(1);
    expect(storedStates()).toEqual(["running", "shutting-down", "terminated"]);
    await it.terminate();
    expect(released).toBe(1);
  });

  it("F14 L6 gives up a start that is under way", async () => {
    machines.hold = new Promise(() => {});
    const it = actor();
    it.launch();
    await settle();
    await it.terminate();
    await settle();
    expect(it.current).toMatchObject({ state: "terminated", stateReason: { code: "Client.UserInitiatedShutdown" } });
    expect(released).toBe(1);
    expect(machines.started).toEqual([]);
  });

  it("L6 works on a stopped instance and overtakes a stop", async () => {
    const stopped = actor("stopped");
    await stopped.terminate();
    expect(stopped.state).toBe("terminated");
    const it = await running();
    machines.last.obeys = false;
    const stopping = it.stop();
    await settle();
    const terminating = it.terminate();
    await clock.advance(GRACE_MS);
    await Promise.all([stopping, terminating]);
    expect(it.state).toBe("terminated");
    expect(released).toBe(2);
  });

  it("L6 is not terminated while the volume is still there", async () => {
    failRelease = new CloudError("Store.Failed", "cannot delete");
    const it = actor("stopped");
    await expect(it.terminate()).rejects.toMatchObject({ code: "Store.Failed" });
    expect(it.state).toBe("shutting-down");
  });

  it("L10 a termination that an earlier page began is finished", async () => {
    const it = actor("shutting-down");
    await it.finishTermination();
    expect(it.state).toBe("terminated");
    expect(released).toBe(1);
  });
});

describe("what the machine does by itself", () => {
  it("F21 L7 a guest that powers itself off stops its instance", async () => {
    const it = await running();
    machines.last.hear({ type: "powered-off" });
    await settle();
    expect(it.current).toMatchObject({
      state: "stopped",
      stateReason: { code: "Client.InstanceInitiatedShutdown" },
      transitionReason: "Instance initiated (2026-01-01 00:00:00 GMT)",
    });
    expect(storedStates()).toEqual(["running", "stopping", "stopped"]);
    expect(machines.last.calls).toEqual([]);
  });

  it("F21 L7 … or terminates it, where that is its behavior: it is shutting down until its volumes are gone", async () => {
    behavior = "terminate";
    const it = await running();
    machines.last.hear({ type: "powered-off" });
    expect(it.state).toBe("shutting-down");
    expect(machines.last.disposed).toBe(true);
    await settle();
    expect(it.current).toMatchObject({
      state: "terminated",
      stateReason: { code: "Client.InstanceInitiatedShutdown" },
    });
    expect(storedStates()).toEqual(["running", "shutting-down", "terminated"]);
    expect(released).toBe(1);
  });

  it("F21 the behavior is no matter of a stop that was asked for", async () => {
    behavior = "terminate";
    const it = await running();
    await it.stop();
    await settle();
    expect(it.current).toMatchObject({ state: "stopped", stateReason: { code: "Client.UserInitiatedShutdown" } });
    expect(released).toBe(0);
  });

  it("F15 F20 L7 halt impairs the instance and does not stop it", async () => {
    const it = await running();
    machines.last.hear({ type: "halted" });
    await settle();
    expect(it.state).toBe("running");
    expect(it.status).toMatchObject({ state: "impaired", reason: { code: "Client.GuestHalted" } });
  });

  it("F08 L8 a worker that dies stops the instance visibly and keeps the disk", async () => {
    const it = await running();
    machines.last.hear({
      type: "failed",
      error: encodeError(new CloudError("Server.InternalError", "the worker was killed")),
    });
    await settle();
    expect(it.current).toMatchObject({ state: "stopped", stateReason: { code: "Server.InternalError" } });
    expect(released).toBe(0);
    await it.start();
    await settle();
    expect(it.current).toMatchObject({ state: "running", stateReason: null });
  });

  it("F08 L8 a panic says what the kernel said, and the disk error before it", async () => {
    const it = await running();
    const error = encodeError(new CloudError("Image.ChunkUnavailable", "chunk 3 is missing"));
    machines.last.hear({ type: "volume-error", volumeId: "vol-1", error });
    expect(it.status).toMatchObject({ state: "impaired", reason: { code: "Image.ChunkUnavailable" } });
    machines.last.hear({ type: "panicked", message: "Kernel panic - not syncing: VFS" });
    await settle();
    expect(it.state).toBe("stopped");
    expect(it.current.stateReason?.message).toMatch(/VFS.*chunk 3 is missing/);
  });

  it("L8 an instance that is being terminated goes on there when its worker dies", async () => {
    const it = await running();
    machines.last.obeys = false;
    const terminating = it.terminate();
    await settle();
    machines.last.hear({ type: "failed", error: encodeError(new CloudError("Server.InternalError", "died")) });
    await terminating;
    await settle();
    expect(it.current).toMatchObject({ state: "terminated", stateReason: { code: "Client.UserInitiatedShutdown" } });
    expect(released).toBe(1);
  });

  it("L1 events of an earlier machine change nothing", async () => {
    const it = await running();
    const old = machines.last;
    await it.stop(true);
    await it.start();
    await settle();
    old.hear({ type: "powered-off" });
    await settle();
    expect(it.state).toBe("running");
  });
});

describe("L18 recovery", () => {
  const died = () =>
    machines.last.hear({ type: "failed", error: encodeError(new CloudError("Server.InternalError", "died")) });
  const startsAgain = (failure: Reason) => ({ startsAgain: true, reason: reasons.recovered(failure) });

  it("F08 starts again when its worker died, and goes on telling why", async () => {
    recovery = startsAgain;
    const it = await running();
    died();
    await settle();
    expect(storedStates()).toEqual(["running", "stopped", "pending", "running"]);
    expect(it.current.stateReason).toMatchObject({
      code: "Server.AutomaticRecovery",
      message: expect.stringContaining("died"),
    });
    expect(machines.started).toHaveLength(2);
    await it.stop();
    await it.start();
    await settle();
    expect(it.current.stateReason).toBe(null);
  });

  it("stays stopped with the reason when it has started again too often", async () => {
    recovery = (failure) => ({ startsAgain: false, reason: reasons.recoveredTooOften(failure, 3, 10) });
    const it = await running();
    died();
    await settle();
    expect(it.current).toMatchObject({ state: "stopped", stateReason: { code: "Server.AutomaticRecoveryGivenUp" } });
  });

  it("is tried again when the machine cannot be had, as often as it may be", async () => {
    let tries = 0;
    recovery = (failure) =>
      ++tries <= 3 ? startsAgain(failure) : { startsAgain: false, reason: reasons.recoveredTooOften(failure, 3, 10) };
    const it = await running();
    machines.failWith = new CloudError("Image.ChunkUnavailable", "the server is gone");
    died();
    await settle();
    await settle();
    expect(tries).toBe(4);
    expect(it.current).toMatchObject({
      state: "stopped",
      stateReason: { code: "Server.AutomaticRecoveryGivenUp", message: expect.stringContaining("the server is gone") },
    });
    machines.failWith = undefined;
    await it.start();
    await settle();
    expect(it.state).toBe("running");
  });

  it("stays stopped when there is no room, and says so", async () => {
    recovery = startsAgain;
    const it = await running();
    refuse = new CloudError("InstanceLimitExceeded", "too many");
    died();
    await settle();
    expect(it.current).toMatchObject({ state: "stopped", stateReason: { code: "InstanceLimitExceeded" } });
    expect(it.current.stateReason?.message).toMatch(/too many.*died/);
  });

  it.each<[string, (it: InstanceActor) => Promise<void>]>([
    ["a guest that powers itself off", async () => machines.last.hear({ type: "powered-off" })],
    ["a kernel that panics", async () => machines.last.hear({ type: "panicked", message: "Kernel panic" })],
    ["a stop", (it) => it.stop()],
    ["the end of the page", (it) => it.shutOff(reasons.pageClosed)],
  ])("does not follow %s", async (_, end) => {
    recovery = startsAgain;
    const it = await running();
    await end(it);
    await settle();
    expect(it.state).toBe("stopped");
    expect(machines.started).toHaveLength(1);
  });

  it("does not follow a machine that fails while the page ends", async () => {
    recovery = startsAgain;
    const it = await running();
    machines.last.powerOffError = new CloudError("Store.QuotaExceeded", "full");
    await it.shutOff(reasons.pageClosed);
    await settle();
    expect(it.state).toBe("stopped");
  });

  it("L10 begins after a reload of the page, when it is told to", async () => {
    recovery = startsAgain;
    const it = actor("stopped");
    await it.recover(reasons.pageClosed);
    expect(it.state).toBe("pending");
    await settle();
    expect(it.current).toMatchObject({ state: "running", stateReason: { code: "Server.AutomaticRecovery" } });
  });
});

describe("console", () => {
  it("F07 L11 keeps the last 64 KiB after the machine is gone", async () => {
    const it = await running();
    machines.last.print("x".repeat(70_000));
    machines.last.print("the end");
    await settle();
    await it.stop(true);
    expect(it.console.history()).toHaveLength(65_536);
    expect(it.console.history().endsWith("the end")).toBe(true);
  });
});

describe("console listeners", () => {
  it("hold the output back until they have taken it, or have gone", async () => {
    const it = await running();
    const heard: string[] = [];
    let take = () => {};
    const slow = it.console.onData((text) => {
      heard.push(text);
      return new Promise<void>((resolve) => {
        take = resolve;
      });
    });
    machines.last.print("one ");
    machines.last.print("two ");
    machines.last.print("three");
    await settle();
    expect(heard).toEqual(["one "]);
    take();
    await settle();
    expect(heard).toEqual(["one ", "two "]);
    slow.dispose();
    await settle();
    expect(it.console.history()).toBe("one two three");
  });
});

describe("waitFor", () => {
  it("rejects with RequestTimeout, and leaves no timer behind when it succeeds", async () => {
    const it = await running();
    const waiting = it.waitFor(
      () => it.state === "stopped",
      () => undefined,
      1000,
      "stopped",
    );
    const outcome = expect(waiting).rejects.toMatchObject({ code: "RequestTimeout" });
    await clock.advance(1000);
    await outcome;
    await it.waitFor(
      () => true,
      () => undefined,
      1000,
      "anything",
    );
    expect(clock.pendingTimers).toBe(0);
  });
});
