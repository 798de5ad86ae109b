import { describe, expect, it } from "vitest";
import type { GuestProgram, GuestProgramResult } from "./agent/guest-program.ts";
import { GuestDisks } from "./guest-disks.ts";
import { IN_USE } from "./guest-scripts.ts";

function setUp(result: Partial<GuestProgramResult>, during: (program: GuestProgram) => void = () => {}) {
  const programs: GuestProgram[] = [];
  const guest = new GuestDisks(async (program) => {
    programs.push(program);
    during(program);
    return { exitCode: 0, signal: null, timedOut: false, stdout: "", stderr: "", ...result };
  });
  return { guest, programs };
}

describe("the guest's side of disks", () => {
  it("names a disk by its PCI address", async () => {
    const { guest, programs } = setUp({ stdout: "vdb\n" });
    expect(await guest.rescan(0x1e)).toBe("vdb");
    expect(programs[0]?.command.slice(3)).toEqual(["sh", "0000:00:1e.0"]);
    expect(await setUp({ exitCode: 1 }).guest.rescan(6)).toBeUndefined();
  });

  it("F40 gives the guest's names, which need not be in the order of the slots", async () => {
    const { guest } = setUp({ stdout: "0000:00:0a.0 vdb\n0000:00:06.0 vdc\n" });
    expect(await guest.names([6, 7, 0x0a])).toEqual(
      new Map([
        [6, "vdc"],
        [0x0a, "vdb"],
      ]),
    );
  });

  it("F41 reads what a disk is used by, with its mount points as they are", async () => {
    const stdout = "mount /mnt/a\\040b\\134c\nmount /x\nswap /dev/vdb2\nholder dm-0\nprocess 77\n";
    expect(await setUp({ exitCode: IN_USE, stdout }).guest.release(6)).toEqual({
      mountPoints: ["/mnt/a b\\c", "/x"],
      swaps: ["/dev/vdb2"],
      holders: ["dm-0"],
      processes: ["77"],
    });
    expect(await setUp({}).guest.release(6)).toBeUndefined();
    await expect(setUp({ exitCode: 2, stderr: "oh\nno space\n" }).guest.release(6)).rejects.toMatchObject({
      code: "Volume.ReleaseFailed",
      message: expect.stringContaining("no space"),
    });
  });

  it("F42 tells what has grown", async () => {
    const { guest } = setUp({ stdout: "ext4 100 4096 200 4096 /mnt/a\\040b\n" });
    expect(await guest.grow(6)).toEqual({
      fileSystems: [{ mountPoint: "/mnt/a b", type: "ext4", beforeBytes: 409_600, afterBytes: 819_200 }],
    });
    await expect(setUp({ exitCode: 1, stderr: "not an ext4" }).guest.grow(6)).rejects.toMatchObject({
      code: "Volume.GrowFailed",
    });
  });

  it("F49 acts once while frozen, then ends the program's input", async () => {
    let frozen = 0;
    let ended = false;
    const { guest } = setUp({ stdout: "frozen\nthawed\n" }, ({ onStdout, stdin }) => {
      void stdin
        ?.getReader()
        .read()
        .then(({ done }) => {
          ended = done;
        });
      onStdout?.("fro");
      expect(frozen).toBe(0);
      onStdout?.("frozen\n");
      onStdout?.("frozen\nthawed\n");
    });
    await guest.freeze([5, 6], () => {
      frozen++;
    });
    expect([frozen, ended]).toEqual([1, true]);
  });

  it("F49 is not content when it cannot freeze, or was thawed by somebody else meanwhile", async () => {
    for (const result of [
      { exitCode: 1, stderr: "/mnt: busy" },
      { exitCode: 1, stdout: "frozen\n" },
    ]) {
      await expect(setUp(result).guest.freeze([6], () => {})).rejects.toMatchObject({ code: "Volume.FreezeFailed" });
    }
  });
});
