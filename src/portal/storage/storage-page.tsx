import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useCallback, useEffect, useState } from "react";
import type { StorageUsage } from "../../api/storage-types.ts";
import { EncryptionSection } from "../encryption/encryption-section.tsx";
import { formatBytes } from "../format/bytes.ts";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-instances.ts";
import { type ResourceColumn, ResourceTable } from "../resources/resource-table.tsx";
import { useAction } from "../resources/use-action.ts";
import { formatRoute } from "../routing/route.ts";
import { Loading } from "../shell/loading.tsx";
import { Page } from "../shell/page.tsx";

interface Row {
  readonly id: string;
  readonly kind: "Volume" | "Snapshot";
  readonly sizeBytes: number;
  readonly storedBytes: number;
}

const COLUMNS: readonly ResourceColumn<Row>[] = [
  {
    id: "id",
    header: "ID",
    text: ({ id }) => id,
    cell: ({ id, kind }) => (kind === "Volume" ? <Link href={formatRoute({ page: "volume", id })}>{id}</Link> : id),
    isRowHeader: true,
  },
  { id: "kind", header: "Kind", text: ({ kind }) => kind, cell: ({ kind }) => kind },
  {
    id: "stored",
    header: "Takes here",
    order: ({ storedBytes }) => storedBytes,
    cell: ({ storedBytes }) => formatBytes(storedBytes),
  },
  {
    id: "size",
    header: "Size of the disk",
    order: ({ sizeBytes }) => sizeBytes,
    cell: ({ sizeBytes }) => formatBytes(sizeBytes),
  },
];

/** Who takes how much of the browser's storage. */
export default function StoragePage() {
  const { cloud, notifications } = usePortal();
  useRerenderOn(cloud.storage.onChange);
  const run = useAction();
  const [usage, setUsage] = useState<StorageUsage | null>(null);
  const look = useCallback(() => {
    cloud.storage.usage().then(setUsage, (thrown) => notifications.showError("Could not look at the storage", thrown));
  }, [cloud, notifications]);
  useEffect(look, [look]);

  if (usage === null) {
    return (
      <Page title="Storage">
        <Loading text="Looking at the storage…" />
      </Page>
    );
  }
  const { persistent } = cloud.storage.state;
  return (
    <Page
      title="Storage"
      description="What this page keeps in your browser."
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <Button iconName="refresh" onClick={look}>
            Look again
          </Button>
          <Button
            disabled={persistent}
            onClick={() => run("Could not ask the browser", () => cloud.storage.persist().then(look))}
          >
            Ask the browser to keep it
          </Button>
          <Button
            onClick={() => run("Could not clear the downloads", () => cloud.storage.evictImageCache().then(look))}
          >
            Clear downloaded images
          </Button>
        </SpaceBetween>
      }
    >
      <SpaceBetween size="l">
        <Container header={<Header variant="h2">In all</Header>}>
          <KeyValuePairs
            columns={3}
            items={[
              { label: "Taken by this page", value: bytesOr(usage.usedBytes) },
              { label: "The browser allows", value: bytesOr(usage.quotaBytes) },
              { label: "Kept when room gets tight", value: persistent ? "Yes" : "Not promised" },
              { label: "Downloaded images", value: formatBytes(usage.imageCacheBytes) },
              { label: "Coming back soon", value: formatBytes(usage.garbageBytes) },
            ]}
          />
        </Container>
        <EncryptionSection />
        <ResourceTable
          items={[
            ...usage.volumes.map((volume): Row => ({ ...volume, kind: "Volume" })),
            ...usage.snapshots.map((snapshot): Row => ({ ...snapshot, kind: "Snapshot" })),
          ]}
          columns={COLUMNS}
          noun={["disk", "disks"]}
          initialSorting={{ column: "stored", descending: true }}
          filterPlaceholder="Find a volume or a snapshot by its ID"
          nameOf={({ id }) => id}
          empty="Nothing is stored."
        />
      </SpaceBetween>
    </Page>
  );
}

const bytesOr = (bytes: number | null) => (bytes === null ? "The browser does not say" : formatBytes(bytes));
