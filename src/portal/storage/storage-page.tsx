import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { EncryptionSection } from "../encryption/encryption-section.tsx";
import { formatBytes } from "../format/bytes.ts";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-live.ts";
import { useLoaded } from "../live/use-loaded.ts";
import { bytesColumn, textColumn } from "../resources/columns.tsx";
import { InAll, LookAgain } from "../resources/overview.tsx";
import { type ResourceColumn, ResourceTable } from "../resources/resource-table.tsx";
import { useAction } from "../resources/use-action.ts";
import { ResourceLink } from "../routing/links.tsx";
import { Loading } from "../shell/loading.tsx";
import { Page } from "../shell/page.tsx";

interface Row {
  readonly id: string;
  readonly kind: "Volume" | "Snapshot";
  readonly sizeBytes: number;
  readonly storedBytes: number;
}

const COLUMNS: readonly ResourceColumn<Row>[] = [
  textColumn("id", "ID", ({ id }) => id, {
    cell: ({ id, kind }) => (kind === "Volume" ? <ResourceLink page="volumes" id={id} /> : id),
    isRowHeader: true,
  }),
  textColumn("kind", "Kind", ({ kind }) => kind),
  bytesColumn("stored", "Takes here", ({ storedBytes }) => storedBytes),
  bytesColumn("size", "Size of the disk", ({ sizeBytes }) => sizeBytes),
];

/** Who takes how much of the browser's storage. */
export default function StoragePage() {
  const { storage } = usePortal().cloud;
  useRerenderOn(storage.onChange);
  const run = useAction();
  const { value: usage, error, look } = useLoaded(() => storage.usage(), []);
  // The page's boundary says it, once.
  if (error !== null) throw error;
  if (usage === null) {
    return (
      <Page title="Storage">
        <Loading text="Looking at the storage…" />
      </Page>
    );
  }
  const { persistent } = storage.state;
  return (
    <Page
      title="Storage"
      description="What this page keeps in your browser."
      actions={
        <LookAgain look={look}>
          <Button
            disabled={persistent}
            onClick={() => run("Could not ask the browser", () => storage.persist().then(look))}
          >
            Ask the browser to keep it
          </Button>
          <Button onClick={() => run("Could not clear the downloads", () => storage.evictImageCache().then(look))}>
            Clear downloaded images
          </Button>
        </LookAgain>
      }
    >
      <SpaceBetween size="l">
        <InAll
          facts={{
            "Taken by this page": bytesOr(usage.usedBytes),
            "The browser allows": bytesOr(usage.quotaBytes),
            "Kept when room gets tight": persistent ? "Yes" : "Not promised",
            "Downloaded images": formatBytes(usage.imageCacheBytes),
            "Coming back soon": formatBytes(usage.garbageBytes),
          }}
        />
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
