import { anyOf, type Event } from "../../base/event.ts";
import type { ClientTokens } from "../client-tokens.ts";
import { invalidRegion } from "../placement.ts";
import type { Change } from "../record-table.ts";
import { isRegion } from "../regions.ts";
import { ownedIn, type Scope } from "../scope.ts";
import { changeTags, checkTags, type Tags } from "../tags.ts";
import type { DiskContext } from "../volumes/disk-context.ts";
import type { IdentityKey } from "./identity-key.ts";
import { CloudNetwork, type Edit, type Identified, type NetworkRecords, type NetworkSight } from "./network.ts";
import type { NetworkKind } from "./network-errors.ts";
import type { PacketNetwork } from "./network-in-force.ts";

/** What the resources of a network work with. */
export interface NetworkContext
  extends NetworkSight,
    Pick<DiskContext, "registry" | "view" | "quotas" | "clock" | "random" | "findInstance"> {
  readonly clientTokens: ClientTokens;
  /** What identity documents are signed with. */
  readonly identityKey: Pick<IdentityKey, "certificate">;
  /** Where packets pass; without one there are records only. */
  readonly packets?: Pick<PacketNetwork, "client"> | undefined;
  /** What of an instance is its primary interface's. */
  readonly setSourceDestCheck: (instanceId: string, check: boolean) => Promise<void>;
}

/** One kind of a network's resources, as far as all kinds are alike. */
export class NetworkCollection<
  K extends NetworkKind,
  Info extends { readonly id: string } = Identified<NetworkRecords[K]>,
> {
  readonly kind: K;
  readonly onChange: Event<void>;
  protected readonly context: NetworkContext;
  protected readonly network: CloudNetwork;

  constructor(context: NetworkContext, kind: K, ...alsoShown: readonly { readonly onChange: Event<void> }[]) {
    this.kind = kind;
    this.context = context;
    this.network = new CloudNetwork(context);
    const { registry } = context;
    const tables = [registry[kind], registry.storedDefaults, ...alsoShown];
    this.onChange = anyOf(...tables.map((table) => table.onChange));
  }

  /** Oldest first. */
  list(): Info[] {
    return this.network.list(this.kind).map((one) => this.describe(one));
  }

  get(id: string): Info {
    return this.describe(this.network.get(this.kind, id));
  }

  /** Replaces all tags. */
  async setTags(id: string, tags: Tags): Promise<Info> {
    const before = this.network.get(this.kind, id).tags;
    await this.commit([this.changeOf(id, { tags: changeTags(before, tags) } as unknown as Partial<NetworkRecords[K]>)]);
    return this.get(id);
  }

  /** As the API shows it. */
  protected describe(one: Identified<NetworkRecords[K]>): Info {
    return one as unknown as Info;
  }

  protected changeOf(id: string, changed: Partial<NetworkRecords[K]>): Edit {
    return this.network.change(this.kind, id, changed);
  }

  protected async commit(edits: readonly Edit[], others: readonly Change[] = []): Promise<void> {
    await this.context.registry.commit([...this.network.changes(edits), ...others]);
  }

  /** Where something is made that is of no VPC. Throws `InvalidParameterValue` for a region that there is not. */
  protected scopeIn(region: string | undefined): Scope {
    const { makesIn } = this.context.view;
    if (region === undefined || region === makesIn.region) return makesIn;
    const scope = { accountId: makesIn.accountId, region };
    if (isRegion(region) && this.context.view.sees(ownedIn(scope))) return scope;
    throw invalidRegion(region);
  }

  /** What every new record begins with. */
  protected newIn(scope: Scope, tags: Tags | undefined) {
    return { ...ownedIn(scope), tags: checkTags(tags), createdAt: this.context.clock.now() };
  }

  /** Makes one thing once, however often its request comes with that client token (F74). */
  protected async once(
    action: string,
    scope: Scope,
    { clientToken, ...request }: { readonly clientToken?: string },
    make: () => { readonly id: string; readonly edits: readonly Edit[] },
  ): Promise<Info> {
    const [id = ""] = await this.context.clientTokens.once(action, scope, clientToken, request, async (remember) => {
      const made = make();
      await this.commit(made.edits, remember([made.id]));
      return [made.id];
    });
    return this.get(id);
  }
}
