/**
 * Disks with a boot loader of our own, a few hundred bytes of 16-bit code, for tests of the machine's BIOS: it reads
 * and writes its disk by INT 13h, prints by INT 10h or to the serial port, and takes keys by INT 16h.
 */

const SECTOR = 512;
const CDROM_SECTOR = 2048;
const ORIGIN = 0x7c00;
const BUFFER = 0x8000;
/** What the loader reads from behind itself and prints: it proves that more than its first sector came. */
const MESSAGE_SECTOR = 1;
/** A letter that the loader counts up at each boot, "a" at the first, and writes back. */
const COUNT_SECTOR = 2;
/** Where the loader reads when it is told to break: beyond every disk of a test. */
const BAD_SECTOR = 0x00ffffff;

const SERIAL = { data: 0x3f8, lineStatus: 0x3fd, transmitterEmpty: 0x20 };
const POWER_OFF_PORT = 0x8900;
const VBE_MODE = 0x0103;

export interface BootLoaderOptions {
  readonly message: string;
  /** Prints to the first serial port instead of the screen. */
  readonly serial?: boolean;
  /** Counts its boots on the disk; a CD-ROM cannot. */
  readonly counts?: boolean;
  /** Bytes of the disk's sectors. */
  readonly sectorBytes?: number;
}

type Part = number | { readonly label: string } | { readonly to: string; readonly as: "word" | "byte" | "relative" };

const label = (name: string): Part => ({ label: name });
const address = (name: string): Part => ({ to: name, as: "word" });
const near = (name: string): Part => ({ to: name, as: "byte" });
const far = (name: string): Part => ({ to: name, as: "relative" });
const word = (value: number) => [value & 0xff, (value >> 8) & 0xff];
const text = (value: string) => [...new TextEncoder().encode(value), 0];

/** Two passes: places of labels, then the bytes. */
function assemble(parts: readonly Part[]): number[] {
  const places = new Map<string, number>();
  let at = ORIGIN;
  for (const part of parts) {
    if (typeof part === "number") at++;
    else if ("label" in part) places.set(part.label, at);
    else at += part.as === "byte" ? 1 : 2;
  }
  const bytes: number[] = [];
  for (const part of parts) {
    if (typeof part === "number") bytes.push(part);
    else if ("to" in part) {
      const place = places.get(part.to);
      if (place === undefined) throw new Error(`no label ${part.to}`);
      if (part.as === "word") bytes.push(...word(place));
      else if (part.as === "byte") bytes.push((place - (ORIGIN + bytes.length + 1)) & 0xff);
      else bytes.push(...word((place - (ORIGIN + bytes.length + 2)) & 0xffff));
    }
  }
  return bytes;
}

const print = (what: string): Part[] => [0xbe, address(what), 0xe8, far("print")];

/** INT 13h, extended read (0x42) or write (0x43) of one sector, through a disk address packet; jumps when it fails. */
const transfer = (how: 0x42 | 0x43, packet: string): Part[] => [
  ...[0xbe, address(packet)],
  ...[0xb8, 0x00, how],
  ...[0x8a, 0x16, address("drive")],
  ...[0xcd, 0x13],
  ...[0x0f, 0x82, far("failed")],
];
const packet = (sector: number): Part[] => [0x10, 0, ...word(1), ...word(BUFFER), ...word(0), ...long(sector)];
const long = (value: number) => [...word(value), ...word(value >>> 16), 0, 0, 0, 0];

/** The code of the loader: at most a sector. */
function loader({ serial = false, counts = true }: BootLoaderOptions): number[] {
  const putCharacter: Part[] = serial
    ? [
        ...[0x50, 0xba, ...word(SERIAL.lineStatus)],
        ...[label("busy"), 0xec, 0xa8, SERIAL.transmitterEmpty, 0x74, near("busy")],
        ...[0x58, 0xba, ...word(SERIAL.data), 0xee],
      ]
    : [0xb4, 0x0e, 0xbb, 0x07, 0x00, 0xcd, 0x10];
  const count: Part[] = [
    ...transfer(0x42, "count packet"),
    // The sector is blank at first: "`" and 1 is "a".
    ...[0xa0, ...word(BUFFER), 0x08, 0xc0, 0x75, near("counted"), 0xb0, 0x60],
    ...[label("counted"), 0xfe, 0xc0, 0xa2, ...word(BUFFER), 0xa2, address("count")],
    ...transfer(0x43, "count packet"),
    ...print("boot"),
  ];
  return assemble([
    ...[0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xc0, 0x8e, 0xd0, 0xbc, ...word(ORIGIN), 0xfb, 0xfc],
    ...[0x88, 0x16, address("drive")],
    ...transfer(0x42, "message packet"),
    ...[0xbe, ...word(BUFFER), 0xe8, far("print")],
    ...(counts ? count : []),
    // VBE's "return mode information" of 800 x 600: AX is another one than 004F where there is no such mode.
    ...[0xb8, 0x01, 0x4f, 0xb9, ...word(VBE_MODE), 0xbf, ...word(BUFFER), 0xcd, 0x10],
    ...[0x3d, 0x4f, 0x00, 0x75, near("no vbe")],
    ...print("vbe"),
    label("no vbe"),
    ...print("ready"),
    // Keys: "r" restarts, "p" powers off, "x" reads where no disk is, others are shown.
    label("keys"),
    ...[0x30, 0xe4, 0xcd, 0x16],
    ...[0x3c, 0x72, 0x74, near("restart"), 0x3c, 0x70, 0x74, near("power off"), 0x3c, 0x78, 0x74, near("bad")],
    ...[0xa2, address("key")],
    ...print("pressed"),
    ...[0xeb, near("keys")],
    label("restart"),
    ...[0xb0, 0xfe, 0xe6, 0x64, 0xf4],
    label("power off"),
    ...[0xbe, address("shutdown"), 0xba, ...word(POWER_OFF_PORT)],
    ...[label("letter"), 0xac, 0x08, 0xc0, 0x74, near("off"), 0xee, 0xeb, near("letter")],
    ...[label("off"), 0xf4, 0xeb, near("off")],
    label("bad"),
    ...transfer(0x42, "bad packet"),
    label("failed"),
    ...[0x88, 0xe0, 0x04, 0x41, 0xa2, address("code")],
    ...print("error"),
    ...[0xeb, near("keys")],
    label("print"),
    ...[0xac, 0x08, 0xc0, 0x74, near("printed")],
    ...putCharacter,
    ...[0xeb, near("print")],
    ...[label("printed"), 0xc3],
    ...[label("drive"), 0],
    ...[label("message packet"), ...packet(MESSAGE_SECTOR)],
    ...[label("count packet"), ...packet(COUNT_SECTOR)],
    ...[label("bad packet"), ...packet(BAD_SECTOR)],
    ...[label("boot"), ...text("boot ").slice(0, -1), label("count"), ...text("?\r\n")],
    ...[label("pressed"), ...text("key ").slice(0, -1), label("key"), ...text("?\r\n")],
    ...[label("error"), ...text("error ").slice(0, -1), label("code"), ...text("?\r\n")],
    ...[label("vbe"), ...text("VBE\r\n")],
    ...[label("ready"), ...text("ready\r\n")],
    ...[label("shutdown"), ...text("Shutdown")],
  ]);
}

