import * as v from "valibot";
import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import { watchLife } from "../../protocol/handshake.ts";
import { type Hello, invitationSchema } from "../../protocol/tab-contract.ts";
import { announceOwner } from "../ownership.ts";
import { FollowerSession } from "./follower-session.ts";
import type { LocalBackend } from "./local-backend.ts";
import { canMeet, invitations, takeHello } from "./meeting.ts";

/** Serves the other tabs of a cloud while this one owns it. */
export class TabHost implements Disposable {
  readonly #backend: LocalBackend;
  readonly #owned = new DisposableStore();
  readonly #sessions = new Set<DisposableStore>();

  private constructor(backend: LocalBackend) {
    this.#backend = backend;
  }

  /** Resolves when other tabs can find this one. Costs nothing but a channel as long as there are none. */
  static async open(cloud: string, backend: LocalBackend): Promise<TabHost> {
    const host = new TabHost(backend);
    if (!canMeet()) return host;
    const channel = invitations(cloud);
    host.#owned.defer(() => channel.close());
    channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      const parsed = v.safeParse(invitationSchema, data);
      if (parsed.success) takeHello(parsed.output.place, (hello) => host.#welcome(hello));
    };
    host.#owned.add(await announceOwner(cloud));
    return host;
  }

  /** The followers notice that the owner is gone. */
  dispose(): void {
    this.#owned.dispose();
    for (const session of this.#sessions) session.dispose();
    this.#sessions.clear();
  }

  #welcome(hello: Hello): void {
    const session = new DisposableStore();
    if (this.#owned.isDisposed) return;
    this.#sessions.add(session);
    session.add(new FollowerSession(this.#backend, hello));
    const end = () => {
      this.#sessions.delete(session);
      session.dispose();
    };
    session.add(watchLife(hello.lifeLock, end));
  }
}
