import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type FormEvent, type ReactNode, useId, useState } from "react";
import { type CloudError, toCloudError } from "../../base/errors.ts";
import type { ApiCall } from "../command/script.ts";
import { ShowCommands } from "../command/show-commands.tsx";
import { sentence } from "../format/text.ts";
import { adviceFor } from "../notifications/advice.ts";
import { type FieldErrors, type FieldOf, refusalText } from "./refusal.ts";

interface DialogProps<Field extends string> {
  readonly title: string;
  /** What the button that does it says. */
  readonly submit: string;
  /** What keeps it from being done as the fields stand. */
  readonly disabled?: boolean;
  /** Closes the dialog when it resolves; what it rejects with is shown in the dialog, which stays: at its field, or below. */
  readonly onSubmit: () => Promise<unknown>;
  readonly onClose: () => void;
  /** What the button that does nothing says. */
  readonly cancel?: string;
  /** The field that a refusal is about; without it, none is about one. */
  readonly fieldOf?: FieldOf<Field>;
  /** It stays when it is done: there is something to be seen in it. */
  readonly keepOpen?: boolean;
  readonly size?: "medium" | "large" | "max";
  /** What is done, as the fields stand: shown as commands to who wants to see them. */
  readonly calls?: readonly ApiCall[];
  /** The fields; as a function they get what was refused of them. */
  readonly children: ReactNode | ((errors: FieldErrors<Field>) => ReactNode);
}

/** Asks for what an action needs, and does it. */
export function Dialog<Field extends string>(props: DialogProps<Field>) {
  const { title, submit, disabled = false, onSubmit, onClose, keepOpen = false, fieldOf } = props;
  const { cancel = keepOpen ? "Close" : "Cancel", calls = [], size = "medium", children } = props;
  const formId = useId();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<CloudError | null>(null);

  const act = async () => {
    setBusy(true);
    setError(null);
    try {
      await onSubmit();
      if (keepOpen) setBusy(false);
      else onClose();
    } catch (thrown) {
      setError(toCloudError(thrown));
      setBusy(false);
    }
  };

  const field = error === null ? undefined : fieldOf?.(error);
  const errors: Partial<Record<Field, string>> = {};
  if (error !== null && field !== undefined) errors[field] = refusalText(error);
  return (
    <Modal
      visible
      size={size}
      header={title}
      // What has begun goes on without the dialog; its end shows in the tables.
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" formAction="none" onClick={onClose}>
              {cancel}
            </Button>
            <Button variant="primary" form={formId} loading={busy} disabled={disabled}>
              {submit}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form
        id={formId}
        noValidate
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          // React hands it on to a form that the dialog was opened from, though the dialog is not inside of that.
          event.stopPropagation();
          if (!busy && !disabled) void act();
        }}
      >
        <SpaceBetween size="m">
          {typeof children === "function" ? children(errors) : children}
          {!disabled && <ShowCommands calls={calls} />}
          {error !== null && field === undefined && (
            <Alert type="error" header={`${error.code}`}>
              {sentence(error.message)} {adviceFor(error.code) ?? ""}
            </Alert>
          )}
        </SpaceBetween>
      </form>
    </Modal>
  );
}
