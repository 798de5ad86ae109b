import type { Cloud } from "../../api/types.ts";
import { unlessDenied } from "../live/denied.ts";

/** An interface that a machine has, as one that can send and be asked. */
export interface End {
  readonly interfaceId: string;
  readonly instanceId: string;
  readonly vpcId: string;
  readonly subnetId: string;
  /** The instance's name or id, with the interface's number where it is not the first. */
  readonly label: string;
  readonly privateIp: string;
  readonly publicIp: string | null;
}

/** All of them, by name. */
export function endsOf({ networkInterfaces, instances }: Cloud): End[] {
  const names = new Map(unlessDenied(() => instances.list(), []).map(({ id, name }) => [id, name]));
  return networkInterfaces
    .list()
    .flatMap(({ id, vpcId, subnetId, attachment, addresses }): End[] => {
      if (attachment === null) return [];
      const { instanceId, deviceIndex } = attachment;
      const name = names.get(instanceId) || instanceId;
      const label = deviceIndex === 0 ? name : `${name} eth${deviceIndex}`;
      const { privateIp = "", publicIp = null } = addresses[0] ?? {};
      return [{ interfaceId: id, instanceId, vpcId, subnetId, label, privateIp, publicIp }];
    })
    .sort((a, b) => a.label.localeCompare(b.label, "en", { numeric: true }));
}
