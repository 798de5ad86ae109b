import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";
import type { AccessKey, NewAccessKey, User } from "../../api/types.ts";
import { formatShortDateTime } from "../format/time.ts";
import { usePortal } from "../live/portal-context.ts";
import { useLoaded } from "../live/use-loaded.ts";
import { Dialog } from "../resources/dialog.tsx";
import { useAction } from "../resources/use-action.ts";

/** A user's access keys: a new one is shown once. */
export function AccessKeys({ user, onClose }: { user: User; onClose: () => void }) {
  const { cloud } = usePortal();
  const { access } = cloud;
  const { userName } = user;
  const keys = useLoaded(() => access.listAccessKeys({ userName }), access.onChange);
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
      {made !== null && <NewKey made={made} onSignIn={() => access.signIn(made).then(onClose)} />}
      <Table
        variant="embedded"
        items={keys.value ?? []}
        loading={keys.value === null && keys.error === null}
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
                <Button
                  formAction="none"
                  variant="inline-link"
                  ariaLabel={`${key.status === "Active" ? "Deactivate" : "Activate"} ${key.accessKeyId}`}
                  onClick={() => run("Could not change the access key", () => change(key))}
                >
                  {key.status === "Active" ? "Deactivate" : "Activate"}
                </Button>
                <Button
                  formAction="none"
                  variant="inline-link"
                  ariaLabel={`Delete ${key.accessKeyId}`}
                  onClick={() =>
                    run("Could not delete the access key", () =>
                      access.deleteAccessKey({ userName, accessKeyId: key.accessKeyId }),
                    )
                  }
                >
                  Delete
                </Button>
              </SpaceBetween>
            ),
          },
        ]}
      />
    </Dialog>
  );
}

function NewKey({ made, onSignIn }: { made: NewAccessKey; onSignIn: () => Promise<unknown> }) {
  const run = useAction();
  return (
    <Alert
      type="success"
      header="The access key has been made"
      action={
        <Button formAction="none" onClick={() => run("Could not sign in", onSignIn)}>
          Sign in with it
        </Button>
      }
    >
      <Box variant="p">This is the only time that the secret is shown: keep it now.</Box>
      <KeyValuePairs
        items={[
          { label: "Access key ID", value: <Copied text={made.accessKeyId} what="access key ID" /> },
          { label: "Secret access key", value: <Copied text={made.secretAccessKey} what="secret access key" /> },
        ]}
      />
    </Alert>
  );
}

function Copied({ text, what }: { text: string; what: string }) {
  return (
    <CopyToClipboard
      variant="inline"
      textToCopy={text}
      copyButtonAriaLabel={`Copy the ${what}`}
      copySuccessText="Copied"
      copyErrorText="Could not be copied"
    />
  );
}
