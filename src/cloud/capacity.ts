import { CloudError } from "../base/errors.ts";

/** What one page lets its instances have together (F69, F70). */
export interface Limits {
  /** Pending and running instances. */
  readonly maxInstances: number;
  /** Memory of pending and running instances, in MiB: beyond it the tab would crash rather than refuse. */
  readonly maxMemoryMiB: number;
}

/** EC2's old default of 20 instances an account and region. */
const MAX_INSTANCES = 20;
/** Where the browser does not tell the device's memory. */
const ASSUMED_DEVICE_GIB = 4;
/** Guests touch less than they have, and the machine needs the rest. */
const MEMORY_SHARE = 0.75;

export function defaultLimits(deviceMemoryGiB: number | undefined): Limits {
  const gib = deviceMemoryGiB ?? ASSUMED_DEVICE_GIB;
  return { maxInstances: MAX_INSTANCES, maxMemoryMiB: Math.floor(gib * 1024 * MEMORY_SHARE) };
}

/** What an instance needs: its memory, and its instance-store volumes, which are kept in memory too. */
export interface MemoryDemand {
  readonly memoryMiB: number;
}

/** Throws when `count` more instances of `type` cannot run beside those that do. */
export function checkCapacity(
  limits: Limits,
  running: readonly MemoryDemand[],
  type: MemoryDemand,
  count: number,
): void {
  if (running.length + count > limits.maxInstances) {
    throw new CloudError(
      "InstanceLimitExceeded",
      `You have requested more instances (${running.length + count}) than your current instance limit of ${limits.maxInstances} allows. Stop or terminate some first.`,
      { requested: count, running: running.length, limit: limits.maxInstances },
    );
  }
  const used = running.reduce((sum, { memoryMiB }) => sum + memoryMiB, 0);
  const wanted = used + type.memoryMiB * count;
  if (wanted > limits.maxMemoryMiB) {
    throw new CloudError(
      "InsufficientInstanceCapacity",
      `This page can give its instances ${limits.maxMemoryMiB} MiB of memory; ${used} MiB are in use and ${type.memoryMiB * count} MiB more were asked for. Stop some instances, or choose a smaller type.`,
      { usedMiB: used, requestedMiB: type.memoryMiB * count, limitMiB: limits.maxMemoryMiB },
    );
  }
}
