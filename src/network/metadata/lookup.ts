import type { NetworkModel } from "../model.ts";
import type { MetadataModel } from "./model.ts";

/** What a model tells of the instance that an interface belongs to. */
export function metadataLookup({
  interfaces,
  metadata = [],
}: NetworkModel): (interfaceId: string) => MetadataModel | undefined {
  const byInstance = new Map(metadata.map((one) => [one.instanceId, one]));
  const owners = new Map(interfaces.map(({ id, instanceId }) => [id, instanceId]));
  return (interfaceId) => byInstance.get(owners.get(interfaceId) ?? "");
}
