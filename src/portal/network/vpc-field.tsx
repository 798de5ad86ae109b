import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-live.ts";
import { SelectField } from "../resources/fields.tsx";
import { nameOf } from "./names.ts";

/** The VPC of something new; empty: the default one, where there is one. */
export function VpcField({ vpcId, onChange }: { vpcId: string; onChange: (vpcId: string) => void }) {
  const { vpcs } = usePortal().cloud;
  useRerenderOn(vpcs.onChange);
  return (
    <SelectField
      label="VPC"
      value={vpcId}
      options={[
        { value: "", label: "The default VPC" },
        ...vpcs.list().map((vpc) => ({
          value: vpc.id,
          label: vpc.id,
          description: [nameOf(vpc), vpc.cidrBlock, vpc.region].filter(Boolean).join(", "),
        })),
      ]}
      onChange={onChange}
    />
  );
}
