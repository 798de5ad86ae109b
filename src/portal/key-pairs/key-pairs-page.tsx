import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { KeyPair } from "../../api/types.ts";
import { formatShortDateTime } from "../format/time.ts";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-instances.ts";
import { ActionsMenu } from "../resources/actions-menu.tsx";
import { Question } from "../resources/question.tsx";
import { type ResourceColumn, ResourceTable } from "../resources/resource-table.tsx";
import { Page } from "../shell/page.tsx";
import { ManageTags } from "../tags/manage-tags.tsx";
import { CreateKeyPair } from "./create-key-pair.tsx";
import { ImportKeyPair } from "./import-key-pair.tsx";

const COLUMNS: readonly ResourceColumn<KeyPair>[] = [
  { id: "name", header: "Name", text: ({ name }) => name, cell: ({ name }) => name, isRowHeader: true },
  { id: "type", header: "Type", text: ({ type }) => type, cell: ({ type }) => type },
  {
    id: "created",
    header: "Created",
    order: ({ createTime }) => createTime.getTime(),
    cell: ({ createTime }) => formatShortDateTime(createTime),
  },
  {
    id: "fingerprint",
    header: "Fingerprint",
    text: ({ fingerprint }) => fingerprint,
    cell: ({ fingerprint }) => <code>{fingerprint}</code>,
  },
  { id: "id", header: "Key pair ID", text: ({ id }) => id, cell: ({ id }) => id },
];

type Open = "create" | "import" | "delete" | "tags" | null;

export default function KeyPairsPage() {
  const { cloud } = usePortal();
  useRerenderOn(cloud.keyPairs.onChange);
  const [open, setOpen] = useState<Open>(null);
  const [pairs, setPairs] = useState<readonly KeyPair[]>([]);
  const close = () => setOpen(null);
  const begin = (action: Open, selected: readonly KeyPair[]) => {
    setPairs(selected);
    setOpen(action);
  };
  const [pair] = pairs;
  return (
    <Page
      title="Key pairs"
      description="Who has a pair's private key may log in to the instances that were launched with it. The cloud keeps the public one only."
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <Button onClick={() => setOpen("import")}>Import key pair</Button>
          <Button variant="primary" onClick={() => setOpen("create")}>
            Create key pair
          </Button>
        </SpaceBetween>
      }
    >
      <ResourceTable
        items={cloud.keyPairs.list()}
        columns={COLUMNS}
        noun={["key pair", "key pairs"]}
        selection="multi"
        initialSorting={{ column: "created", descending: true }}
        filterPlaceholder="Find a key pair by its name, type, fingerprint or tags"
        nameOf={({ name }) => name}
        actions={(selected) => (
          <ActionsMenu
            items={[
              { action: "tags", text: "Manage tags…", whyNot: selected.length === 1 ? null : "Select one key pair" },
              { action: "delete", text: "Delete…", whyNot: selected.length > 0 ? null : "Select a key pair first" },
            ]}
            onAction={(action) => begin(action as Open, selected)}
          />
        )}
        empty="There are no key pairs. Instances can be launched without one: their console needs none."
      />
      {open === "create" && <CreateKeyPair onClose={close} />}
      {open === "import" && <ImportKeyPair onClose={close} />}
      {open === "tags" && pair !== undefined && (
        <ManageTags
          label={pair.name}
          id={pair.id}
          tags={pair.tags}
          callOf={(tags) => ({ member: "keyPairs.setTags", args: [pair.id, tags] })}
          onSave={(tags) => cloud.keyPairs.setTags(pair.id, tags)}
          onClose={close}
        />
      )}
      {open === "delete" && pairs.length > 0 && (
        <Question
          title={pairs.length === 1 ? `Delete ${pair?.name}?` : `Delete ${pairs.length} key pairs?`}
          submit="Delete"
          consequence="Instances that were launched with it go on letting its private key in. New ones cannot be launched with it."
          onSubmit={() => Promise.all(pairs.map(({ id }) => cloud.keyPairs.delete(id)))}
          onClose={close}
          calls={pairs.map(({ id }) => ({
            member: "keyPairs.delete",
            args: [id],
            ec2: [{ action: "DeleteKeyPair", parameters: { KeyPairId: id } }],
          }))}
        />
      )}
    </Page>
  );
}
