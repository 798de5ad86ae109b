import type { Cloud } from "../../api/index.ts";
import { CloudError } from "../../base/errors.ts";
import { Emitter } from "../../base/event.ts";

type NetworkMember =
  | "addresses"
  | "internetGateways"
  | "natGateways"
  | "networkAcls"
  | "networkInterfaces"
  | "routeTables"
  | "securityGroups"
  | "subnets"
  | "vpcs";

/** Lists of a pretended cloud's network: there is nothing in them, and nothing can be made. */
export function fakeNetwork<K extends NetworkMember>(_kind: K): Cloud[K] {
  const refuse = () => Promise.reject(new CloudError("UnsupportedOperation", "A pretended cloud has no networks."));
  const get = (id: string) => {
    throw new CloudError("InvalidID.NotFound", `'${id}' does not exist`, { id });
  };
  const own = { list: () => [], get, onChange: new Emitter<void>().event };
  return new Proxy(own, {
    get: (target, name) => (name in target ? target[name as keyof typeof own] : refuse),
  }) as unknown as Cloud[K];
}
