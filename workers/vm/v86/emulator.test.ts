import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { VirtioDeviceOptions } from "../devices/virtio-types.ts";
import type { LinuxKernel } from "./bzimage.ts";
import { Emulator, V86_VERSION } from "./emulator.ts";
import { JIT } from "./jit-settings.ts";

const require = createRequire(import.meta.url);
const LOAD_ADDRESS = 0x100000;
const HLT_FOREVER = [0xfa, 0xf4];

const machines: Emulator[] = [];

afterEach(() => {
  for (const machine of machines.splice(0)) machine.dispose();
});

async function setUp(memoryMiB = 32, jit = JIT) {
  const module = await WebAssembly.compile(await readFile(require.resolve("v86/build/v86.wasm")));
  const seen: string[] = [];
  const waiting = new Map<string, () => void>();
  const happened = (what: string) => {
    seen.push(what);
    waiting.get(what)?.();
  };
  let serial = "";
  const emulator = await Emulator.create({
    module,
    memoryMiB,
    jit,
    events: {
      serialByte: (byte) => {
        serial += String.fromCharCode(byte);
      },
      powerOff: () => happened("power-off"),
      reset: () => happened("reset"),
      halted: () => happened("halted"),
      failed: (error) => happened(`failed: ${error}`),
    },
  });
  machines.push(emulator);
  const until = (what: string) =>
    new Promise<void>((resolve) => {
      if (seen.includes(what)) resolve();
      else waiting.set(what, resolve);
    });
  /** Runs a program in place of a kernel. */
  const run = (code: number[]) => {
    emulator.boot({ mode: "kernel", kernel: kernelOf(code), commandLine: "" });
    emulator.scheduler.start();
  };
  return { emulator, seen, until, run, serial: () => serial };
}

function kernelOf(code: number[]): LinuxKernel {
  const setupHeader = new Uint8Array(0x80);
  // cmdline_size, at 0x238 of the boot parameters.
  setupHeader[0x238 - 0x1f1] = 0xff;
  const bytes = Uint8Array.from(code);
  return {
    setupHeader,
    segments: [{ address: LOAD_ADDRESS, bytes, memoryBytes: bytes.byteLength }],
    entry: LOAD_ADDRESS,
  };
}

/** mov dx, port ; then mov al, byte ; out dx, al for each. */
const outBytes = (port: number, text: string) => [
  ...[0x66, 0xba, port & 0xff, port >> 8],
  ...[...text].flatMap((letter) => [0xb0, letter.charCodeAt(0), 0xee]),
];
/** mov edx, port ; in eax, dx ; mov [address], eax */
const inLong = (port: number, address: number) => [0xba, ...u32(port), 0xed, 0xa3, ...u32(address)];
/** mov edx, port ; mov eax, value ; out dx, eax (al, ax) */
const outLong = (port: number, value: number) => [0xba, ...u32(port), 0xb8, ...u32(value), 0xef];
const outByte = (port: number, value: number) => [0xba, ...u32(port), 0xb0, value, 0xee];
const u32 = (value: number) => [value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, value >>> 24];