/** A disk of `sizeBytes` whose first sector is the loader. */
export function bootDisk(options: BootLoaderOptions, sizeBytes = 1 << 20): Uint8Array<ArrayBuffer> {
  const disk = new Uint8Array(sizeBytes);
  const { sectorBytes = SECTOR } = options;
  const code = loader(options);
  if (code.length > SECTOR - 2) throw new Error(`the loader has ${code.length} bytes`);
  disk.set(code);
  disk.set([0x55, 0xaa], SECTOR - 2);
  disk.set(text(options.message), MESSAGE_SECTOR * sectorBytes);
  return disk;
}

const VOLUME_DESCRIPTORS = 16;
const CATALOGUE_SECTOR = 20;
const IMAGE_SECTOR = 24;
const ISO_SECTORS = 64;

/**
 * An ISO 9660 disc (ECMA-119) that boots by El Torito without emulation (El Torito 1.0): the loader is on it. It has no
 * files. `bootable: false` leaves out the boot record.
 */
export function bootIso(options: BootLoaderOptions, { bootable = true } = {}): Uint8Array<ArrayBuffer> {
  const disc = new Uint8Array(ISO_SECTORS * CDROM_SECTOR);
  const sector = (index: number) => disc.subarray(index * CDROM_SECTOR, (index + 1) * CDROM_SECTOR);
  const descriptor = (index: number, type: number) => {
    const bytes = sector(index);
    bytes.set([type, ...new TextEncoder().encode("CD001"), 1]);
    return bytes;
  };
  const primary = descriptor(VOLUME_DESCRIPTORS, 1);
  const view = new DataView(primary.buffer, primary.byteOffset);
  view.setUint32(80, ISO_SECTORS, true);
  view.setUint32(84, ISO_SECTORS, false);
  view.setUint16(128, CDROM_SECTOR, true);
  view.setUint16(130, CDROM_SECTOR, false);
  descriptor(VOLUME_DESCRIPTORS + 2, 255);
  if (!bootable) {
    descriptor(VOLUME_DESCRIPTORS + 1, 255);
    return disc;
  }
  const record = descriptor(VOLUME_DESCRIPTORS + 1, 0);
  record.set(new TextEncoder().encode("EL TORITO SPECIFICATION"), 7);
  new DataView(record.buffer, record.byteOffset).setUint32(0x47, CATALOGUE_SECTOR, true);
  const catalogue = sector(CATALOGUE_SECTOR);
  // Validation entry for x86; its words sum up to zero.
  catalogue.set([1, 0, 0, 0], 0);
  catalogue.set([0x55, 0xaa], 30);
  const entry = new DataView(catalogue.buffer, catalogue.byteOffset);
  let sum = 0;
  for (let at = 0; at < 32; at += 2) sum += entry.getUint16(at, true);
  entry.setUint16(28, -sum & 0xffff, true);
  // Bootable, no emulation, 4 sectors of 512 bytes to load.
  catalogue.set([0x88, 0, 0, 0, 0, 0], 32);
  entry.setUint16(38, CDROM_SECTOR / SECTOR, true);
  entry.setUint32(40, IMAGE_SECTOR, true);
  const boot = bootDisk({ ...options, counts: false, sectorBytes: CDROM_SECTOR }, 4 * CDROM_SECTOR);
  // The loader reads the disc, not its image: what it reads lies at the disc's own sectors.
  disc.set(boot.subarray(0, SECTOR), IMAGE_SECTOR * CDROM_SECTOR);
  sector(MESSAGE_SECTOR).set(text(options.message));
  return disc;
}
