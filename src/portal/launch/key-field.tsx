import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-live.ts";
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
    <SelectField
      label="Key pair (login)"
      description="Its public key goes to the login user at the first start. The console needs none."
      error={error}
      options={[NONE, ...keys]}
      filteringType={keys.length > 5 ? "auto" : "none"}
      value={keyName}
      onChange={onChange}
    />
  );
}
