import { rangeOf } from "../addresses.ts";
import { rulePort } from "../filter/flow-key.ts";
import { portRange } from "../filter/rule-table.ts";
import type { Direction, Verdict } from "../filter/verdict.ts";
import type { ParsedPacket } from "../frames/parse.ts";
import type { NetworkAclEntryModel, NetworkAclModel } from "../model.ts";

/** The number of the entry that refuses what no other matches; DescribeNetworkAcls gives it, consoles show "*". */
export const LAST_RULE_NUMBER = 32767;

interface CompiledEntry {
  readonly protocol: number;
  readonly addressMask: number;
  readonly network: number;
  readonly firstPort: number;
  readonly lastPort: number;
  readonly verdict: Verdict;
}

/**
 * A network ACL, ready to be asked: stateless, in the order of the entries' numbers. An ACL has 20 entries a direction, 40 at
 * most (VPC quotas), so they are looked at one after the other.
 */
export class CompiledAcl {
  readonly fingerprint: string;
  readonly #entries: Readonly<Record<Direction, readonly CompiledEntry[]>>;
  readonly #last: Verdict;

  constructor(acl: NetworkAclModel, fingerprint: string) {
    this.fingerprint = fingerprint;
    const entries = acl.entries.filter(({ ruleNumber }) => ruleNumber < LAST_RULE_NUMBER);
    const compiled = (egress: boolean) =>
      entries
        .filter((entry) => entry.egress === egress)
        .sort((a, b) => a.ruleNumber - b.ruleNumber)
        .map((entry) => compile(acl.id, entry));
    this.#entries = { ingress: compiled(false), egress: compiled(true) };
    this.#last = verdictOf(acl.id, LAST_RULE_NUMBER, false);
  }

  /** `direction`: "ingress" into the subnet, "egress" out of it. */
  check(packet: ParsedPacket, direction: Direction): Verdict {
    const peer = direction === "ingress" ? packet.source : packet.destination;
    const port = rulePort(packet);
    for (const entry of this.#entries[direction]) {
      if (entry.protocol !== -1 && entry.protocol !== packet.protocol) continue;
      if (port < entry.firstPort || port > entry.lastPort) continue;
      if ((peer & entry.addressMask) >>> 0 === entry.network) return entry.verdict;
    }
    return this.#last;
  }
}

function compile(networkAclId: string, entry: NetworkAclEntryModel): CompiledEntry {
  const { first, size } = rangeOf(entry.cidrBlock);
  const addressMask = 2 ** 32 - size;
  const [firstPort, lastPort] = portRange(entry);
  return {
    protocol: entry.protocol,
    addressMask,
    network: (first & addressMask) >>> 0,
    firstPort,
    lastPort,
    verdict: verdictOf(networkAclId, entry.ruleNumber, entry.allow),
  };
}

const verdictOf = (networkAclId: string, ruleNumber: number, accept: boolean): Verdict => ({
  accept,
  by: { kind: "acl-entry", networkAclId, ruleNumber },
});
