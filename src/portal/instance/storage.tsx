import type { Instance } from "../../api/types.ts";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-live.ts";
import { VolumeTable } from "../volumes/volume-table.tsx";

/** The volumes that are attached to an instance. */
export function Storage({ instance }: { instance: Instance }) {
  const { cloud } = usePortal();
  useRerenderOn(cloud.volumes.onChange);
  return (
    <VolumeTable
      volumes={cloud.volumes.list().filter(({ attachment }) => attachment?.instanceId === instance.id)}
      noun={["attached volume", "attached volumes"]}
      newestFirst={false}
      empty="No volume is attached. Attach one on the page of the volumes."
    />
  );
}
