import { describe, expect, it } from "vitest";
import { bootDisk, bootIso } from "../../../test/support/boot-disk.ts";
import { findBootLoader } from "./boot-loader.ts";

const MESSAGE = { message: "hello" };

const look = (bytes: Uint8Array) =>
  findBootLoader({
    sizeBytes: bytes.byteLength,
    read: async (offset: number, length: number) => {
      if (offset + length > bytes.byteLength) throw new RangeError("outside of the disk");
      return bytes.slice(offset, offset + length) as Uint8Array<ArrayBuffer>;
    },
  });

describe("I15 what a BIOS finds to boot from", () => {
  it("is a boot sector", async () => {
    expect(await look(bootDisk(MESSAGE))).toBe("boot-sector");
    expect(await look(bootDisk(MESSAGE).slice(0, 512))).toBe("boot-sector");
  });

  it("is a CD's boot record, also of a disc that is a disk too", async () => {
    expect(await look(bootIso(MESSAGE))).toBe("el-torito");
    const hybrid = bootIso(MESSAGE);
    hybrid.set([0x55, 0xaa], 510);
    expect(await look(hybrid)).toBe("el-torito");
  });

  it("is nothing on a CD without a boot record, or with one for other machines", async () => {
    expect(await look(bootIso(MESSAGE, { bootable: false }))).toBe("iso9660");
    const efi = bootIso(MESSAGE);
    efi[20 * 2048 + 1] = 0xef;
    expect(await look(efi)).toBe("iso9660");
    efi.set([0x55, 0xaa], 510);
    expect(await look(efi)).toBe("boot-sector");
  });

  it("is nothing on a blank disk, a very small one, or a disc that was cut off", async () => {
    expect(await look(new Uint8Array(1 << 20))).toBeNull();
    expect(await look(new Uint8Array(512))).toBeNull();
    expect(await look(bootIso(MESSAGE).slice(0, 20 * 2048))).toBe("iso9660");
  });
});
