import type { Instance } from "../../api/types.ts";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-instances.ts";
import { ResourceTable } from "../resources/resource-table.tsx";
import { COLUMNS } from "../volumes/columns.tsx";
import { VolumeActions } from "../volumes/volume-actions.tsx";
import { labelOf } from "../volumes/volume-label.ts";

/** The volumes that are attached to an instance. */
export function Storage({ instance }: { instance: Instance }) {
  const { cloud } = usePortal();
  useRerenderOn(cloud.volumes.onChange);
  return (
    <ResourceTable
      items={cloud.volumes.list().filter(({ attachment }) => attachment?.instanceId === instance.id)}
      columns={COLUMNS}
      noun={["attached volume", "attached volumes"]}
      selection="multi"
      initialSorting={{ column: "created", descending: false }}
      filterPlaceholder="Find a volume by name, ID, type, device"
      nameOf={labelOf}
      actions={(volumes) => <VolumeActions volumes={volumes} />}
      empty="No volume is attached. Attach one on the page of the volumes."
    />
  );
}
