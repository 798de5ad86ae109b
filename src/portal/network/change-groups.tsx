import FormField from "@cloudscape-design/components/form-field";
import Multiselect from "@cloudscape-design/components/multiselect";
import { useState } from "react";
import type { NetworkInterface } from "../../api/network-types.ts";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-live.ts";
import { Dialog } from "../resources/dialog.tsx";
import { labelOf } from "./names.ts";

/** Which security groups an interface is in; they take effect at once (F54). */
export function ChangeGroups(props: { networkInterface: NetworkInterface; onClose: () => void }) {
  const { networkInterface, onClose } = props;
  const { networkInterfaces, securityGroups } = usePortal().cloud;
  useRerenderOn(securityGroups.onChange);
  const [groupIds, setGroupIds] = useState(networkInterface.groupIds);
  const options = securityGroups
    .list()
    .filter(({ vpcId }) => vpcId === networkInterface.vpcId)
    .map(({ id, name, description }) => ({ value: id, label: name, labelTag: id, description }));
  const request = { securityGroupIds: groupIds };
  return (
    <Dialog
      title={`Security groups of ${labelOf(networkInterface)}`}
      submit="Save"
      disabled={groupIds.length === 0}
      onSubmit={() => networkInterfaces.modify(networkInterface.id, request)}
      onClose={onClose}
      calls={[{ member: "networkInterfaces.modify", args: [networkInterface.id, request] }]}
    >
      <FormField label="Security groups" description="One to five of its VPC. What one of them lets through passes.">
        <Multiselect
          options={options}
          filteringType="auto"
          placeholder="Choose security groups"
          selectedOptions={groupIds.map((id) => options.find(({ value }) => value === id) ?? { value: id })}
          onChange={({ detail }) => setGroupIds(detail.selectedOptions.map(({ value = "" }) => value))}
        />
      </FormField>
    </Dialog>
  );
}
