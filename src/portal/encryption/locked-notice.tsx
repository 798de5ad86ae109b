import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import { useState } from "react";
import type { Cloud } from "../../api/types.ts";
import { useRerenderOn } from "../live/use-live.ts";
import { UnlockDialog } from "./passphrase-dialogs.tsx";

/** Says, on every page, that encrypted disks cannot be used until the passphrase is given. */
export function LockedNotice({ cloud }: { cloud: Cloud }) {
  useRerenderOn(cloud.encryption.onChange);
  const [asking, setAsking] = useState(false);
  if (!cloud.encryption.state.locked) return null;
  return (
    <Box margin={{ bottom: "s" }}>
      <Alert type="info" header="Encryption is locked" action={<Button onClick={() => setAsking(true)}>Unlock</Button>}>
        Encrypted volumes and snapshots are all there, but cannot be used before the passphrase is given. What runs goes
        on.
      </Alert>
      {asking && <UnlockDialog onClose={() => setAsking(false)} />}
    </Box>
  );
}
