import { openVolume } from "../../src/blockstore/open-volume.ts";
import type { Volume } from "../../src/blockstore/volume.ts";
import { createVolume } from "../../src/blockstore/volumes.ts";
import { startFreshLog } from "../../src/store/fresh-log.ts";
import { stamped, stampsOf } from "../fuzz/drive-model.ts";

/** The page's side of the kill test: one volume, told by the test what to do. Sectors are those of the disk. */
const ADDRESS = { database: "tabvisor-kill-test", volumeId: "vol-1" };
const SECTOR = 512;

let volume: Volume | undefined;

const opened = (): Volume => {
  if (volume === undefined) throw new Error("the volume is not open");
  return volume;
};

export const killTestPage = {
  async create(sectors: number): Promise<void> {
    await createVolume({ ...ADDRESS, sizeBytes: sectors * SECTOR, image: null });
  },

  /** As a cloud is opened. Small limits, so that commits begin by themselves all the time. */
  async open(): Promise<void> {
    await startFreshLog();
    const limits = { cacheBytes: 1 << 20, writeBackBytes: 256 << 10, dirtyBytes: 1 << 20 };
    volume = await openVolume({ ...ADDRESS, limits });
  },

  async stamps(first: number, count: number): Promise<number[]> {
    return stampsOf(await opened().read(first * SECTOR, count * SECTOR), first);
  },

  /** Begins all of them at once; `tell` hears of each as soon as it is acknowledged. Rejects when one is not. */
  async run(requests: readonly KillTestRequest[], tell: (id: number) => unknown): Promise<void> {
    await Promise.all(
      requests.map(async (request) => {
        await begin(opened(), request);
        tell(request.id);
      }),
    );
  },
};

export type KillTestRequest = { readonly id: number } & (
  | { readonly action: "write"; readonly first: number; readonly count: number; readonly stamp: number }
  | { readonly action: "discard"; readonly first: number; readonly count: number }
  | { readonly action: "flush" }
);

function begin(target: Volume, request: KillTestRequest): Promise<void> | undefined {
  if (request.action === "flush") return target.flush();
  const { first, count } = request;
  if (request.action === "discard") return target.discard(first * SECTOR, count * SECTOR);
  const stamps = Array.from({ length: count }, () => request.stamp);
  return target.write(first * SECTOR, stamped(stamps, first));
}
