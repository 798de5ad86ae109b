import type { Direction, Verdict } from "../filter/verdict.ts";
import type { RouteTarget } from "../model.ts";
import type { DropReason } from "../switch/counters.ts";

export interface ReachabilityQuestion {
  readonly source:
    | { readonly kind: "interface"; readonly interfaceId: string }
    /** A client in the page: `vm.connect` and what builds on it. */
    | { readonly kind: "page" }
    /** Somebody in the Internet. */
    | { readonly kind: "address"; readonly address: string };
  /** An interface is asked at its private address from its own VPC, at its public one from elsewhere. */
  readonly destination:
    | { readonly kind: "interface"; readonly interfaceId: string }
    | { readonly kind: "address"; readonly address: string };
  readonly protocol: "tcp" | "udp" | "icmp";
  /** Of TCP and UDP: the port that is asked for, 1 to 65535. ICMP is asked with an echo request. */
  readonly port?: number;
}

/** Something that decides about a packet, in the order in which packets come past. */
export type ReachabilityStep =
  | {
      readonly kind: "route";
      readonly subnetId: string;
      readonly routeTableId: string;
      readonly destination: string;
      /** Absent: the table knows no way. */
      readonly route?: {
        readonly destinationCidrBlock: string;
        readonly target: RouteTarget | { readonly kind: "local" };
      };
    }
  /** Security groups, or the subnet's network ACL, of an interface. */
  | {
      readonly kind: "verdict";
      readonly interfaceId: string;
      readonly subnetId: string;
      readonly direction: Direction;
      readonly verdict: Verdict;
    };

export type ReachabilityFailure =
  | DropReason
  /** The destination is in another VPC and has no public address. */
  | "other-vpc"
  /** The route leads to an instance that has to pass it on: what its system does with it is not known here. */
  | "forwarded-by-instance";

export type ReachabilityOutcome =
  | { readonly arrived: true; readonly at: "interface"; readonly interfaceId: string }
  /** With who is asked beyond the internet gateway. */
  | { readonly arrived: true; readonly at: "outside" }
  /** With one of the VPC's own services, about which neither groups nor ACLs are asked. */
  | { readonly arrived: true; readonly at: "service" }
  | { readonly arrived: false; readonly reason: ReachabilityFailure; readonly interfaceId?: string };

/** What happens to one packet. The last step is what stops it, if something that decides does. */
export interface ReachabilityPath {
  /** The addresses that its sender writes into it. */
  readonly from: string;
  readonly to: string;
  readonly steps: readonly ReachabilityStep[];
  readonly outcome: ReachabilityOutcome;
}

export interface Reachability {
  /** The packet arrives and so does its answer. */
  readonly reachable: boolean;
  readonly forward: ReachabilityPath;
  /** The way of the answer, where there is somebody to answer. */
  readonly back?: ReachabilityPath;
}
