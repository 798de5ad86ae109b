import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Cloud } from "../../api/types.ts";
import type { Volume } from "../../api/volume-types.ts";
import { CloudError } from "../../base/errors.ts";
import { formatBytes } from "../format/bytes.ts";
import { formatDateTime } from "../format/time.ts";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-instances.ts";
import { formatRoute } from "../routing/route.ts";
import { NotFound } from "../shell/not-found.tsx";
import { Page } from "../shell/page.tsx";
import { ChainPicture } from "./chain-picture.tsx";
import { VolumeActions } from "./volume-actions.tsx";
import { VolumeStateIndicator } from "./volume-state.tsx";

export default function VolumePage({ id }: { id: string }) {
  const { cloud } = usePortal();
  useRerenderOn(cloud.volumes.onChange);
  useRerenderOn(cloud.snapshots.onChange);
  const volume = find(cloud, id);
  if (volume === null) {
    return (
      <NotFound
        title="There is no such volume"
        text={`No volume here has the ID “${id}”. It may have been deleted, or live in another browser.`}
      />
    );
  }
  return (
    <Page
      title={volume.name || volume.id}
      description={<VolumeStateIndicator volume={volume} />}
      actions={<VolumeActions volumes={[volume]} />}
    >
      <SpaceBetween size="l">
        <Facts volume={volume} />
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

function Facts({ volume }: { volume: Volume }) {
  const { attachment, modification } = volume;
  return (
    <Container>
      <KeyValuePairs
        columns={3}
        items={[
          { label: "Volume ID", value: volume.id },
          { label: "Size", value: formatBytes(volume.sizeBytes) },
          { label: "Type", value: `${volume.type}, ${volume.iops} IOPS, ${volume.throughputMiBps} MiB/s` },
          { label: "Encrypted", value: volume.encrypted ? "Yes" : "No" },
          {
            label: "Attached to",
            value: attachment ? (
              <Link href={formatRoute({ page: "instance", id: attachment.instanceId, tab: "console" })}>
                {attachment.instanceId}
              </Link>
            ) : (
              "–"
            ),
          },
          { label: "Device", value: attachment?.device ?? "–" },
          { label: "In the guest", value: attachment?.guestDevice ?? "–" },
          {
            label: "Deleted with the instance",
            value: attachment ? (attachment.deleteOnTermination ? "Yes" : "No") : "–",
          },
          { label: "Made from", value: volume.snapshotId ?? volume.imageId ?? "blank" },
          { label: "Created", value: formatDateTime(volume.createTime) },
          { label: "Last modification", value: modification ? modification.message || modification.state : "–" },
        ]}
      />
    </Container>
  );
}

function find(cloud: Cloud, id: string): Volume | null {
  try {
    return cloud.volumes.get(id);
  } catch (thrown) {
    if (thrown instanceof CloudError && thrown.code.startsWith("InvalidVolume")) return null;
    throw thrown;
  }
}
