import type { Ipv4Range } from "./addresses.ts";
import type { Direction, Verdict } from "./filter/verdict.ts";
import type { RouteTarget } from "./model.ts";

/** The route that packets take from a subnet to an address; `range`: what it is for. */
export interface RouteChoice {
  readonly range: Ipv4Range;
  /** "local": to whoever has the address in the VPC. */
  readonly target: RouteTarget | { readonly kind: "local" };
}

/** Hears of everything that decides about packets, in the order in which it does: what explains a way is what has decided it. */
export interface NetworkTrace {
  /** A subnet's route table was asked. `choice`: undefined when it knows no way. */
  route(subnetId: string, destination: number, choice: RouteChoice | undefined): void;
  /** Security groups or a network ACL were asked. */
  verdict(interfaceId: string, direction: Direction, verdict: Verdict): void;
}
