import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";
import type { AccessKey, NewAccessKey, User } from "../../api/types.ts";
import { formatShortDateTime } from "../format/time.ts";
import { usePortal } from "../live/portal-context.ts";
import { useLoaded } from "../live/use-loaded.ts";
import { Dialog } from "../resources/dialog.tsx";
import { useAction } from "../resources/use-action.ts";
import { NewKey } from "./new-key.tsx";

/** A user's access keys: a new one is shown once. */
export function AccessKeys({ user, onClose }: { user: User; onClose: () => void }) {
  const { cloud } = usePortal();
  const { access } = cloud;
  const { userName } = user;
  const keys = useLoaded(() => access.listAccessKeys({ userName }), [access.onChange]);
  const [made, setMade] = useState<NewAccessKey | null>(null);
  const run = useAction();
  const change = ({ accessKeyId, status }: AccessKey) =>
    access.updateAccessKey({ userName, accessKeyId, status: status === "Active" ? "Inactive" : "Active" });
  return (
    <Dialog
      title={`Access keys of ${userName}`}
      submit="Create access key"
      keepOpen
      onSubmit={async () => setMade(await access.createAccessKey({ userName }))}
      onClose={onClose}
    >
      {made !== null && <NewKey made={made} what="The access key" onSignedIn={onClose} />}
      <Table
        variant="embedded"
        items={keys.value ?? []}
        loading={keys.loading}
        loadingText="Loading the keys"
        trackBy="accessKeyId"
        ariaLabels={{ tableLabel: `Access keys of ${userName}` }}
        empty="There are none: the user can be signed in as with one only."
        columnDefinitions={[
          {
            id: "id",
            header: "Access key ID",
            cell: ({ accessKeyId }) => <code>{accessKeyId}</code>,
            isRowHeader: true,
          },
          { id: "status", header: "Status", cell: ({ status }) => status },
          { id: "created", header: "Created", cell: ({ createTime }) => formatShortDateTime(createTime) },
          {
            id: "actions",
            header: "Actions",
            cell: (key) => (
              <SpaceBetween direction="horizontal" size="xs">
                <InlineButton
                  text={key.status === "Active" ? "Deactivate" : "Activate"}
                  of={key}
                  onClick={() => run("Could not change the access key", () => change(key))}
                />
                <InlineButton
                  text="Delete"
                  of={key}
                  onClick={() =>
                    run("Could not delete the access key", () =>
                      access.deleteAccessKey({ userName, accessKeyId: key.accessKeyId }),
                    )
                  }
                />
              </SpaceBetween>
            ),
          },
        ]}
      />
    </Dialog>
  );
}

function InlineButton({ text, of, onClick }: { text: string; of: AccessKey; onClick: () => void }) {
  return (
    <Button formAction="none" variant="inline-link" ariaLabel={`${text} ${of.accessKeyId}`} onClick={onClick}>
      {text}
    </Button>
  );
}
