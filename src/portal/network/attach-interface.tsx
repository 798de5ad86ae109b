import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { NetworkInterface } from "../../api/network-types.ts";
import { InstanceField } from "../instances/instance-field.tsx";
import { usePortal } from "../live/portal-context.ts";
import { useInstances } from "../live/use-live.ts";
import { Dialog } from "../resources/dialog.tsx";
import { NumberField } from "../resources/fields.tsx";
import { bySigns } from "../resources/refusal.ts";
import { labelOf } from "./names.ts";

const fieldOf = bySigns({
  deviceIndex: [],
  instanceId: ["InvalidInstanceID.NotFound", "IncorrectInstanceState", "InvalidParameterCombination"],
});

/** Gives an instance another network card (F58): a running guest sees it at once. */
export function AttachInterface({ one, onClose }: { one: NetworkInterface; onClose: () => void }) {
  const { cloud } = usePortal();
  const { networkInterfaces } = cloud;
  const instances = useInstances(cloud).filter(
    ({ state, availabilityZone }) => (state === "running" || state === "stopped") && availabilityZone === one.zone,
  );
  const [instanceId, setInstanceId] = useState("");
  const [typed, setTyped] = useState<string | null>(null);
  const index = typed ?? String(freeIndex(networkInterfaces.list(), instanceId));
  const request = { networkInterfaceId: one.id, instanceId, deviceIndex: Number(index) };
  return (
    <Dialog
      title={`Attach ${labelOf(one)}`}
      submit="Attach"
      disabled={instanceId === ""}
      fieldOf={fieldOf}
      onSubmit={() => networkInterfaces.attach(request)}
      onClose={onClose}
      calls={[{ member: "networkInterfaces.attach", args: [request] }]}
    >
      {(errors) => (
        <SpaceBetween size="m">
          <InstanceField
            instances={instances}
            description={`Running or stopped, in ${one.zone}. A running guest gets the card at once; images without DHCP on it have to be told of it.`}
            error={errors.instanceId}
            instanceId={instanceId}
            onChange={setInstanceId}
          />
          <NumberField
            label="Device index"
            description="1 is eth1; 0 is the primary interface, which stays."
            error={errors.deviceIndex}
            value={index}
            onChange={setTyped}
          />
        </SpaceBetween>
      )}
    </Dialog>
  );
}

/** The lowest one that no interface of the instance has, beside the primary one's. */
function freeIndex(interfaces: readonly NetworkInterface[], instanceId: string): number {
  const taken = new Set(
    interfaces.flatMap(({ attachment }) => (attachment?.instanceId === instanceId ? [attachment.deviceIndex] : [])),
  );
  let index = 1;
  while (taken.has(index)) index++;
  return index;
}
