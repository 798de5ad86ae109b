import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Grid from "@cloudscape-design/components/grid";
import Input from "@cloudscape-design/components/input";
import { useEffect, useState } from "react";
import type { Address } from "./address.ts";

interface AddressFormProps extends Address {
  readonly onOpen: (address: Address) => void;
}

/** Port and path, followed when the page in the frame leads to another one. */
export function AddressForm({ port, path, onOpen }: AddressFormProps) {
  const [typedPort, setPort] = useState(String(port));
  const [typedPath, setPath] = useState(path);
  useEffect(() => setPath(path), [path]);
  const number = Number(typedPort);
  const isPort = Number.isInteger(number) && number >= 1 && number <= 65_535;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isPort) onOpen({ port: number, path: typedPath.startsWith("/") ? typedPath : `/${typedPath}` });
      }}
    >
      <Grid
        gridDefinition={[
          { colspan: { default: 4, s: 2 } },
          { colspan: { default: 8, s: 8 } },
          { colspan: { default: 12, s: 2 } },
        ]}
      >
        <FormField label="Port" errorText={isPort ? null : "1 to 65535"}>
          <Input
            value={typedPort}
            type="number"
            inputMode="numeric"
            autoComplete={false}
            onChange={({ detail }) => setPort(detail.value)}
          />
        </FormField>
        <FormField label="Path" stretch>
          <Input
            value={typedPath}
            autoComplete={false}
            spellcheck={false}
            onChange={({ detail }) => setPath(detail.value)}
          />
        </FormField>
        {/* In line with the fields, below the height of their labels. */}
        <FormField label={<>&nbsp;</>}>
          <Button formAction="submit" fullWidth>
            Open
          </Button>
        </FormField>
      </Grid>
    </form>
  );
}
