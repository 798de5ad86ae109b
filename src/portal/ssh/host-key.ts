import { toBase64 } from "../../base/bytes.ts";

/** What a server is known by. */
export interface HostKey {
  /** As SSH names it, e.g. "ssh-ed25519". */
  readonly type: string;
  /** As `ssh` shows it, e.g. "SHA256:Xl…". */
  readonly fingerprint: string;
}

/** Of a public key in SSH's form: SHA-256 in base64 without padding, as `ssh-keygen -l` prints it. */
export async function fingerprintOf(blob: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(blob)));
  return `SHA256:${toBase64(digest).replace(/=+$/, "")}`;
}
