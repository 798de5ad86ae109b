import Alert from "@cloudscape-design/components/alert";
import { useState } from "react";
import { usePortal } from "../live/portal-context.ts";
import { Dialog } from "../resources/dialog.tsx";
import { PasswordField } from "../resources/fields.tsx";

/** Asks for the passphrase. */
export function UnlockDialog({ onClose }: { onClose: () => void }) {
  const { cloud } = usePortal();
  const [passphrase, setPassphrase] = useState("");
  return (
    <Dialog
      title="Unlock encryption"
      submit="Unlock"
      disabled={passphrase === ""}
      onSubmit={() => cloud.encryption.unlock(passphrase)}
      onClose={onClose}
    >
      <PasswordField label="Passphrase" value={passphrase} onChange={setPassphrase} />
    </Dialog>
  );
}

/** Asks for a new passphrase, twice: nobody can be told a forgotten one. */
export function SetPassphraseDialog({ isChange, onClose }: { isChange: boolean; onClose: () => void }) {
  const { cloud } = usePortal();
  const [passphrase, setPassphrase] = useState("");
  const [again, setAgain] = useState("");
  const differs = again !== "" && again !== passphrase;
  const title = isChange ? "Change the passphrase" : "Set a passphrase";
  return (
    <Dialog
      title={title}
      submit={title}
      disabled={passphrase === "" || again !== passphrase}
      onSubmit={() => cloud.encryption.setPassphrase(passphrase)}
      onClose={onClose}
    >
      <Alert type="warning">
        Whoever forgets the passphrase has lost every encrypted volume and snapshot: nobody can get them back. After
        every reload of the page it is asked for.
      </Alert>
      <PasswordField
        isNew
        label="New passphrase"
        description="At least 8 characters; a few random words are better than one."
        value={passphrase}
        onChange={setPassphrase}
      />
      <PasswordField
        isNew
        label="The same again"
        error={differs && "The two are not the same."}
        value={again}
        onChange={setAgain}
      />
    </Dialog>
  );
}
