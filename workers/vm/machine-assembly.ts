import type { ImageFile } from "../../src/protocol/image-manifest.ts";
import { CDROM_PLACE, type MachineSpec } from "../../src/protocol/vm-contract.ts";
import { InstanceStoreDisk } from "./devices/instance-store.ts";
import type { KernelCache } from "./kernel-cache.ts";
import type { OpenDisk } from "./machine-disks.ts";
import type { MachineResources, OpenResources } from "./resources.ts";
import type { BiosEvents } from "./v86/bios-log.ts";
import { type BootProgram, Emulator } from "./v86/emulator.ts";
import type { EmulatorEvents } from "./v86/emulator-events.ts";

export interface MachineParts {
  /** v86, compiled. */
  readonly module: WebAssembly.Module;
  readonly openResources: OpenResources;
  readonly kernels: KernelCache;
}

export interface AssembledMachine {
  readonly resources: MachineResources;
  readonly program: BootProgram;
  readonly emulator: Emulator;
  readonly disks: readonly OpenDisk[];
}

/** Fetches and opens what a machine needs, all at once; when one part fails, nothing of the others stays open. */
export async function assemble(
  spec: MachineSpec,
  parts: MachineParts,
  onDownload: (loadedBytes: number, totalBytes: number) => void,
  events: EmulatorEvents & BiosEvents,
): Promise<AssembledMachine> {
  const resources = await parts.openResources(spec, onDownload);
  const hasCdrom = spec.volumes.some(({ device }) => device === CDROM_PLACE);
  const bios = { bootLoader: () => events.bootLoader(), notBootable: () => events.notBootable(), hasCdrom };
  const building = Emulator.create({
    module: parts.module,
    memoryMiB: spec.memoryMiB,
    ...(spec.image.bootMode === "legacy-bios" ? { bios } : {}),
    events,
  });
  const opening = spec.volumes.map((volume) => openDisk(volume, resources));
  try {
    const [program, emulator, ...disks] = await Promise.all([
      loadProgram(spec, parts, resources),
      building,
      ...opening,
    ]);
    return { resources, program, emulator, disks };
  } catch (error) {
    const [emulator, ...disks] = await Promise.allSettled([building, ...opening]);
    if (emulator.status === "fulfilled") emulator.value.dispose();
    await Promise.allSettled(disks.map((each) => each.status === "fulfilled" && each.value.disk.close()));
    await resources.close();
    throw error;
  }
}

async function openDisk(spec: MachineSpec["volumes"][number], resources: MachineResources): Promise<OpenDisk> {
  if (spec.kind === "instance-store") {
    const base = spec.base === undefined ? undefined : await resources.openBase(spec.base);
    return { spec, disk: new InstanceStoreDisk(spec.sizeBytes, { base }) };
  }
  return { spec, disk: await resources.openVolume(spec) };
}

async function loadProgram(
  spec: MachineSpec,
  { kernels }: MachineParts,
  resources: MachineResources,
): Promise<BootProgram> {
  const { bios, vgaBios, kernel } = spec.image.manifest;
  const load = async (file: ImageFile) => {
    const bytes = await resources.file(file);
    resources.fileReady(file);
    return bytes;
  };
  if (spec.image.bootMode === "legacy-bios") {
    const [main, vga] = await Promise.all([load(bios), load(vgaBios)]);
    return { mode: "legacy-bios", bios: main, vgaBios: vga };
  }
  const unpacked = await kernels.get(kernel, () => resources.file(kernel));
  resources.fileReady(kernel);
  return { mode: "kernel", kernel: unpacked, commandLine: commandLine(spec) };
}

function commandLine(spec: MachineSpec): string {
  return `${spec.image.manifest.commandLine} tabvisor.instance=${spec.instanceId} tabvisor.hostname=${spec.hostname}`;
}
