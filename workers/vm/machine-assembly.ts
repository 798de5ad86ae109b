import type { MachineSpec } from "../../src/protocol/vm-contract.ts";
import { InstanceStoreDisk } from "./devices/instance-store.ts";
import type { KernelCache } from "./kernel-cache.ts";
import type { OpenDisk } from "./machine-disks.ts";
import type { MachineResources, OpenResources } from "./resources.ts";
import type { LinuxKernel } from "./v86/bzimage.ts";
import { Emulator } from "./v86/emulator.ts";
import type { EmulatorEvents } from "./v86/emulator-events.ts";

export interface MachineParts {
  /** v86, compiled. */
  readonly module: WebAssembly.Module;
  readonly openResources: OpenResources;
  readonly kernels: KernelCache;
}

export interface AssembledMachine {
  readonly resources: MachineResources;
  readonly kernel: LinuxKernel;
  readonly emulator: Emulator;
  readonly disks: readonly OpenDisk[];
}

/** Fetches and opens what a machine needs, all at once; when one part fails, nothing of the others stays open. */
export async function assemble(
  spec: MachineSpec,
  parts: MachineParts,
  onDownload: (loadedBytes: number, totalBytes: number) => void,
  events: EmulatorEvents,
): Promise<AssembledMachine> {
  const resources = await parts.openResources(spec, onDownload);
  const building = Emulator.create({ module: parts.module, memoryMiB: spec.memoryMiB, events });
  const opening = spec.volumes.map((volume) => openDisk(volume, resources));
  const { kernel: file } = spec.image.manifest;
  try {
    const [kernel, emulator, ...disks] = await Promise.all([
      parts.kernels.get(file, () => resources.file(file)),
      building,
      ...opening,
    ]);
    resources.fileReady(file);
    return { resources, kernel, emulator, disks };
  } catch (error) {
    const [emulator, ...disks] = await Promise.allSettled([building, ...opening]);
    if (emulator.status === "fulfilled") emulator.value.dispose();
    await Promise.allSettled(disks.map((each) => each.status === "fulfilled" && each.value.disk.close()));
    await resources.close();
    throw error;
  }
}

async function openDisk(spec: MachineSpec["volumes"][number], resources: MachineResources): Promise<OpenDisk> {
  if (spec.kind === "instance-store") return { spec, disk: new InstanceStoreDisk(spec.sizeBytes) };
  return { spec, disk: await resources.openVolume(spec) };
}

export function commandLine(spec: MachineSpec): string {
  return `${spec.image.manifest.commandLine} tabvisor.instance=${spec.instanceId} tabvisor.hostname=${spec.hostname}`;
}
