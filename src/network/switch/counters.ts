import type { MalformedReason } from "../frames/parse.ts";

/** Why a frame came to nothing. */
export type DropReason =
  | MalformedReason
  /** What a card has sent has a header that lies, or asks for what it was not offered (virtio 1.2 §5.1.6). */
  | "packet-header"
  /** Of what a sender left to others, something cannot be done. */
  | "offload"
  | "oversized"
  /** Neither IPv4 nor ARP. */
  | "ether-type"
  | "source-mac"
  /** EC2's SourceDestCheck: not from, or not to, the interface's own addresses. */
  | "source-check"
  | "destination-check"
  | "arp-forged"
  | "arp-malformed"
  | "dhcp-spoofed"
  | "dhcp-malformed"
  | "dhcp-foreign-address"
  /** For more than one, which a VPC does not carry. */
  | "multicast"
  /** Nobody has the address. */
  | "no-host"
  | "no-route"
  | "blackhole"
  | "no-internet-gateway"
  /** Packets may not leave for the real Internet. */
  | "outbound-off"
  /** The interface has no public address, and is not behind a NAT gateway. */
  | "no-public-address"
  | "nat-full"
  | "nat-unsupported"
  /** From outside, and part of no connection of the NAT gateway's. */
  | "nat-no-connection"
  | "ttl"
  | "fragmentation-needed"
  | "reassembly"
  | "service"
  | "security-group"
  | "network-acl"
  /** A card at an interface that the network does not know (any more). */
  | "unknown-interface"
  /** More than may wait for its turn. */
  | "queue-full"
  /** Its machine took no more, or there is none. */
  | "no-room"
  | "no-card";

/**
 * Of one interface, since it is known. "In" is from its guest, "out" for it; bytes are those of frames. Frames are as the
 * machines gave them: several TCP segments that came as one are one.
 */
export interface SwitchCounters {
  readonly framesIn: number;
  readonly bytesIn: number;
  readonly framesOut: number;
  readonly bytesOut: number;
  /** Of frames from the guest, wherever they were dropped. */
  readonly droppedIn: Readonly<Partial<Record<DropReason, number>>>;
  /** Of frames for the guest. */
  readonly droppedOut: Readonly<Partial<Record<DropReason, number>>>;
}

/** Attempts to be somebody else, of which one should hear. */
export interface Incident {
  /** Milliseconds since 1970, of the last time. */
  readonly time: number;
  readonly interfaceId: string;
  readonly reason: DropReason;
  /** What it claimed. */
  readonly what: string;
  /** How often the same came, one after the other. */
  readonly count: number;
}

/** Of one interface: as many as one reads; what repeats itself takes one place. */
const MAX_INCIDENTS = 256;

/** The incidents of one interface: each has a log of its own, so that a guest that floods pushes out none of another's. */
export class IncidentLog {
  readonly #interfaceId: string;
  /** By what they are, in the order in which they last came. */
  readonly #incidents = new Map<string, Incident>();

  constructor(interfaceId: string) {
    this.#interfaceId = interfaceId;
  }

  add(time: number, reason: DropReason, what: string): void {
    const key = `${reason} ${what}`;
    const count = (this.#incidents.get(key)?.count ?? 0) + 1;
    this.#incidents.delete(key);
    this.#incidents.set(key, { time, interfaceId: this.#interfaceId, reason, what, count });
    if (this.#incidents.size <= MAX_INCIDENTS) return;
    const [oldest] = this.#incidents.keys();
    if (oldest !== undefined) this.#incidents.delete(oldest);
  }

  /** Oldest first. */
  list(): readonly Incident[] {
    return [...this.#incidents.values()];
  }
}
