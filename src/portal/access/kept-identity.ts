import type { Access } from "../../api/types.ts";
import type { Disposable } from "../../base/disposable.ts";

const NAME = "tabvisor.access-key-id";

type Kept = Pick<Storage, "getItem" | "setItem" | "removeItem">;

interface KeptIdentity extends Disposable {
  /** Why the tab could not go on as who it was: it is the root user's then. Undefined when it could, or was nobody else. */
  readonly refused: unknown;
}

/**
 * Has a tab work as who it has signed in as over its reloads, and until it is closed: that is how long its session storage
 * lasts. Only the id of the access key is kept, never a secret.
 */
export async function keepIdentity(access: Access, storage: () => Kept = () => sessionStorage): Promise<KeptIdentity> {
  let refused: unknown;
  const kept = read(storage);
  if (kept !== null) {
    try {
      await access.resume(kept);
    } catch (thrown) {
      refused = thrown;
    }
  }
  const subscription = access.onChange(() => write(storage, access.identity.accessKeyId));
  write(storage, access.identity.accessKeyId);
  return { refused, dispose: () => subscription.dispose() };
}

function read(storage: () => Kept): string | null {
  try {
    return storage().getItem(NAME);
  } catch {
    return null;
  }
}

function write(storage: () => Kept, accessKeyId: string): void {
  try {
    if (accessKeyId === "") storage().removeItem(NAME);
    else storage().setItem(NAME, accessKeyId);
  } catch {
    // Where the browser keeps nothing for a page, a tab is the root user's again after a reload.
  }
}
