import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Volume } from "../../api/volume-types.ts";
import { formatBytes } from "../format/bytes.ts";
import { formatDateTime } from "../format/time.ts";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-live.ts";
import { yesNo } from "../resources/columns.tsx";
import { Facts } from "../resources/facts.tsx";
import { found, NoSuch } from "../resources/found.tsx";
import { ResourceLink } from "../routing/links.tsx";
import { Page } from "../shell/page.tsx";
import { ChainPicture } from "./chain-picture.tsx";
import { VolumeActions } from "./volume-actions.tsx";
import { VolumeStateIndicator } from "./volume-state.tsx";

export default function VolumePage({ id }: { id: string }) {
  const { cloud } = usePortal();
  useRerenderOn(cloud.volumes.onChange);
  useRerenderOn(cloud.snapshots.onChange);
  const volume = found(() => cloud.volumes.get(id));
  if (volume === null) return <NoSuch noun="volume" id={id} />;
  return (
    <Page
      title={volume.name || volume.id}
      description={<VolumeStateIndicator volume={volume} />}
      actions={<VolumeActions volumes={[volume]} />}
    >
      <SpaceBetween size="l">
        <Facts facts={factsOf(volume)} />
        <Container
          header={
            <Header variant="h2" description="What the volume is made of; what it writes goes into the one on top.">
              Layers
            </Header>
          }
        >
          <ChainPicture volume={volume} />
        </Container>
      </SpaceBetween>
    </Page>
  );
}

function factsOf(volume: Volume) {
  const { attachment, modification } = volume;
  return {
    "Volume ID": volume.id,
    Size: formatBytes(volume.sizeBytes),
    Type: `${volume.type}, ${volume.iops} IOPS, ${volume.throughputMiBps} MiB/s`,
    Encrypted: yesNo(volume.encrypted),
    "Attached to": attachment && <ResourceLink page="instances" id={attachment.instanceId} />,
    Device: attachment?.device ?? "",
    "In the guest": attachment?.guestDevice ?? "",
    "Deleted with the instance": attachment && yesNo(attachment.deleteOnTermination),
    "Made from": volume.snapshotId ?? volume.imageId ?? "blank",
    Created: formatDateTime(volume.createTime),
    "Last modification": modification && (modification.message || modification.state),
  };
}
