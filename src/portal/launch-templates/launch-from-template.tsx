import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";
import type { LaunchTemplate, LaunchTemplateVersion } from "../../api/types.ts";
import { usePortal } from "../live/portal-context.ts";
import { Dialog } from "../resources/dialog.tsx";
import { formatRoute } from "../routing/route.ts";

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
    ...(name.trim() !== "" && { name: name.trim() }),
  };
  const launch = async () => {
    await cloud.instances.launch(request);
    location.hash = formatRoute({ page: "instances" });
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
      <FormField label="Name">
        <Input value={name} autoFocus onChange={({ detail }) => setName(detail.value)} />
      </FormField>
      <FormField label="Number of instances">
        <Input value={count} type="number" inputMode="numeric" onChange={({ detail }) => setCount(detail.value)} />
      </FormField>
    </Dialog>
  );
}
