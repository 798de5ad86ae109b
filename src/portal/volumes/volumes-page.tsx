import Button from "@cloudscape-design/components/button";
import { useState } from "react";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-instances.ts";
import { ResourceTable } from "../resources/resource-table.tsx";
import { Page } from "../shell/page.tsx";
import { COLUMNS } from "./columns.tsx";
import { CreateVolume } from "./create-volume.tsx";
import { VolumeActions } from "./volume-actions.tsx";
import { labelOf } from "./volume-label.ts";

export default function VolumesPage() {
  const { cloud } = usePortal();
  useRerenderOn(cloud.volumes.onChange);
  const [creating, setCreating] = useState(false);
  return (
    <Page
      title="Volumes"
      description="Disks in this browser. They can be attached and detached while an instance runs."
      actions={
        <Button variant="primary" onClick={() => setCreating(true)}>
          Create volume
        </Button>
      }
    >
      <ResourceTable
        items={cloud.volumes.list()}
        columns={COLUMNS}
        noun={["volume", "volumes"]}
        selection="multi"
        initialSorting={{ column: "created", descending: true }}
        filterPlaceholder="Find a volume by name, ID, state, type, instance"
        nameOf={labelOf}
        actions={(volumes) => <VolumeActions volumes={volumes} />}
        empty="There are no volumes. Each instance that is launched brings one."
      />
      {creating && <CreateVolume onClose={() => setCreating(false)} />}
    </Page>
  );
}
