import type { VolumeType } from "../../api/volume-types.ts";

export interface VolumeTypeOption {
  readonly value: VolumeType;
  readonly label: string;
  readonly description: string;
  /** What can be said of its IOPS, when they are provisioned. */
  readonly iops?: string;
}

/** The types as a form offers them, the usual one first. */
export const VOLUME_TYPE_OPTIONS: readonly [VolumeTypeOption, ...VolumeTypeOption[]] = [
  {
    value: "gp3",
    label: "gp3",
    description: "General purpose SSD: 3000 IOPS, 125 MiB/s, more when provisioned",
    iops: "3000 to 16 000; empty: 3000.",
  },
  { value: "gp2", label: "gp2", description: "General purpose SSD, faster with its size" },
  { value: "io2", label: "io2", description: "Provisioned IOPS SSD, from 4 GiB", iops: "100 to 64 000." },
  { value: "io1", label: "io1", description: "Provisioned IOPS SSD, from 4 GiB", iops: "100 to 64 000." },
  { value: "st1", label: "st1", description: "Throughput HDD, from 125 GiB: 500 IOPS" },
  { value: "sc1", label: "sc1", description: "Cold HDD, from 125 GiB: 250 IOPS" },
  { value: "standard", label: "standard", description: "Magnetic: 100 IOPS" },
];

export const volumeTypeOption = (type: VolumeType): VolumeTypeOption =>
  VOLUME_TYPE_OPTIONS.find(({ value }) => value === type) ?? VOLUME_TYPE_OPTIONS[0];

/** The number that stands in a field; undefined when it is empty. What is no number goes to the cloud, which refuses it. */
export function optionalNumber(text: string): number | undefined {
  return text.trim() === "" ? undefined : Number(text);
}
