import Alert from "@cloudscape-design/components/alert";
import Checkbox from "@cloudscape-design/components/checkbox";
import TokenGroup from "@cloudscape-design/components/token-group";
import { useState } from "react";
import type { PermissionChange } from "../../api/image-types.ts";
import type { ApiCall } from "../command/script.ts";
import { Dialog } from "../resources/dialog.tsx";
import { TextField } from "../resources/fields.tsx";

const EVERYBODY = "all";

interface ShareProps {
  readonly title: string;
  /** What others can do with it then, e.g. "launch it". */
  readonly use: string;
  readonly permissions: readonly string[];
  readonly callOf: (change: PermissionChange) => ApiCall;
  readonly onShare: (change: PermissionChange) => Promise<unknown>;
  readonly onClose: () => void;
}

/** Who else may use an image or a snapshot: accounts, or everybody (F34, F50). */
export function Share({ title, use, permissions, callOf, onShare, onClose }: ShareProps) {
  const [shared, setShared] = useState(permissions);
  const [account, setAccount] = useState("");
  const typed = account.trim().replaceAll("-", "");
  const next = typed === "" || shared.includes(typed) ? shared : [...shared, typed];
  const accounts = next.filter((whom) => whom !== EVERYBODY);
  const isPublic = shared.includes(EVERYBODY);
  const add = next.filter((whom) => !permissions.includes(whom));
  const remove = permissions.filter((whom) => !next.includes(whom));
  const change = { ...(add.length > 0 && { add }), ...(remove.length > 0 && { remove }) };
  const isValid = typed === "" || /^\d{12}$/.test(typed);

  return (
    <Dialog
      title={title}
      submit="Share"
      disabled={!isValid || add.length + remove.length === 0}
      onSubmit={() => onShare(change)}
      calls={[callOf(change)]}
      onClose={onClose}
    >
      <Checkbox
        checked={isPublic}
        description={`Every account of this cloud can ${use}.`}
        onChange={({ detail }) =>
          setShared(detail.checked ? [...shared, EVERYBODY] : shared.filter((whom) => whom !== EVERYBODY))
        }
      >
        Everybody
      </Checkbox>
      <TextField
        label="Account"
        description={`Twelve digits. It can ${use}, and make its own of it; it cannot change it, nor share it on.`}
        error={isValid ? null : "An account's id has twelve digits."}
        value={account}
        inputMode="numeric"
        placeholder="210987654321"
        onChange={setAccount}
      />
      <TokenGroup
        items={accounts
          .filter((whom) => whom !== typed)
          .map((whom) => ({ label: whom, dismissLabel: `Remove ${whom}` }))}
        onDismiss={({ detail }) => {
          const dismissed = accounts.filter((whom) => whom !== typed)[detail.itemIndex];
          setShared(shared.filter((whom) => whom !== dismissed));
        }}
      />
      {remove.length > 0 && <Alert type="info">What was made of it before stays.</Alert>}
    </Dialog>
  );
}
