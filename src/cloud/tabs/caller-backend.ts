import { CloudError, toCloudError } from "../../base/errors.ts";
import { Emitter, type Event } from "../../base/event.ts";
import type { CallTarget } from "../../protocol/tab-contract.ts";
import type { DeniedRead } from "../access/access-calls.ts";
import type { Identity } from "../access/access-info.ts";
import { identityOf, type Origin, rootCaller } from "../access/caller.ts";
import { READ_ACTIONS, type ReadResource } from "../access/read-actions.ts";
import { reportBackground } from "../background.ts";
import type { Backend, InstanceSource } from "./backend.ts";
import { notFound } from "./mirror.ts";
import type { ResourceName } from "./plan.ts";

export interface SignInRequest {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

type TabOrigin = Extract<Origin, "api" | "portal">;
type Denied = Partial<Record<string, DeniedRead>>;

/** The backend as whoever this tab has signed in as has it: their calls, their account's lists, and none that are denied. */
export class CallerBackend implements Backend {
  readonly #backend: () => Backend;
  readonly #origin: TabOrigin;
  readonly #changed = new Emitter<void>();
  #identity: Identity;
  #denied: Denied = {};
  #asked = 0;

  constructor(backend: () => Backend, origin: TabOrigin) {
    this.#backend = backend;
    this.#origin = origin;
    this.#identity = identityOf(rootCaller(origin));
  }

  /** Fires after the identity has changed, or what of the lists it may see. */
  readonly onIdentity = this.#changed.event;

  get identity(): Identity {
    return this.#identity;
  }

  /** `AuthFailure` for a key that there is not, is inactive, or has another secret; then it stays as it was. */
  async signIn({ accessKeyId, secretAccessKey }: SignInRequest): Promise<Identity> {
    // Whoever the tab was before, which may be nobody any more, has nothing to do with it.
    const request = { accessKeyId, secretAccessKey };
    return await this.#workAs((await this.#callAs(null, "verifyCredentials", [request])) as Identity);
  }

  /**
   * As whose key it is, without its secret: the owner trusts its tabs, as it does with each of their calls. `AuthFailure`
   * for a key that there is not, or is inactive.
   */
  async resume(accessKeyId: string): Promise<Identity> {
    return await this.#workAs((await this.#callAs(accessKeyId, "getCallerIdentity", [])) as Identity);
  }

  /** The default account's root user, as at first. */
  signOut(): void {
    this.#become(identityOf(rootCaller(this.#origin)), {});
  }

  /** Users or policies have changed. */
  policiesChanged(): void {
    const { accessKeyId } = this.#identity;
    if (accessKeyId === "") return;
    const asked = ++this.#asked;
    const look = async () => {
      const denied = await this.#callAs(accessKeyId, "deniedReads", []).catch(deniedAll);
      if (asked === this.#asked) this.#become(this.#identity, denied as Denied);
    };
    look().catch(reportBackground);
  }

  async call(target: CallTarget, args: readonly unknown[]): Promise<unknown> {
    const accessKeyId = this.#identity.accessKeyId || null;
    return await this.#backend().call({ ...target, caller: { accessKeyId, origin: this.#origin } }, args);
  }

  list(resource: ResourceName): readonly { readonly id: string }[] {
    this.#checkRead(resource);
    return this.#backend()
      .list(resource)
      .filter((item) => this.#isOwn(item));
  }

  get(resource: ResourceName, id: string): { readonly id: string } {
    this.#checkRead(resource);
    const found = this.#backend().get(resource, id);
    if (this.#isOwn(found)) return found;
    throw notFound(resource, id);
  }

  value(resource: ResourceName, member: string): unknown {
    return this.#backend().value(resource, member);
  }

  onChange(resource: ResourceName): Event<void> {
    return this.#backend().onChange(resource);
  }

  instance(id: string): InstanceSource | undefined {
    return this.#backend().instance(id);
  }

  async #workAs(identity: Identity): Promise<Identity> {
    this.#become(identity, (await this.#callAs(identity.accessKeyId, "deniedReads", [])) as Denied);
    return identity;
  }

  #become(identity: Identity, denied: Denied): void {
    this.#asked++;
    this.#identity = identity;
    this.#denied = denied;
    this.#changed.fire();
  }

  #callAs(accessKeyId: string | null, method: string, args: readonly unknown[]): Promise<unknown> {
    const caller = { accessKeyId, origin: this.#origin };
    return this.#backend().call({ resource: "access", id: null, method, caller }, args);
  }

  #checkRead(resource: ResourceName): void {
    const denied = this.#denied[resource];
    if (denied !== undefined) throw new CloudError(denied.code, denied.message, { ...denied.details });
  }

  /** What has no owner is everybody's. */
  #isOwn(item: object): boolean {
    return !("ownerId" in item) || item.ownerId === this.#identity.accountId;
  }
}

/** A key that is no longer good: it sees nothing. */
function deniedAll(thrown: unknown): Denied {
  const { code, message, details } = toCloudError(thrown);
  const denied = { code, message, details };
  return Object.fromEntries(Object.keys(READ_ACTIONS).map((resource) => [resource as ReadResource, denied]));
}