describe("Emulator: v86 as we reach into it", () => {
  it("is written against the version that is installed", async () => {
    const { version } = JSON.parse(await readFile(require.resolve("v86/package.json"), "utf8"));
    expect(version.split("+")[0]).toBe(V86_VERSION);
  });

  it("enters a kernel in 32-bit mode, without a BIOS, with the boot parameters in ESI", async () => {
    const { run, until, emulator, seen } = await setUp();
    // mov [0x200000], esi
    run([0x89, 0x35, ...u32(0x200000), ...HLT_FOREVER]);
    await until("halted");
    expect(seen).toEqual(["halted"]);
    const params = emulator.memory.read32(0x200000);
    // e820: three entries, the last one is the memory above 1 MiB.
    expect(emulator.memory.view(params + 0x1e8, 1)[0]).toBe(3);
    expect(emulator.memory.read32(params + 0x2d0 + 40)).toBe(0x100000);
    expect(emulator.memory.read32(params + 0x2d0 + 48)).toBe(31 << 20);
  });

  it("hears the serial port, and a power-off through port 0x8900 before the halt that follows", async () => {
    const { run, until, serial, seen } = await setUp();
    run([...outBytes(0x3f8, "hello"), ...outBytes(0x8900, "ShutShutdown"), ...HLT_FOREVER]);
    await until("power-off");
    expect([serial(), seen]).toEqual(["hello", ["power-off"]]);
  });

  it("hears a reset through the keyboard controller and through port 0xCF9, and boots again", async () => {
    const { run, until, seen, emulator } = await setUp();
    run([...outByte(0x64, 0xfe), ...HLT_FOREVER]);
    await until("reset");
    await emulator.scheduler.stop();
    run([...outByte(0xcf9, 2), ...outByte(0xcf9, 6), ...HLT_FOREVER]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    run([...HLT_FOREVER]);
    await until("halted");
    expect(seen).toEqual(["reset", "reset", "halted"]);
  });

  it("reads guest memory that a program wrote, with code compiled and interpreted", async () => {
    for (const synchronous of [false, true]) {
      const { run, until, emulator } = await setUp(32, { ...JIT, synchronous });
      // mov ecx, 20000000 ; xor eax, eax ; l: add eax, ecx ; dec ecx ; jnz l ; mov [0x200000], eax
      run([0xb9, ...u32(20_000_000), 0x31, 0xc0, 0x01, 0xc8, 0x49, 0x75, 0xfb, 0xa3, ...u32(0x200000), ...HLT_FOREVER]);
      await until("halted");
      expect(emulator.memory.read32(0x200000)).toBe(Number(((20_000_000n * 20_000_001n) / 2n) % 2n ** 32n));
    }
  });

  it("puts our device on the PCI bus, with an interrupt of its own, and takes v86's off", async () => {
    const { run, until, emulator, device } = await withDevice();
    const config = (slot: number, register: number) => 0x80000000 + (slot << 11) + register;
    const read = (slot: number, register: number, to: number) => [
      ...outLong(0xcf8, config(slot, register)),
      ...inLong(0xcfc, to),
    ];
    run([
      ...read(5, 0, 0x200000),
      ...read(5, 8, 0x200004),
      ...read(5, 0x3c, 0x200008),
      ...read(0x0a, 0, 0x20000c),
      ...read(0x12, 0, 0x200010),
      ...read(0x1e, 0, 0x200014),
      // Writes to a device that is not there.
      ...outLong(0xcf8, config(9, 4)),
      ...outLong(0xcfc, 7),
      ...HLT_FOREVER,
    ]);
    await until("halted");
    const results = [0, 4, 8, 12, 16, 20].map((offset) => emulator.memory.read32(0x200000 + offset) >>> 0);
    expect(results).toEqual([0x10421af4, 0x01000001, 0x0105, 0xffffffff, 0xffffffff, 0xffffffff]);
    device.remove();
  });

  it("negotiates features, serves the configuration space, and hears notifications and resets", async () => {
    const { run, until, emulator, device, notified, resets } = await withDevice();
    const base = 0xa000 + 0x500;
    run([
      ...outLong(base + 0, 1), // device_feature_select
      ...inLong(base + 4, 0x200000), // device_feature
      ...outLong(base + 8, 1), // driver_feature_select
      ...outLong(base + 12, 1), // driver_feature: VERSION_1
      ...outByte(base + 0x14, 1 | 2 | 8),
      ...outByte(base + 0x14, 1 | 2 | 4 | 8),
      ...inLong(base + 0x40, 0x200004),
      ...[0x66, 0xba, (base + 0x82) & 0xff, (base + 0x82) >> 8, 0x66, 0xb8, 1, 0, 0x66, 0xef], // out dx, ax
      ...HLT_FOREVER,
    ]);
    await until("halted");
    expect(emulator.memory.read32(0x200000)).toBe(1);
    expect(emulator.memory.read32(0x200004)).toBe(0xcafe1234);
    expect([device.driverOk, device.hasFeature(32), device.hasFeature(2)]).toEqual([true, true, true]);
    expect(notified).toEqual([1]);
    const before = resets.count;
    emulator.boot({ mode: "kernel", kernel: kernelOf(HLT_FOREVER), commandLine: "" });
    expect([device.driverOk, resets.count]).toEqual([false, before + 1]);
  });

  it("M1 keeps a shared interrupt asserted until every device on it has been asked, or is unplugged", async () => {
    const { run, until, emulator, device, options, actions } = await withDevice();
    const bases = [0xa500, 0xa900, 0xad00];
    const others = [9, 13].map((slot) => emulator.createDevice(slot, { ...options, onNotify: () => {} }));
    const [second] = others;
    actions.first = () => {
      for (const each of [device, ...others]) each.configChanged();
    };
    actions.second = () => second?.remove();
    const readIsr = (base: number) => [0xba, ...u32(base + 0xc0), 0xec]; // in al, dx
    // OCW3: read the requests; in al, 0x20 ; mov [address], al
    const readRequests = (address: number) => [0xb0, 0x0a, 0xe6, 0x20, 0xe4, 0x20, 0xa2, ...u32(address)];
    const notify = (index: number) => [0x66, 0xba, 0x80 + 2 * index, 0xa5, 0x66, 0xb8, index, 0, 0x66, 0xef];
    run([
      ...bases.flatMap((base) => outByte(base + 0x14, 1 | 2 | 4 | 8)),
      ...readRequests(0x200000),
      ...notify(0),
      ...readRequests(0x200001),
      ...readIsr(0xa500),
      ...readRequests(0x200002),
      ...readIsr(0xad00),
      ...readRequests(0x200003),
      ...notify(1),
      ...readRequests(0x200004),
      ...HLT_FOREVER,
    ]);
    await until("halted");
    const irq5 = [...emulator.memory.view(0x200000, 5)].map((requests) => (requests >> 5) & 1);
    expect(irq5).toEqual([0, 1, 1, 1, 0]);
  });

  it("M1 has a place for every disk, vda to vdz, and for what comes before them", async () => {
    const { emulator, options } = await withDevice();
    const slots = [2, 3, 4, ...Array.from({ length: 25 }, (_, index) => 6 + index)];
    for (const slot of slots) emulator.createDevice(slot, options);
    expect(slots.at(-1)).toBe(30);
  });

  it("puts a device into a slot again after another one has left it", async () => {
    const { run, until, emulator, device, options } = await withDevice();
    device.remove();
    const again = emulator.createDevice(5, { ...options, config: [{ bytes: 4, name: "value", read: () => 77 }] });
    run([...outByte(0xa514, 1 | 2 | 4 | 8), ...inLong(0xa540, 0x200000), ...HLT_FOREVER]);
    await until("halted");
    expect([emulator.memory.read32(0x200000), device.driverOk, again.driverOk]).toEqual([77, false, true]);
  });

  it("saves and restores processor, memory and device on another machine", async () => {
    const first = await withDevice();
    // Counts in memory for ever: l: inc dword [0x200000] ; jmp l
    first.run([...outByte(0xa000 + 0x514, 1 | 2 | 4), 0xff, 0x05, ...u32(0x200000), 0xeb, 0xf8]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await first.emulator.scheduler.stop();
    const count = first.emulator.memory.read32(0x200000);
    const cpu = first.emulator.save();
    const state = structuredClone(first.device.saveState());
    expect(count).toBeGreaterThan(0);

    const second = await withDevice();
    second.emulator.restore(cpu);
    second.device.restoreState(state);
    expect(second.emulator.memory.read32(0x200000)).toBe(count);
    expect(second.device.driverOk).toBe(true);
    second.emulator.scheduler.start();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(second.emulator.memory.read32(0x200000)).toBeGreaterThan(count);
  });

  it("gives EC2's error when the memory cannot be had", async () => {
    await expect(setUp(4096)).rejects.toMatchObject({ code: "InsufficientInstanceCapacity" });
    for (const error of [new RangeError("could not allocate memory"), new WebAssembly.RuntimeError("unreachable")]) {
      const spy = vi.spyOn(WebAssembly, "instantiate").mockRejectedValue(error);
      await expect(setUp()).rejects.toMatchObject({ code: "InsufficientInstanceCapacity", cause: error });
      spy.mockRestore();
    }
  });

  it("gives EC2's error when the kernel does not fit", async () => {
    const { emulator } = await setUp(1);
    const kernel = kernelOf(HLT_FOREVER);
    const large = { ...kernel, segments: [{ address: LOAD_ADDRESS, bytes: new Uint8Array(8), memoryBytes: 4 << 20 }] };
    expect(() => emulator.boot({ mode: "kernel", kernel: large, commandLine: "" })).toThrow(
      expect.objectContaining({ code: "InsufficientInstanceCapacity" }),
    );
  });
});

async function withDevice() {
  const machine = await setUp();
  const notified: number[] = [];
  const resets = { count: 0 };
  /** What happens when the guest notifies one of the two queues. */
  const actions = { first: () => {}, second: () => {} };
  const options: VirtioDeviceOptions = {
    name: "test",
    deviceType: 2,
    pciClass: [1, 0, 0],
    features: [2, 32],
    queueSizes: [8, 8],
    config: [{ bytes: 4, name: "value", read: () => 0xcafe1234 }],
    onNotify: (index) => {
      notified.push(index);
      if (index === 0) actions.first();
      else actions.second();
    },
    onReset: () => {
      resets.count++;
    },
  };
  const device = machine.emulator.createDevice(5, options);
  expect(() => machine.emulator.createDevice(5, options)).toThrow("taken");
  return { ...machine, device, options, actions, notified, resets };
}
