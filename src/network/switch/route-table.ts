import { type Ipv4Range, isWithin, rangeOf } from "../addresses.ts";
import type { RouteModel, RouteTarget } from "../model.ts";
import type { RouteChoice } from "../trace.ts";

/** To whoever has the address in the VPC. */
const LOCAL = { kind: "local" } as const;

export type Target = RouteTarget | typeof LOCAL;

type OnChoice = (address: number, choice: RouteChoice | undefined) => void;

/** Where packets go that leave a subnet: the route with the longest prefix (VPC User Guide, "Route priority"). */
export class RouteTable {
  /** The smallest range first. */
  readonly #routes: readonly RouteChoice[];
  readonly #onChoice: OnChoice | undefined;

  /** `blocks`: the VPC's own, which are always routed within it. `onChoice` hears of each answer. */
  constructor(blocks: readonly Ipv4Range[], routes: readonly RouteModel[], onChoice?: OnChoice) {
    this.#onChoice = onChoice;
    const made = routes.map(({ destinationCidrBlock, target }) => ({ range: rangeOf(destinationCidrBlock), target }));
    const local = blocks.map((range) => ({ range, target: LOCAL }));
    this.#routes = [...local, ...made].sort((one, other) => one.range.size - other.range.size);
  }

  /** `undefined`: there is no way to that address. */
  find(address: number): Target | undefined {
    for (const choice of this.#routes) {
      if (!isWithin(choice.range, address)) continue;
      this.#onChoice?.(address, choice);
      return choice.target;
    }
    this.#onChoice?.(address, undefined);
    return undefined;
  }
}
