import { type Disposable, toDisposable } from "../base/disposable.ts";
import { CloudError } from "../base/errors.ts";
import { webLocks } from "../base/locks.ts";
import { PROTOCOL_VERSION } from "../protocol/handshake.ts";

/**
 * Which build of the page a tab runs: two tabs work together only when it is the same. A built file's name has its
 * content's hash in it, so that another build of this code has another URL.
 */
const tabVersion = `${PROTOCOL_VERSION}:${encodeURIComponent(import.meta.url)}`;

/** The one that has this lock is the owner; who waits for it is the next one, in the order of asking. */
const ownerLock = (cloud: string) => `tabvisor-cloud-${cloud}`;
const announcementPrefix = (cloud: string) => `tabvisor-owner ${cloud} `;

export interface AnnouncedOwner {
  /** A Web Lock that it holds as long as it serves other tabs. */
  readonly lifeLock: string;
  readonly isSameVersion: boolean;
}

/** Throws `Cloud.InsecureContext` where the browser gives no locks. */
export function checkLocks(): void {
  if ("locks" in navigator) return;
  throw new CloudError(
    "Cloud.InsecureContext",
    "This page needs a secure context: serve it over https, or open it on localhost.",
  );
}

/** Makes this tab the one owner of the cloud, if there is none. */
export async function takeOwnership(cloud: string): Promise<Disposable | undefined> {
  return asDisposable(await webLocks(navigator.locks).acquire(ownerLock(cloud), { ifAvailable: true }));
}

/** Resolves when this tab is the one owner of the cloud; undefined when it was aborted before. */
export async function waitForOwnership(cloud: string, signal: AbortSignal): Promise<Disposable | undefined> {
  return asDisposable(await webLocks(navigator.locks).acquire(ownerLock(cloud), { signal }));
}

/** Lets other tabs find this one, and notice when it is gone. */
export async function announceOwner(cloud: string): Promise<Disposable> {
  return await holdLifeLock(`${announcementPrefix(cloud)}${tabVersion} ${crypto.randomUUID()}`);
}

/** The owner, once it serves other tabs. */
export async function findOwner(cloud: string): Promise<AnnouncedOwner | undefined> {
  const { held = [] } = await navigator.locks.query();
  const prefix = announcementPrefix(cloud);
  const lifeLock = held.map(({ name }) => name).find((name) => name?.startsWith(prefix));
  if (lifeLock === undefined) return undefined;
  return { lifeLock, isSameVersion: lifeLock.startsWith(`${prefix}${tabVersion} `) };
}

/** Holds a lock that nobody else has; given up when disposed of, or when this page dies. */
export async function holdLifeLock(name: string): Promise<Disposable> {
  const held = asDisposable(await webLocks(navigator.locks).acquire(name));
  if (held === undefined) throw new TypeError("a lock was not given that nobody has");
  return held;
}

/** How long the workers of a page that is gone may need to die: browsers end one that computes after some two seconds. */
const DEPARTED_MS = 8_000;

/**
 * Waits until nobody uses the instances and volumes of a database any more, bounded: the workers of the owner before may
 * be about to die. What is still held then is told by whoever needs it.
 */
export async function waitForDeparted(database: string): Promise<void> {
  const { held = [] } = await navigator.locks.query();
  const names = held.map(({ name = "" }) => name).filter((name) => isOfDatabase(name, database));
  const signal = AbortSignal.timeout(DEPARTED_MS);
  const releases = await Promise.all(names.map((name) => webLocks(navigator.locks).acquire(name, { signal })));
  for (const release of releases) release?.();
}

/** Locks on what is in a database are named "tabvisor-volume <database>/<id>", "tabvisor-instance <database>/<id>". */
function isOfDatabase(lock: string, database: string): boolean {
  const [kind = "", what = ""] = lock.split(" ");
  return kind.startsWith("tabvisor-") && what.startsWith(`${database}/`);
}

const asDisposable = (release: (() => void) | undefined) => release && toDisposable(release);
