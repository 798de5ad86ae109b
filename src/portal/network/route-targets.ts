import type { SelectProps } from "@cloudscape-design/components/select";
import type { RouteTarget } from "../../api/network-types.ts";
import type { Cloud } from "../../api/types.ts";
import { unlessDenied } from "../live/denied.ts";
import { labelOf } from "./names.ts";

/** A target as the value of an option. */
export const keyOfTarget = ({ kind, id }: RouteTarget): string => `${kind} ${id}`;

export function targetOfKey(key: string): RouteTarget {
  const [kind, id = ""] = key.split(" ", 2);
  return { kind: kind as RouteTarget["kind"], id };
}

/** What routes of a VPC can lead to. */
export function targetOptions(cloud: Cloud, vpcId: string): SelectProps.OptionGroup[] {
  const here = (one: { readonly vpcId: string | null }) => one.vpcId === vpcId;
  const names = new Map(unlessDenied(() => cloud.instances.list(), []).map(({ id, name }) => [id, name]));
  const optionsOf = <T extends { readonly id: string; readonly tags: Readonly<Record<string, string>> }>(
    kind: RouteTarget["kind"],
    ones: readonly T[],
    description: (one: T) => string,
  ) =>
    ones.map((one) => ({ value: keyOfTarget({ kind, ...one }), label: labelOf(one), description: description(one) }));
  const groups = [
    {
      label: "Internet gateway",
      options: optionsOf("internet-gateway", cloud.internetGateways.list().filter(here), () => "For public addresses"),
    },
    {
      label: "NAT gateway",
      options: optionsOf(
        "nat-gateway",
        cloud.natGateways.list().filter((one) => here(one) && one.state === "available"),
        ({ address, privateIp }) => `Leaves as ${address?.publicIp ?? privateIp}`,
      ),
    },
    {
      label: "Network interface",
      options: optionsOf(
        "network-interface",
        cloud.networkInterfaces.list().filter((one) => here(one) && one.interfaceType === "interface"),
        ({ attachment, addresses }) =>
          [names.get(attachment?.instanceId ?? "") || attachment?.instanceId, addresses[0]?.privateIp]
            .filter(Boolean)
            .join(", "),
      ),
    },
  ];
  return groups.filter(({ options }) => options.length > 0);
}

/** Whether a target is there: a route to one that is gone drops what it leads ("blackhole"). */
export function isThere(cloud: Cloud, { kind, id }: RouteTarget, vpcId: string): boolean {
  switch (kind) {
    case "internet-gateway":
      return cloud.internetGateways.list().some((one) => one.id === id && one.vpcId === vpcId);
    case "nat-gateway":
      return cloud.natGateways.list().some((one) => one.id === id && one.state === "available");
    case "network-interface":
      return cloud.networkInterfaces.list().some((one) => one.id === id && one.attachment !== null);
  }
}
