import { useState } from "react";
import type { Subnet } from "../../api/network-types.ts";
import { usePortal } from "../live/portal-context.ts";
import { type Change, doAll } from "../resources/changes.ts";
import { Dialog } from "../resources/dialog.tsx";
import { MultiselectField } from "../resources/fields.tsx";
import { nameOf } from "./names.ts";

interface ChooseSubnetsProps {
  readonly title: string;
  readonly description: string;
  readonly vpcId: string;
  readonly has: (subnet: Subnet) => boolean;
  /** What a subnet has now, in words. */
  readonly now: (subnet: Subnet) => string;
  /** What gives it to a subnet, or takes it away; null where nothing has to be done. */
  readonly changeOf: (subnet: Subnet, wanted: boolean) => Change | null;
  readonly onClose: () => void;
}

/** Which subnets of a VPC have something of which each has one. */
export function ChooseSubnets(props: ChooseSubnetsProps) {
  const { title, description, vpcId, has, now, changeOf, onClose } = props;
  const subnets = usePortal()
    .cloud.subnets.list()
    .filter((subnet) => subnet.vpcId === vpcId);
  const [chosen, setChosen] = useState<readonly string[]>(() => subnets.filter(has).map(({ id }) => id));
  const changes = subnets.flatMap((subnet) => changeOf(subnet, chosen.includes(subnet.id)) ?? []);
  return (
    <Dialog
      title={title}
      submit="Save associations"
      disabled={changes.length === 0}
      onSubmit={() => doAll(changes)}
      onClose={onClose}
      calls={changes.map(({ call }) => call)}
    >
      <MultiselectField
        label="Subnets"
        description={description}
        options={subnets.map((subnet) => ({
          value: subnet.id,
          label: nameOf(subnet) || subnet.id,
          labelTag: subnet.cidrBlock,
          description: `${subnet.zone}, now ${now(subnet)}`,
        }))}
        placeholder="Choose subnets"
        empty="The VPC has no subnets"
        values={chosen}
        onChange={setChosen}
      />
    </Dialog>
  );
}
