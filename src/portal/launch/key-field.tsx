import SpaceBetween from "@cloudscape-design/components/space-between";
import { CreateKeyPair } from "../key-pairs/create-key-pair.tsx";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-live.ts";
import { DialogButton } from "../resources/dialog-button.tsx";
import { SelectField } from "../resources/fields.tsx";

interface KeyFieldProps {
  /** A key pair's name; empty: none. */
  readonly keyName: string;
  readonly error?: string | undefined;
  readonly onChange: (keyName: string) => void;
}

const NONE = { value: "", label: "Without a key pair" };

/** With whose private key one may log in (F62). */
export function KeyField({ keyName, error, onChange }: KeyFieldProps) {
  const { cloud } = usePortal();
  useRerenderOn(cloud.keyPairs.onChange);
  const keys = cloud.keyPairs.list().map(({ name, type, fingerprint }) => ({
    value: name,
    label: name,
    labelTag: type,
    description: fingerprint,
  }));
  return (
    <SpaceBetween size="xs">
      <SelectField
        label="Key pair (login)"
        description="Its public key goes to the login user at the first start: who has its private key logs in by SSH. The console, and sessions on the page Connect, need none."
        error={error}
        options={[NONE, ...keys]}
        filteringType={keys.length > 5 ? "auto" : "none"}
        value={keyName}
        onChange={onChange}
      />
      <DialogButton text="Create key pair" dialog={(close) => <CreateKeyPair onClose={close} onCreated={onChange} />} />
    </SpaceBetween>
  );
}
