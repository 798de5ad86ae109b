import { delay, systemClock } from "../base/clock.ts";
import type { Disposable } from "../base/disposable.ts";
import { CloudError } from "../base/errors.ts";
import { reportBackground } from "./background.ts";
import type { CloudOptions } from "./cloud-options.ts";
import { type OpenEndpoint, type OwnedCloud, openOwnedCloud } from "./owned-cloud.ts";
import { checkLocks, takeOwnership, waitForOwnership } from "./ownership.ts";
import { canMeet } from "./tabs/meeting.ts";
import { OwnerLink } from "./tabs/owner-link.ts";
import { RemoteBackend } from "./tabs/remote-backend.ts";
import { TabCloud } from "./tabs/tab-cloud.ts";

export type { CloudOptions } from "./cloud-options.ts";

/** A page that is being reloaded gives its lock up within moments; where tabs cannot meet, another tab never does. */
const RELOAD_MS = 3_000;
/** The owner may be in the middle of opening a large cloud, or of closing it. */
const OWNER_ANSWERS_MS = 30_000;
/** Between two tries to take over: what is in the way (a full disk, say) may have gone. */
const TRY_AGAIN_MS = 1_000;

/** Opens the cloud in this tab: as its owner when there is none, else as a follower. See `api/index.ts`. */
export async function openTabCloud(options: CloudOptions = {}, ec2?: OpenEndpoint): Promise<TabCloud> {
  const name = checkName(options.name);
  checkLocks();
  const ownership = await takeOwnership(name);
  const open = (own: Disposable) => openOwnedCloud(name, options, own, ec2);
  if (ownership !== undefined) return asOwner(await open(ownership), options);
  return canMeet() ? await new Follower(name, options, open).open() : await afterReload(name, options, open);
}

type Open = (ownership: Disposable) => Promise<OwnedCloud>;
type Told = Parameters<OwnedCloud["stopAll"]>[0];

function asOwner({ backend, ...host }: OwnedCloud, { origin }: CloudOptions): TabCloud {
  return new TabCloud("owner", backend, host, origin);
}

/** Where two tabs cannot be brought together, only the page before this one is waited for. */
async function afterReload(name: string, options: CloudOptions, open: Open): Promise<TabCloud> {
  const ownership = await waitForOwnership(name, AbortSignal.timeout(RELOAD_MS));
  if (ownership !== undefined) return asOwner(await open(ownership), options);
  const text = `The cloud "${name}" is open in another tab, and this browser has no shared workers, through which tabs could share it. Use that tab, or close it and try again here.`;
  throw new CloudError("Cloud.InUse", text, { name });
}

/** A tab that waits for ownership, and works through the owner meanwhile. */
class Follower {
  readonly #name: string;
  readonly #options: CloudOptions;
  readonly #open: Open;
  readonly #remote = new RemoteBackend(systemClock);
  readonly #closing = new AbortController();
  #link: OwnerLink;
  #cloud: TabCloud | undefined;
  #owned: OwnedCloud | undefined;

  constructor(name: string, options: CloudOptions, open: Open) {
    this.#name = name;
    this.#options = options;
    this.#open = open;
    this.#link = new OwnerLink(name, this.#remote, systemClock);
  }

  /** Resolves as soon as there is an owner: another tab, or this one. */
  async open(): Promise<TabCloud> {
    const owning = this.#takeOver();
    const connected = this.#link.open().then((isOpen) => (isOpen ? undefined : owning));
    const tooLate = delay(systemClock, OWNER_ANSWERS_MS).then(() => Promise.reject(silent(this.#name)));
    // One of them decides; what comes of the others afterwards is nobody's opening any more.
    for (const other of [owning, connected, tooLate]) other.catch(() => {});
    try {
      const owned = await Promise.race([owning, connected, tooLate]);
      if (owned !== undefined) return asOwner(owned, this.#options);
    } catch (error) {
      await this.#close();
      throw error;
    }
    const host = { stopAll: (told: Told) => this.#stopAll(told), close: () => this.#close() };
    const cloud = new TabCloud("follower", this.#remote, host, this.#options.origin);
    this.#cloud = cloud;
    owning.then((owned) => owned && this.#become(cloud, owned)).catch(reportBackground);
    return cloud;
  }

  /** Resolves when this tab owns the cloud and has opened it; undefined when it is closed before. */
  async #takeOver(): Promise<OwnedCloud | undefined> {
    for (;;) {
      const ownership = await waitForOwnership(this.#name, this.#closing.signal);
      if (ownership === undefined) return undefined;
      // This tab is no follower any more, least of all its own.
      this.#link.dispose();
      this.#remote.wait();
      try {
        return await this.#open(ownership);
      } catch (error) {
        if (this.#cloud === undefined) throw error;
        reportBackground(error);
        await delay(systemClock, TRY_AGAIN_MS);
        // Another tab may fare better.
        this.#link = new OwnerLink(this.#name, this.#remote, systemClock);
        this.#link.open().catch(reportBackground);
      }
    }
  }

  #become(cloud: TabCloud, owned: OwnedCloud): void {
    if (this.#closing.signal.aborted) return void owned.close().catch(reportBackground);
    this.#owned = owned;
    cloud.become(owned.backend);
    // What was called for meanwhile.
    this.#remote.use(owned.backend);
  }

  async #stopAll(told: Told): Promise<void> {
    if (this.#owned !== undefined) return await this.#owned.stopAll(told);
    const text = "Another tab runs the cloud: only that one can stop all that it runs.";
    throw new CloudError("IncorrectState", text, { name: this.#name });
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    this.#link.dispose();
    if (this.#owned !== undefined) return await this.#owned.close();
    this.#remote.refuse(new CloudError("Cloud.Disposed", "The cloud has been disposed of."));
  }
}

function silent(name: string): CloudError {
  const text = `Another tab has the cloud "${name}" open, but it does not answer. Close or reload that tab, then try again here.`;
  return new CloudError("Cloud.InUse", text, { name });
}

function checkName(name = "default"): string {
  if (/^[A-Za-z0-9_-]{1,64}$/.test(name)) return name;
  throw new CloudError("InvalidParameterValue", `Invalid cloud name "${name}": use 1–64 letters, digits, "-" or "_".`, {
    name,
  });
}
