import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { afterEach, describe, expect, it } from "vitest";
import { bootDisk, bootIso } from "../../../test/support/boot-disk.ts";
import { Cdrom } from "../devices/cdrom.ts";
import { InstanceStoreDisk } from "../devices/instance-store.ts";
import { VirtioBlk } from "../devices/virtio-blk.ts";
import { keyCodes } from "../screen/key-codes.ts";
import { Emulator } from "./emulator.ts";

const require = createRequire(import.meta.url);
const FIRMWARE = new URL("../../../images/tiny/dist/", import.meta.url);
const DISK_BYTES = 1 << 20;
/** The last disk's place, "vdz", and one where v86 has its VGA: both must be free. */
const SLOTS = { vda: 5, vdn: 18, vdz: 30 };
const LOOK_MS = 20;

const machines: Emulator[] = [];

afterEach(() => {
  for (const machine of machines.splice(0)) machine.dispose();
});

interface Parts {
  readonly disk?: Uint8Array;
  readonly iso?: Uint8Array;
  /** Reads of the CD fail from here on. */
  readonly badFrom?: number;
  readonly iops?: number;
}

async function setUp({ disk, iso, badFrom = Number.POSITIVE_INFINITY, iops }: Parts) {
  const module = await WebAssembly.compile(await readFile(require.resolve("v86/build/v86.wasm")));
  const seen: string[] = [];
  let serial = "";
  const emulator = await Emulator.create({
    module,
    memoryMiB: 32,
    bios: {
      bootLoader: () => seen.push("boot loader"),
      notBootable: () => seen.push("not bootable"),
      hasCdrom: iso !== undefined,
    },
    events: {
      serialByte: (byte) => {
        serial += String.fromCharCode(byte);
      },
      powerOff: () => seen.push("power-off"),
      reset: () => seen.push("reset"),
      halted: () => seen.push("halted"),
      failed: (error) => seen.push(`failed: ${error}`),
    },
  });
  machines.push(emulator);
  const { createDevice } = emulator;
  const onError = (error: unknown) => seen.push(String(error));
  const root = new InstanceStoreDisk(disk?.byteLength ?? DISK_BYTES);
  if (disk !== undefined) await root.write(0, disk);
  for (const device of ["vda", "vdn", "vdz"] as const) {
    const content = device === "vda" ? root : new InstanceStoreDisk(DISK_BYTES);
    new VirtioBlk({ createDevice, slot: SLOTS[device], device, serial: device, disk: content, onError });
  }
  if (iso !== undefined) {
    const read = async (offset: number, length: number) => {
      if (offset + length > badFrom) throw new Error("worn out");
      return iso.slice(offset, offset + length);
    };
    new Cdrom({
      disk: { sizeBytes: iso.byteLength, read },
      insert: (medium) => emulator.insertCdrom(medium),
      onError,
      ...(iops === undefined ? {} : { limits: { iops, bytesPerSecond: null } }),
    });
  }
  const firmware = async (name: string) => new Uint8Array(await readFile(new URL(name, FIRMWARE)));
  const program = {
    mode: "legacy-bios" as const,
    bios: await firmware("bios.bin"),
    vgaBios: await firmware("vgabios.bin"),
  };
  const boot = () => {
    emulator.boot(program);
    emulator.scheduler.start();
  };
  boot();
  const screen = () => {
    const now = emulator.readScreen();
    if (now === undefined || now === "graphics") return String(now);
    const line = (row: number) =>
      String.fromCharCode(...now.cells.subarray(row * now.columns, (row + 1) * now.columns).map((cell) => cell & 0xff));
    return Array.from({ length: now.rows }, (_, row) => line(row).replaceAll("\0", " ").trimEnd())
      .join("\n")
      .trimEnd();
  };
  const until = async (condition: () => boolean) => {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  };
  const type = (text: string) => {
    for (const code of keyCodes(text).flat()) emulator.keyboard.kbd_send_code(code);
  };
  return { emulator, root, seen, boot, screen, until, type, serial: () => serial };
}

describe("M13 a machine that boots by a BIOS", () => {
  it("starts the boot loader on its virtio disk, which reads more, writes, and takes keys", async () => {
    const { screen, until, type, seen, root } = await setUp({ disk: bootDisk({ message: "hello from the disk\r\n" }) });
    await until(() => screen().includes("ready"));
    expect(screen().split("\n").slice(-3)).toEqual(["hello from the disk", "boot a", "ready"]);
    expect(seen).toEqual(["boot loader"]);
    expect(root.readCached(1024, 512)?.[0]).toBe("a".charCodeAt(0));
    type("q");
    await until(() => screen().includes("key q"));
  });

  it("boots again after a reset, finds what it had written, and powers off", async () => {
    const { screen, until, type, seen, boot, emulator } = await setUp({ disk: bootDisk({ message: "hello\r\n" }) });
    await until(() => screen().includes("boot a") && screen().includes("ready"));
    type("r");
    await until(() => seen.includes("reset"));
    await emulator.scheduler.stop();
    boot();
    await until(() => screen().includes("boot b") && screen().includes("ready"));
    type("p");
    await until(() => seen.includes("power-off"));
  });

  it("gives a read outside of the disk back as an error", async () => {
    const { screen, until, type } = await setUp({ disk: bootDisk({ message: "hello\r\n" }) });
    await until(() => screen().includes("ready"));
    type("x");
    await until(() => screen().includes("error"));
    expect(screen()).not.toContain("error A");
  });

  it("starts a CD when the disk has no boot loader, however slow the CD is", async () => {
    const { screen, until, serial } = await setUp({
      iso: bootIso({ message: "hello from the CD\r\n", serial: true }),
      iops: 20,
    });
    await until(() => serial().includes("ready"));
    expect(serial()).toContain("hello from the CD");
    expect(screen()).toContain("Booting from DVD/CD...");
  });

  it("says so when nothing is bootable, and goes on", async () => {
    const { screen, until, seen } = await setUp({});
    await until(() => screen().includes("No bootable device."));
    expect(seen).toEqual(["not bootable"]);
  });

  it("M15 is the only one with a drive: a CD for a machine that enters its kernel is refused", async () => {
    const module = await WebAssembly.compile(await readFile(require.resolve("v86/build/v86.wasm")));
    const nothing = () => {};
    const events = { serialByte: nothing, powerOff: nothing, reset: nothing, halted: nothing, failed: nothing };
    const emulator = await Emulator.create({ module, memoryMiB: 32, events });
    machines.push(emulator);
    const medium = { sizeBytes: 2048, read: async () => new Uint8Array(2048) };
    expect(() => emulator.insertCdrom(medium)).toThrow(expect.objectContaining({ code: "UnsupportedOperation" }));
  });

  it("M15 has a CD's bad sector as an error, not as data", async () => {
    const iso = bootIso({ message: "hello\r\n" });
    // The boot catalogue comes after it.
    const { screen, until, seen } = await setUp({ iso, badFrom: 20 * 2048 });
    await until(() => screen().includes("No bootable device."));
    expect(screen()).toContain("Boot failed: Could not read from CDROM");
    expect(seen).toContain("Error: worn out");
  });
});
