import { describe, expect, it } from "vitest";
import type { BootPhase, BootProgress } from "../../api/types.ts";
import { bootSteps, describeBoot, isBooting } from "./boot.ts";

/** A boot whose phases began 100 ms apart. */
function boot(phases: readonly BootPhase[], rest: Partial<BootProgress> = {}): BootProgress {
  return {
    phases: phases.map((phase, index) => ({ phase, startedAt: new Date(1000 + index * 100) })),
    downloadedBytes: 0,
    downloadTotalBytes: 0,
    ready: false,
    ...rest,
  };
}

const initializing = { state: "initializing", reason: null, impairedSince: null } as const;
const pending = { state: "pending", status: initializing } as const;
const running = { state: "running", status: initializing } as const;
const stopped = { state: "stopped", status: { state: "not-applicable", reason: null, impairedSince: null } } as const;

const summary = (progress: BootProgress | null) => bootSteps(progress).map(({ title, status }) => `${status} ${title}`);

describe("the steps of a boot", () => {
  it("all wait before the first has begun", () => {
    expect(bootSteps(null)).toHaveLength(7);
    expect(bootSteps(null).every(({ status }) => status === "waiting")).toBe(true);
  });

  it("lasts until the next begins", () => {
    const steps = bootSteps(boot(["worker", "wasm"]));
    expect(steps[0]).toEqual({ title: "Start the machine", status: "done", durationMs: 100 });
    expect(steps[1]).toEqual({ title: "Load the processor", status: "active", durationMs: null });
    expect(steps[2]?.status).toBe("waiting");
  });

  it("leaves out what was not needed", () => {
    expect(summary(boot(["worker", "wasm", "bios"])).slice(0, 4)).toEqual([
      "done Start the machine",
      "done Load the processor",
      "active Start the firmware",
      "waiting Start Linux",
    ]);
  });

  it("is done when the guest is ready", () => {
    const steps = summary(boot(["worker", "bios", "kernel", "init", "login"], { ready: true }));
    expect(steps.every((step) => step.startsWith("done"))).toBe(true);
  });
});

describe("a boot in one line", () => {
  it("tells the phase, and the bytes while they come", () => {
    const downloading = boot(["worker", "wasm", "download"], { downloadedBytes: 1024, downloadTotalBytes: 4096 });
    expect(describeBoot({ ...pending, boot: downloading })).toBe("Download the image: 1.0 of 4 KiB");
    expect(describeBoot({ ...running, boot: boot(["worker", "kernel"]) })).toBe("Start Linux");
    expect(describeBoot({ ...pending, boot: null })).toBe("Starting");
  });

  it("is there only while the instance boots", () => {
    expect(isBooting({ ...running, boot: boot([], { ready: true }) })).toBe(false);
    expect(describeBoot({ ...stopped, boot: boot(["worker"]) })).toBeNull();
    expect(describeBoot({ ...running, boot: null })).toBeNull();
    // What boots by a BIOS has nobody to say that it is ready.
    const status = { state: "ok", reason: null, impairedSince: null } as const;
    expect(isBooting({ ...running, status, boot: boot(["worker", "bios", "kernel"]) })).toBe(false);
  });
});
