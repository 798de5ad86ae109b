import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Toggle from "@cloudscape-design/components/toggle";
import { useState } from "react";
import type { EncryptionState } from "../../api/types.ts";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-live.ts";
import { Question } from "../resources/question.tsx";
import { useAction } from "../resources/use-action.ts";
import { SetPassphraseDialog, UnlockDialog } from "./passphrase-dialogs.tsx";

/** How encrypted disks are opened, and whether new ones are encrypted. */
export function EncryptionSection() {
  const { cloud } = usePortal();
  useRerenderOn(cloud.encryption.onChange);
  useRerenderOn(cloud.volumes.onChange);
  useRerenderOn(cloud.snapshots.onChange);
  const run = useAction();
  const { encryption } = cloud;
  const { state, encryptByDefault } = encryption;
  const volumes = cloud.volumes.list().filter(({ encrypted }) => encrypted).length;
  const snapshots = cloud.snapshots.list().filter(({ encrypted }) => encrypted).length;
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Volumes can be encrypted in the browser's storage, each with a key of its own; their snapshots are too."
          actions={<EncryptionActions state={state} />}
        >
          Encryption
        </Header>
      }
    >
      <SpaceBetween size="l">
        <KeyValuePairs
          columns={3}
          items={[
            { label: "State", value: <State state={state} /> },
            { label: "The keys are opened by", value: OPENED_BY[state.kind] },
            { label: "Encrypted", value: `${count(volumes, "volume")}, ${count(snapshots, "snapshot")}` },
          ]}
        />
        <Toggle
          checked={encryptByDefault}
          description="Every new volume, import and copy; what there is stays as it is."
          onChange={({ detail }) =>
            run("Could not change encryption by default", () => encryption.setEncryptByDefault(detail.checked))
          }
        >
          Encrypt by default
        </Toggle>
      </SpaceBetween>
    </Container>
  );
}

const OPENED_BY: Readonly<Record<EncryptionState["kind"], string>> = {
  "browser-key": "A key that this browser keeps: whoever can read the browser's own files can read it",
  passphrase: "Your passphrase, and nothing that is stored",
};

function State({ state: { kind, locked } }: { state: EncryptionState }) {
  if (locked) return <StatusIndicator type="stopped">Locked</StatusIndicator>;
  return <StatusIndicator type="success">{kind === "passphrase" ? "Unlocked" : "Ready"}</StatusIndicator>;
}

function EncryptionActions({ state: { kind, locked } }: { state: EncryptionState }) {
  const { cloud } = usePortal();
  const run = useAction();
  const [asking, setAsking] = useState<"set" | "unlock" | "remove" | null>(null);
  const close = () => setAsking(null);
  const hasPassphrase = kind === "passphrase";
  return (
    <SpaceBetween direction="horizontal" size="xs">
      {locked && <Button onClick={() => setAsking("unlock")}>Unlock</Button>}
      {hasPassphrase && !locked && (
        <>
          <Button onClick={() => run("Could not lock", () => cloud.encryption.lock())}>Lock</Button>
          <Button onClick={() => setAsking("remove")}>Remove passphrase</Button>
        </>
      )}
      {!locked && (
        <Button onClick={() => setAsking("set")}>{hasPassphrase ? "Change passphrase" : "Set passphrase"}</Button>
      )}
      {asking === "unlock" && <UnlockDialog onClose={close} />}
      {asking === "set" && <SetPassphraseDialog isChange={hasPassphrase} onClose={close} />}
      {asking === "remove" && (
        <Question
          title="Remove the passphrase"
          submit="Remove"
          consequence="The keys are opened by a key that this browser keeps again, without being asked."
          onSubmit={() => cloud.encryption.removePassphrase()}
          onClose={close}
        />
      )}
    </SpaceBetween>
  );
}

const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? "" : "s"}`;
