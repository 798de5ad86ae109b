/** As seen from the interface: "ingress" is for its guest, "egress" from it. */
export type Direction = "ingress" | "egress";

export const reverseOf = (direction: Direction): Direction => (direction === "ingress" ? "egress" : "ingress");

/** What decided about a packet. */
export type Decision =
  /** A rule of a security group allows it, or has allowed the connection that it belongs to. */
  | { readonly kind: "rule"; readonly groupId: string; readonly ruleId: string }
  /** No rule of the interface's groups allows it (F54: there are no rules that forbid). */
  | { readonly kind: "no-rule"; readonly groupIds: readonly string[] }
  /** A TCP segment from the middle of a connection that is not known, though its opening would be allowed. */
  | { readonly kind: "no-connection" }
  /** The interface has as many tracked connections as it may have. */
  | { readonly kind: "connection-limit" }
  /** An entry of the subnet's network ACL; `ruleNumber` is `LAST_RULE_NUMBER` for the one that refuses all others ("*"). */
  | { readonly kind: "acl-entry"; readonly networkAclId: string; readonly ruleNumber: number }
  /** A gateway's interface: it has no security groups. */
  | { readonly kind: "no-groups" }
  /** There is no such interface (any more). */
  | { readonly kind: "no-interface" };

/**
 * How a packet that the security groups accept stands to what was before: it opens a connection, is part of one, is an ICMP
 * error about one, or of a flow that is not tracked, so that the rules of now count for it.
 */
export type Tracking = "opens" | "tracked" | "related" | "untracked";

export interface Verdict {
  readonly accept: boolean;
  readonly by: Decision;
  /** Absent where no security group has accepted the packet. */
  readonly tracking?: Tracking;
}
