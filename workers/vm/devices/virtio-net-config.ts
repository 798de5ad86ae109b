import type { ConfigField } from "./virtio-types.ts";

/** Feature bits (virtio 1.2 §5.1.3, §6). */
export const F = {
  CSUM: 0,
  GUEST_CSUM: 1,
  MTU: 3,
  MAC: 5,
  GUEST_TSO4: 7,
  HOST_TSO4: 11,
  MRG_RXBUF: 15,
  STATUS: 16,
  INDIRECT_DESC: 28,
  VERSION_1: 32,
} as const;

/**
 * What is offered for speed, each to be switched off by itself to measure it (`npm run bench netsweep`; SPEC.md has what
 * came of it). Segments of 64 KiB go from guest to guest uncut and without a checksum made: both would be emulated
 * instructions. Receive buffers that merge take 1.5 KiB each of the guest's memory; without, Linux posts 64 KiB for every
 * slot of the ring.
 */
const CHECKSUMS = true;
const SEGMENTS = true;
const MERGED_BUFFERS = true;

export const OFFERED: readonly number[] = [
  F.MTU,
  F.MAC,
  F.STATUS,
  F.INDIRECT_DESC,
  F.VERSION_1,
  ...(CHECKSUMS ? [F.CSUM, F.GUEST_CSUM] : []),
  // §5.1.3.1: segments need checksums.
  ...(CHECKSUMS && SEGMENTS ? [F.HOST_TSO4, F.GUEST_TSO4] : []),
  ...(MERGED_BUFFERS ? [F.MRG_RXBUF] : []),
];

/** Receiving, sending. Linux keeps the first one full of buffers: 256 take 400 KiB of the guest. */
export const QUEUE_SIZES: readonly number[] = [256, 256];

const S_LINK_UP = 1;

/** virtio 1.2 §5.1.4. */
export function configurationOf(card: {
  readonly macAddress: string;
  readonly mtu: number;
  readonly linkUp: () => boolean;
}): ConfigField[] {
  const mac = card.macAddress.split(":").map((digits) => Number.parseInt(digits, 16));
  return [
    ...mac.map((byte, index): ConfigField => ({ bytes: 1, name: `mac[${index}]`, read: () => byte })),
    { bytes: 2, name: "status", read: () => (card.linkUp() ? S_LINK_UP : 0) },
    { bytes: 2, name: "max_virtqueue_pairs", read: () => 1 },
    { bytes: 2, name: "mtu", read: () => card.mtu },
  ];
}
