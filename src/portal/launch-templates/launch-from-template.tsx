import { useState } from "react";
import type { LaunchTemplate, LaunchTemplateVersion } from "../../api/types.ts";
import { usePortal } from "../live/portal-context.ts";
import { Dialog } from "../resources/dialog.tsx";
import { NumberField, TextField } from "../resources/fields.tsx";
import { typed } from "../resources/typed.ts";
import { navigate } from "../routing/route.ts";

interface LaunchFromTemplateProps {
  readonly template: LaunchTemplate;
  readonly version: LaunchTemplateVersion;
  readonly onClose: () => void;
}

/** Launches instances as a version of a template says. */
export function LaunchFromTemplate({ template, version, onClose }: LaunchFromTemplateProps) {
  const { cloud } = usePortal();
  const [name, setName] = useState("");
  const [count, setCount] = useState("1");
  const request = {
    launchTemplate: { id: template.id, version: version.version },
    count: Number(count),
    ...typed({ name }),
  };
  const launch = async () => {
    await cloud.instances.launch(request);
    navigate({ page: "instances" });
  };
  return (
    <Dialog
      title={`Launch from ${template.name}, version ${version.version}`}
      submit="Launch"
      onSubmit={launch}
      onClose={onClose}
      calls={[
        {
          member: "instances.launch",
          args: [request],
          ec2: [
            {
              action: "RunInstances",
              parameters: {
                LaunchTemplate: { LaunchTemplateId: template.id, Version: String(version.version) },
                Count: request.count,
              },
            },
          ],
        },
      ]}
    >
      <TextField label="Name" value={name} autoFocus onChange={setName} />
      <NumberField label="Number of instances" value={count} onChange={setCount} />
    </Dialog>
  );
}
