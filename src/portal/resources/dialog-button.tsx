import Button from "@cloudscape-design/components/button";
import { type ReactNode, useState } from "react";

interface DialogButtonProps {
  readonly text: string;
  readonly primary?: boolean;
  /** Why it cannot be clicked; null when it can. */
  readonly whyNot?: string | null;
  readonly dialog: (close: () => void) => ReactNode;
}

/** A button that opens a dialog. */
export function DialogButton({ text, primary = false, whyNot = null, dialog }: DialogButtonProps) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button
        variant={primary ? "primary" : "normal"}
        disabled={whyNot !== null}
        {...(whyNot !== null && { disabledReason: whyNot })}
        // Within a form it is no way to send it.
        formAction="none"
        onClick={() => setOpen(true)}
      >
        {text}
      </Button>
      {open && dialog(() => setOpen(false))}
    </>
  );
}
