import { type Clock, delay } from "../../base/clock.ts";
import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import { CloudError, toCloudError } from "../../base/errors.ts";
import { watchLife } from "../../protocol/handshake.ts";
import { reportBackground } from "../background.ts";
import { type AnnouncedOwner, findOwner, holdLifeLock } from "../ownership.ts";
import { invitations, leaveHello } from "./meeting.ts";
import { OwnerConnection } from "./owner-connection.ts";
import type { RemoteBackend } from "./remote-backend.ts";

/** How often to look for an owner while there is none: between one and the next. */
const LOOK_EVERY_MS = 100;
/** An owner that computes, or whose page is just loading, may take a while to answer; one that never does is tried again. */
const ANSWER_MS = 15_000;

/** Keeps a follower connected with whatever tab owns the cloud. */
export class OwnerLink implements Disposable {
  readonly #cloud: string;
  readonly #backend: RemoteBackend;
  readonly #clock: Clock;
  #attempt: Disposable = new DisposableStore();
  #disposed = false;

  constructor(cloud: string, backend: RemoteBackend, clock: Clock) {
    this.#cloud = cloud;
    this.#backend = backend;
    this.#clock = clock;
  }

  /**
   * Resolves with true when there is a connection; what comes after goes on by itself. False when disposed of before.
   * Rejects with `Cloud.VersionMismatch`, `Worker.LoadFailed`.
   */
  async open(): Promise<boolean> {
    const first = await this.#next();
    if (first === undefined) return false;
    this.#keep(first).catch(reportBackground);
    return true;
  }

  dispose(): void {
    this.#disposed = true;
    this.#attempt.dispose();
  }

  async #keep(first: Connected): Promise<void> {
    let connected: Connected | undefined = first;
    while (connected !== undefined) {
      this.#backend.use(connected.connection);
      await connected.over;
      // Who disposes of it says what is to be done with calls.
      if (this.#disposed) return;
      this.#backend.wait();
      connected = await this.#nextOfAnyVersion();
    }
  }

  /** As `#next`; while the owner is of another version, calls are refused, and the one after it is waited for. */
  async #nextOfAnyVersion(): Promise<Connected | undefined> {
    for (;;) {
      try {
        return await this.#next();
      } catch (thrown) {
        const error = toCloudError(thrown);
        this.#backend.refuse(error);
        reportBackground(error);
        const owner = await findOwner(this.#cloud);
        if (owner !== undefined) await new Promise<void>((resolve) => watchLife(owner.lifeLock, resolve));
        this.#backend.wait();
      }
    }
  }

  /** Undefined when disposed of before. */
  async #next(): Promise<Connected | undefined> {
    while (!this.#disposed) {
      const owner = await findOwner(this.#cloud);
      if (owner === undefined) {
        await delay(this.#clock, LOOK_EVERY_MS);
        continue;
      }
      if (!owner.isSameVersion) throw versionMismatch(this.#cloud);
      const connected = await this.#connect(owner);
      if (connected !== undefined) return connected;
    }
    return undefined;
  }

  /** Undefined when the owner goes away, or does not answer. */
  async #connect(owner: AnnouncedOwner): Promise<Connected | undefined> {
    const attempt = new DisposableStore();
    this.#attempt = attempt;
    const over = new Promise<void>((resolve) => attempt.defer(resolve));
    const end = () => attempt.dispose();
    attempt.add(watchLife(owner.lifeLock, end));
    const lifeLock = `tabvisor-follower ${crypto.randomUUID()}`;
    attempt.add(await holdLifeLock(lifeLock));
    if (attempt.isDisposed) return undefined;
    const [calls, updates] = [new MessageChannel(), new MessageChannel()];
    const ends = { calls: calls.port1, updates: updates.port1 };
    const connection = attempt.add(new OwnerConnection(this.#backend.mirror, ends, end, this.#clock));
    const failed = new Promise<never>((_, reject) => {
      const place = crypto.randomUUID();
      leaveHello(place, { lifeLock, calls: calls.port2, updates: updates.port2 }, reject);
      const channel = invitations(this.#cloud);
      channel.postMessage({ tabvisor: "meet", place });
      channel.close();
    });
    const cancel = this.#clock.setTimer(ANSWER_MS, end);
    try {
      await Promise.race([connection.ready, over, failed]);
    } catch (error) {
      end();
      throw error;
    } finally {
      cancel();
    }
    return attempt.isDisposed ? undefined : { connection, over };
  }
}

interface Connected {
  readonly connection: OwnerConnection;
  /** Resolves when the owner is gone. */
  readonly over: Promise<void>;
}

function versionMismatch(cloud: string): CloudError {
  return new CloudError(
    "Cloud.VersionMismatch",
    `Another tab runs the cloud "${cloud}" with another version of this page. Reload that tab, then this one.`,
    { name: cloud },
  );
}
