import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-live.ts";
import { DialogButton } from "../resources/dialog-button.tsx";
import { Page } from "../shell/page.tsx";
import { CreateVolume } from "./create-volume.tsx";
import { VolumeTable } from "./volume-table.tsx";

export default function VolumesPage() {
  const { cloud } = usePortal();
  useRerenderOn(cloud.volumes.onChange);
  return (
    <Page
      title="Volumes"
      description="Disks in this browser. They can be attached and detached while an instance runs."
      actions={<DialogButton primary text="Create volume" dialog={(close) => <CreateVolume onClose={close} />} />}
    >
      <VolumeTable
        volumes={cloud.volumes.list()}
        noun={["volume", "volumes"]}
        newestFirst
        empty="There are no volumes. Each instance that is launched brings one."
      />
    </Page>
  );
}
