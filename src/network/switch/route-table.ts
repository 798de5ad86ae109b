import { type Ipv4Range, isWithin, rangeOf } from "../addresses.ts";
import type { RouteModel, RouteTarget } from "../model.ts";

/** To whoever has the address in the VPC. */
const LOCAL = { kind: "local" } as const;

export type Target = RouteTarget | typeof LOCAL;

interface Route {
  readonly range: Ipv4Range;
  readonly target: Target;
}

/** Where packets go that leave a subnet: the route with the longest prefix (VPC User Guide, "Route priority"). */
export class RouteTable {
  /** The smallest range first. */
  readonly #routes: readonly Route[];

  /** `blocks`: the VPC's own, which are always routed within it. */
  constructor(blocks: readonly Ipv4Range[], routes: readonly RouteModel[]) {
    const made = routes.map(({ destinationCidrBlock, target }) => ({ range: rangeOf(destinationCidrBlock), target }));
    const local = blocks.map((range) => ({ range, target: LOCAL }));
    this.#routes = [...local, ...made].sort((one, other) => one.range.size - other.range.size);
  }

  /** `undefined`: there is no way to that address. */
  find(address: number): Target | undefined {
    for (const { range, target } of this.#routes) if (isWithin(range, address)) return target;
    return undefined;
  }
}
