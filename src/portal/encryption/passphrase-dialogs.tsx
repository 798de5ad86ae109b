import Alert from "@cloudscape-design/components/alert";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";
import { usePortal } from "../live/portal-context.ts";
import { Dialog } from "../resources/dialog.tsx";

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
      <FormField label="Passphrase">
        <Input
          value={passphrase}
          type="password"
          autoComplete="current-password"
          onChange={({ detail }) => setPassphrase(detail.value)}
        />
      </FormField>
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
      <FormField label="New passphrase" description="At least 8 characters; a few random words are better than one.">
        <Input
          value={passphrase}
          type="password"
          autoComplete="new-password"
          onChange={({ detail }) => setPassphrase(detail.value)}
        />
      </FormField>
      <FormField label="The same again" errorText={differs && "The two are not the same."}>
        <Input
          value={again}
          type="password"
          autoComplete="new-password"
          onChange={({ detail }) => setAgain(detail.value)}
        />
      </FormField>
    </Dialog>
  );
}
