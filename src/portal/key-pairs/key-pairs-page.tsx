import SpaceBetween from "@cloudscape-design/components/space-between";
import type { KeyPair } from "../../api/types.ts";
import { usePortal } from "../live/portal-context.ts";
import { textColumn, timeColumn } from "../resources/columns.tsx";
import { askedAction, tagsAction } from "../resources/common-actions.tsx";
import { DialogButton } from "../resources/dialog-button.tsx";
import { ListPage } from "../resources/list-page.tsx";
import type { ResourceAction } from "../resources/resource-actions.tsx";
import type { ResourceColumn } from "../resources/resource-table.tsx";
import { CreateKeyPair } from "./create-key-pair.tsx";
import { ImportKeyPair } from "./import-key-pair.tsx";

const NOUN = ["key pair", "key pairs"] as const;

const COLUMNS: readonly ResourceColumn<KeyPair>[] = [
  textColumn("name", "Name", labelOf, { isRowHeader: true }),
  textColumn("type", "Type", ({ type }) => type),
  timeColumn("created", "Created", ({ createTime }) => createTime),
  textColumn("fingerprint", "Fingerprint", ({ fingerprint }) => fingerprint, {
    cell: ({ fingerprint }) => <code>{fingerprint}</code>,
  }),
  textColumn("id", "Key pair ID", ({ id }) => id),
];

export default function KeyPairsPage() {
  const { cloud } = usePortal();
  const actions: readonly ResourceAction<KeyPair>[] = [
    tagsAction({ labelOf, member: "keyPairs", setTags: (id, tags) => cloud.keyPairs.setTags(id, tags) }),
    askedAction({
      verb: "Delete",
      noun: NOUN,
      labelOf,
      consequence:
        "Instances that were launched with it go on letting its private key in. New ones cannot be launched with it.",
      act: ({ id }) => cloud.keyPairs.delete(id),
      callOf: ({ id }) => ({
        member: "keyPairs.delete",
        args: [id],
        ec2: [{ action: "DeleteKeyPair", parameters: { KeyPairId: id } }],
      }),
    }),
  ];
  return (
    <ListPage
      description="Who has a pair's private key may log in to the instances that were launched with it. The cloud keeps the public one only."
      noun={NOUN}
      collection={cloud.keyPairs}
      columns={COLUMNS}
      labelOf={labelOf}
      sortedBy={{ column: "created", descending: true }}
      buttons={
        <SpaceBetween direction="horizontal" size="xs">
          <DialogButton text="Import key pair" dialog={(close) => <ImportKeyPair onClose={close} />} />
          <DialogButton primary text="Create key pair" dialog={(close) => <CreateKeyPair onClose={close} />} />
        </SpaceBetween>
      }
      actions={actions}
      empty="There are no key pairs. Instances can be launched without one: their console needs none."
    />
  );
}

function labelOf({ name }: KeyPair): string {
  return name;
}
