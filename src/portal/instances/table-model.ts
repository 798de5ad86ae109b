import type { Instance } from "../../api/types.ts";

export type SortKey = "name" | "id" | "state" | "type" | "image" | "address" | "launched";

export interface Sorting {
  readonly key: SortKey;
  readonly descending: boolean;
}

type Row = Pick<Instance, "id" | "name" | "state" | "imageName" | "privateIpAddress" | "launchTime"> & {
  readonly type: Pick<Instance["type"], "name" | "memoryMiB">;
};

/** Instances that have every word of `query` in one of the texts that the table shows. */
export function filterInstances<T extends Row>(instances: readonly T[], query: string): T[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return instances.filter((instance) => {
    const { id, name, state, imageName, privateIpAddress, type } = instance;
    const text = [id, name, state, imageName, privateIpAddress, type.name].join("\n").toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

const COMPARE: Readonly<Record<SortKey, (a: Row, b: Row) => number>> = {
  name: (a, b) => a.name.localeCompare(b.name, "en", { numeric: true }),
  id: (a, b) => a.id.localeCompare(b.id),
  state: (a, b) => a.state.localeCompare(b.state),
  type: (a, b) => a.type.memoryMiB - b.type.memoryMiB,
  image: (a, b) => a.imageName.localeCompare(b.imageName),
  address: (a, b) => a.privateIpAddress.localeCompare(b.privateIpAddress, "en", { numeric: true }),
  launched: (a, b) => a.launchTime.getTime() - b.launchTime.getTime(),
};

/** A sorted copy; equal ones keep their order. */
export function sortInstances<T extends Row>(instances: readonly T[], { key, descending }: Sorting): T[] {
  const sign = descending ? -1 : 1;
  return [...instances].sort((a, b) => sign * COMPARE[key](a, b));
}
