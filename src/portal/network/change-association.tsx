import { useState } from "react";
import type { Subnet } from "../../api/network-types.ts";
import type { Change } from "../resources/changes.ts";
import { Dialog } from "../resources/dialog.tsx";
import { SelectField } from "../resources/fields.tsx";
import type { Tags } from "../tags/tags.ts";
import { labelOf } from "./names.ts";

interface ChangeAssociationProps {
  readonly subnet: Subnet;
  /** "Route table" */
  readonly label: string;
  readonly description: string;
  /** What there is. */
  readonly choices: readonly { readonly id: string; readonly vpcId: string; readonly tags: Tags }[];
  /** What the choice without an id says; absent: there is none. */
  readonly otherwise?: string;
  /** Its id; empty without one. */
  readonly now: string;
  readonly changeOf: (id: string) => Change | null;
  readonly onClose: () => void;
}

/** Gives a subnet another one of what it has one of. */
export function ChangeAssociation(props: ChangeAssociationProps) {
  const { subnet, label, description, choices, otherwise, now, changeOf, onClose } = props;
  const [chosen, setChosen] = useState(now);
  const change = changeOf(chosen);
  const ofVpc = choices.filter(({ vpcId }) => vpcId === subnet.vpcId);
  return (
    <Dialog
      title={`${label} of ${labelOf(subnet)}`}
      submit="Save"
      disabled={change === null}
      onSubmit={async () => change?.act()}
      onClose={onClose}
      calls={change === null ? [] : [change.call]}
    >
      <SelectField
        label={label}
        description={description}
        value={chosen}
        options={[
          ...(otherwise === undefined ? [] : [{ value: "", label: otherwise }]),
          ...ofVpc.map((one) => ({ value: one.id, label: labelOf(one) })),
        ]}
        onChange={setChosen}
      />
    </Dialog>
  );
}
