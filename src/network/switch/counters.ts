import type { MalformedReason } from "../frames/parse.ts";

/** Why a frame came to nothing. */
export type DropReason =
  | MalformedReason
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

/** Of one interface, since it is known. "In" is from its guest, "out" for it; bytes are those of frames. */
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

/** As many as one reads; what repeats itself takes one place. */
const MAX_INCIDENTS = 256;

export class IncidentLog {
  readonly #incidents: Incident[] = [];

  add(incident: Omit<Incident, "count">): void {
    const at = this.#incidents.findLastIndex(
      ({ interfaceId, reason, what }) =>
        interfaceId === incident.interfaceId && reason === incident.reason && what === incident.what,
    );
    const before = at < 0 ? undefined : this.#incidents.splice(at, 1)[0];
    this.#incidents.push({ ...incident, count: (before?.count ?? 0) + 1 });
    if (this.#incidents.length > MAX_INCIDENTS) this.#incidents.shift();
  }

  /** Oldest first. */
  list(): readonly Incident[] {
    return [...this.#incidents];
  }
}
