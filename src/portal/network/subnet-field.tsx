import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-live.ts";
import { SelectField } from "../resources/fields.tsx";
import { nameOf } from "./names.ts";
import { wayOut } from "./way-out.ts";

interface SubnetFieldProps {
  readonly subnetId: string;
  readonly description?: string;
  readonly error?: string | undefined;
  /** What no subnet at all says; absent: one has to be chosen. */
  readonly otherwise?: string;
  readonly onChange: (subnetId: string) => void;
}

/** The subnet of something. */
export function SubnetField({ subnetId, otherwise, ...field }: SubnetFieldProps) {
  const { cloud } = usePortal();
  useRerenderOn(cloud.network.onChange);
  // Those that somebody has made, before those that every region has.
  const subnets = cloud.subnets.list().sort((a, b) => Number(a.isDefault) - Number(b.isDefault));
  return (
    <SelectField
      {...field}
      label="Subnet"
      value={subnetId}
      options={[
        ...(otherwise === undefined ? [] : [{ value: "", label: otherwise }]),
        ...subnets.map((subnet) => ({
          value: subnet.id,
          label: nameOf(subnet) || subnet.id,
          labelTag: subnet.cidrBlock,
          description: [subnet.id, subnet.zone, subnet.vpcId, `way out: ${wayOut(cloud, subnet)}`].join(", "),
        })),
      ]}
      filteringType={subnets.length > 5 ? "auto" : "none"}
      placeholder="Choose a subnet"
    />
  );
}
