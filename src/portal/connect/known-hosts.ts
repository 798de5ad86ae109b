import type { HostKey } from "../ssh/host-key.ts";

/**
 * The keys of hosts that were accepted, by instance. They are the client's, as ~/.ssh/known_hosts is, so they are in this
 * browser's local storage: whoever can change the cloud's own records could otherwise change them along with a host.
 */
const PREFIX = "tabvisor.known-host.";

type Storage = Pick<globalThis.Storage, "getItem" | "setItem">;

/** The key under which an instance is known; null for none. */
export function knownHost(instanceId: string, storage: Storage): HostKey | null {
  const [type, fingerprint] = storage.getItem(PREFIX + instanceId)?.split(" ") ?? [];
  return type !== undefined && fingerprint !== undefined ? { type, fingerprint } : null;
}

/** From now on it is known under this key alone. */
export function rememberHost(instanceId: string, { type, fingerprint }: HostKey, storage: Storage): void {
  storage.setItem(PREFIX + instanceId, `${type} ${fingerprint}`);
}

/** What a user has to be asked before anything is sent to a host. */
export interface HostQuestion {
  readonly shown: HostKey;
  /** Null: it has never been met. */
  readonly known: HostKey | null;
}

/** Null where the key is the one that is known. */
export function questionAbout(instanceId: string, shown: HostKey, storage: Storage): HostQuestion | null {
  const known = knownHost(instanceId, storage);
  return known?.fingerprint === shown.fingerprint ? null : { shown, known };
}
