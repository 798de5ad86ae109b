import { CloudError } from "../../base/errors.ts";

export function unreadable(why: string, cause?: unknown): CloudError {
  if (cause instanceof CloudError) return cause;
  const text = `The file is not a private key that can be read here: ${why}.`;
  return new CloudError("Ssh.KeyFormat", text, {}, cause);
}

export function encrypted(): CloudError {
  const text = "The private key has a passphrase. `ssh-keygen -p -f FILE` makes a copy without one.";
  return new CloudError("Ssh.KeyEncrypted", text);
}
