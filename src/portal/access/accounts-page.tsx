import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { Account, NewAccount } from "../../api/types.ts";
import { usePortal } from "../live/portal-context.ts";
import { useLoaded } from "../live/use-loaded.ts";
import { textColumn, timeColumn } from "../resources/columns.tsx";
import { Dialog } from "../resources/dialog.tsx";
import { DialogButton } from "../resources/dialog-button.tsx";
import { TextField } from "../resources/fields.tsx";
import { type ResourceColumn, ResourceTable } from "../resources/resource-table.tsx";
import { typed } from "../resources/typed.ts";
import { Page } from "../shell/page.tsx";
import { DeniedAlert } from "./denied-alert.tsx";
import { NewKey } from "./new-key.tsx";

type Row = Account & { readonly id: string };

const COLUMNS: readonly ResourceColumn<Row>[] = [
  textColumn("id", "Account ID", ({ accountId }) => accountId, { isRowHeader: true }),
  textColumn("name", "Name", ({ name }) => name),
  timeColumn("created", "Created", ({ createTime }) => createTime),
];

/** Accounts, which have nothing in common but this browser (F60). */
export default function AccountsPage() {
  const { access } = usePortal().cloud;
  const accounts = useLoaded(() => access.listAccounts(), [access.onChange]);
  return (
    <Page
      title="Accounts"
      description="Each has instances, disks, users and quotas of its own, and sees of another's only what is shared with it."
      actions={<DialogButton primary text="Create account" dialog={(close) => <CreateAccount onClose={close} />} />}
    >
      <SpaceBetween size="l">
        {accounts.error !== null && <DeniedAlert error={accounts.error} />}
        <ResourceTable
          items={(accounts.value ?? []).map((account): Row => ({ ...account, id: account.accountId }))}
          columns={COLUMNS}
          noun={["account", "accounts"]}
          loading={accounts.loading}
          initialSorting={{ column: "created", descending: false }}
          filterPlaceholder="Find an account by its ID or name"
          nameOf={({ accountId }) => accountId}
          empty="There is this account only."
        />
      </SpaceBetween>
    </Page>
  );
}

/** Makes an account; its root user's key is shown once. */
function CreateAccount({ onClose }: { onClose: () => void }) {
  const { access } = usePortal().cloud;
  const [name, setName] = useState("");
  const [accountId, setAccountId] = useState("");
  const [made, setMade] = useState<NewAccount | null>(null);
  const request = { name: name.trim(), ...typed({ accountId: accountId.replaceAll("-", "") }) };
  const create = async () => {
    setMade(await access.createAccount(request));
    setName("");
    setAccountId("");
  };
  return (
    <Dialog
      title="Create an account"
      submit="Create account"
      disabled={request.name === ""}
      keepOpen
      onSubmit={create}
      onClose={onClose}
      calls={[{ member: "access.createAccount", args: [request] }]}
    >
      <TextField label="Name" description="To tell it from others." value={name} onChange={setName} />
      <TextField
        label="Account ID"
        description="Twelve digits; empty: some that are free."
        value={accountId}
        inputMode="numeric"
        placeholder="210987654321"
        onChange={setAccountId}
      />
      {made !== null && (
        <NewKey made={made} what={`The account ${made.accountId}, with a key of its root user,`} onSignedIn={onClose} />
      )}
    </Dialog>
  );
}
