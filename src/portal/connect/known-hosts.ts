import { CloudError } from "../../base/errors.ts";
import type { HostKey } from "../ssh/host-key.ts";

/**
 * The keys of hosts that were accepted, by instance. They are the client's, as ~/.ssh/known_hosts is, so they are in this
 * browser's local storage: whoever can change the cloud's own records could otherwise change them along with a host.
 */
const PREFIX = "tabvisor.known-host.";

type Storage = Pick<globalThis.Storage, "getItem" | "setItem" | "removeItem">;

/** The key under which an instance is known; null for none. */
export function knownHost(instanceId: string, storage: Storage): HostKey | null {
  const [type, fingerprint] = storage.getItem(PREFIX + instanceId)?.split(" ") ?? [];
  return type !== undefined && fingerprint !== undefined ? { type, fingerprint } : null;
}

export function rememberHost(instanceId: string, { type, fingerprint }: HostKey, storage: Storage): void {
  storage.setItem(PREFIX + instanceId, `${type} ${fingerprint}`);
}

export function forgetHost(instanceId: string, storage: Storage): void {
  storage.removeItem(PREFIX + instanceId);
}

/**
 * Whether a host's key is the one that is known; false where none is. Another one is `Ssh.HostKeyChanged`, which says both:
 * somebody may be in between, or the instance has another root volume.
 */
export function isKnownHost(instanceId: string, key: HostKey, storage: Storage): boolean {
  const known = knownHost(instanceId, storage);
  if (known === null) return false;
  if (known.fingerprint === key.fingerprint) return true;
  const text = `The key of ${instanceId} has changed, so nothing was sent to it. Known here is ${known.type} ${known.fingerprint}; what answers now has ${key.type} ${key.fingerprint}. Somebody may be listening in, or the instance has a new system. Look at its key on its serial console before you trust it.`;
  throw new CloudError("Ssh.HostKeyChanged", text, { instanceId, known: known.fingerprint, shown: key.fingerprint });
}
