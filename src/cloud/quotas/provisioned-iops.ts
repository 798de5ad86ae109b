import type { VolumeShape } from "../volumes/volume-types.ts";

/** Those of the types that are made for them: gp3's count for no quota of EBS's. */
export const provisionedIops = ({ type, iops }: Pick<VolumeShape, "type" | "iops">): number =>
  type === "io1" || type === "io2" ? (iops ?? 0) : 0;
