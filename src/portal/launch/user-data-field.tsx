import type { ReactNode } from "react";
import { TextAreaField } from "../resources/fields.tsx";

interface UserDataFieldProps {
  readonly label: ReactNode;
  readonly value: string;
  readonly error?: string | undefined;
  readonly onChange: (userData: string) => void;
}

/** What runs at the first start (F10). */
export function UserDataField(props: UserDataFieldProps) {
  return (
    <TextAreaField
      {...props}
      description="A script that begins with #!, run as root at the first start, or a #cloud-config. At most 16 KiB."
      rows={6}
      placeholder={'#!/bin/sh\necho "hello from $(hostname)"'}
    />
  );
}
