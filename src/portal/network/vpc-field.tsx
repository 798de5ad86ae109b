import type { Vpc } from "../../api/network-types.ts";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-live.ts";
import { SelectField } from "../resources/fields.tsx";
import { labelOf } from "./names.ts";

interface VpcFieldProps {
  readonly vpcId: string;
  readonly description?: string;
  readonly error?: string | undefined;
  /** Whether none may be named, which is the default one. */
  readonly optional?: boolean;
  /** Those that can be chosen; all by default. */
  readonly canBe?: (vpc: Vpc) => boolean;
  readonly onChange: (vpcId: string) => void;
}

/** The VPC of something. */
export function VpcField({ vpcId, optional = false, canBe = () => true, ...field }: VpcFieldProps) {
  const { vpcs } = usePortal().cloud;
  useRerenderOn(vpcs.onChange);
  return (
    <SelectField
      {...field}
      label="VPC"
      value={vpcId}
      options={[
        ...(optional ? [{ value: "", label: "The default VPC" }] : []),
        ...vpcs
          .list()
          .filter(canBe)
          .map((vpc) => ({
            value: vpc.id,
            label: labelOf(vpc),
            description: `${vpc.cidrBlock}, ${vpc.region}${vpc.isDefault ? ", the default one" : ""}`,
          })),
      ]}
      placeholder="Choose a VPC"
      empty="There is none that it can be"
    />
  );
}

/** Where something new is most likely to go: into a VPC that somebody has made. */
export const likelyVpc = (vpcs: readonly Vpc[]): string =>
  (vpcs.find(({ isDefault }) => !isDefault) ?? vpcs[0])?.id ?? "";
