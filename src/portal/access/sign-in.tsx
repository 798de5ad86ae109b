import Box from "@cloudscape-design/components/box";
import { useState } from "react";
import type { Cloud } from "../../api/types.ts";
import { Dialog } from "../resources/dialog.tsx";
import { TextField } from "../resources/fields.tsx";

/** Works as whose access key it is, in this tab, until it is closed. */
export function SignIn({ cloud, onClose }: { cloud: Cloud; onClose: () => void }) {
  const [accessKeyId, setAccessKeyId] = useState("");
  const [secretAccessKey, setSecret] = useState("");
  return (
    <Dialog
      title="Sign in as another user"
      submit="Sign in"
      disabled={accessKeyId === "" || secretAccessKey === ""}
      onSubmit={() => cloud.access.signIn({ accessKeyId: accessKeyId.trim(), secretAccessKey: secretAccessKey.trim() })}
      onClose={onClose}
    >
      <Box variant="p">
        This tab then does, and shows, what that user may, until you sign out or close it. The secret is not kept.
      </Box>
      <TextField label="Access key ID" value={accessKeyId} onChange={setAccessKeyId} />
      <TextField label="Secret access key" type="password" value={secretAccessKey} onChange={setSecret} />
    </Dialog>
  );
}
