import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { usePortal } from "../live/portal-context.ts";
import { Dialog } from "../resources/dialog.tsx";
import { bySigns } from "../resources/refusal.ts";
import { navigate, type PageName } from "../routing/route.ts";
import type { Tags } from "../tags/tags.ts";
import { NameField } from "./name-field.tsx";
import { nameTags } from "./names.ts";
import { likelyVpc, VpcField } from "./vpc-field.tsx";

interface CreateInVpcProps {
  /** "route table" */
  readonly noun: string;
  /** What it is like when it is new. */
  readonly description: string;
  readonly member: string;
  readonly create: (request: { readonly vpcId: string; readonly tags?: Tags }) => Promise<{ readonly id: string }>;
  /** Where it is shown then. */
  readonly page: PageName;
  readonly onClose: () => void;
}

const fieldOf = bySigns({ vpcId: ["InvalidVpcID.NotFound"] });

/** Makes what has nothing but a VPC and a name at first, and shows it. */
export function CreateInVpc({ noun, description, member, create, page, onClose }: CreateInVpcProps) {
  const { vpcs } = usePortal().cloud;
  const [name, setName] = useState("");
  const [vpcId, setVpcId] = useState(() => likelyVpc(vpcs.list()));
  const request = { vpcId, ...nameTags(name) };
  return (
    <Dialog
      title={`Create a ${noun}`}
      submit={`Create ${noun}`}
      disabled={vpcId === ""}
      fieldOf={fieldOf}
      onSubmit={async () => {
        const { id } = await create(request);
        navigate({ page, id });
      }}
      onClose={onClose}
      calls={[{ member, args: [request] }]}
    >
      {(errors) => (
        <SpaceBetween size="m">
          <NameField name={name} onChange={setName} />
          <VpcField description={description} error={errors.vpcId} vpcId={vpcId} onChange={setVpcId} />
        </SpaceBetween>
      )}
    </Dialog>
  );
}
