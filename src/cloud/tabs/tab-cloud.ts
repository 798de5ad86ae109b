import { DisposableStore } from "../../base/disposable.ts";
import { Emitter, type Event } from "../../base/event.ts";
import type { InstanceState } from "../../lifecycle/states.ts";
import type { CloudOptions } from "../cloud-options.ts";
import { INSTANCE_TYPES, type InstanceType } from "../instance-types.ts";
import type { StopProgress } from "../stop-all.ts";
import { type AccessFacade, accessFacade } from "./access-facade.ts";
import type { Backend } from "./backend.ts";
import { CallerBackend } from "./caller-backend.ts";
import { type EncryptionFacade, encryptionFacade } from "./encryption-facade.ts";
import { EventsFacade } from "./events-facade.ts";
import { type Facade, resourceFacade } from "./facade.ts";
import { InstancesFacade } from "./instances-facade.ts";
import { EC2 } from "./local-backend.ts";
import { RESOURCES, type ResourceName } from "./plan.ts";

/** What a tab is to its cloud: the one that runs it, or one that shows it and works it through the owner. */
export type TabRole = "owner" | "follower";

export interface RoleChange {
  readonly role: TabRole;
  /** Instances that the owner before had running, and that have stopped with it (or are terminated: L14). */
  readonly stoppedInstanceIds: readonly string[];
}

/** What runs the cloud, or knows who does. */
export interface CloudHost {
  stopAll(told: (progress: StopProgress) => void): Promise<void>;
  close(): Promise<void>;
}

/** States in which an instance has a machine. */
const RAN: readonly InstanceState[] = ["pending", "running", "stopping"];

/** A cloud that is open in this tab. */
export class TabCloud {
  readonly instances: InstancesFacade;
  readonly images: Facade<"images">;
  readonly volumes: Facade<"volumes">;
  readonly snapshots: Facade<"snapshots">;
  readonly backups: Facade<"backups">;
  readonly keyPairs: Facade<"keyPairs">;
  readonly launchTemplates: Facade<"launchTemplates">;
  readonly network: Facade<"network">;
  readonly vpcs: Facade<"vpcs">;
  readonly subnets: Facade<"subnets">;
  readonly securityGroups: Facade<"securityGroups">;
  readonly routeTables: Facade<"routeTables">;
  readonly internetGateways: Facade<"internetGateways">;
  readonly natGateways: Facade<"natGateways">;
  readonly networkAcls: Facade<"networkAcls">;
  readonly networkInterfaces: Facade<"networkInterfaces">;
  readonly addresses: Facade<"addresses">;
  readonly flowLogs: Facade<"flowLogs">;
  readonly quotas: Facade<"quotas">;
  readonly billing: Facade<"billing">;
  readonly storage: Facade<"storage">;
  readonly encryption: EncryptionFacade;
  readonly instanceTypes: readonly InstanceType[] = INSTANCE_TYPES;
  readonly access: AccessFacade;
  readonly events: EventsFacade;
  readonly #roleChanged = new Emitter<RoleChange>();
  readonly #caller: CallerBackend;
  readonly #changed = new Map<ResourceName, Emitter<void>>();
  readonly #host: CloudHost;
  #backend: Backend;
  #role: TabRole;
  #subscriptions = new DisposableStore();
  #closed: Promise<void> | undefined;

  /** `origin`: how what is called here stands in the audit log. */
  constructor(role: TabRole, backend: Backend, host: CloudHost, origin: NonNullable<CloudOptions["origin"]> = "api") {
    this.#role = role;
    this.#backend = backend;
    this.#host = host;
    const whole = () => this.#backend;
    this.#caller = new CallerBackend(whole, origin);
    const now = () => this.#caller;
    const facade = <R extends ResourceName>(resource: R) => resourceFacade(resource, now, this.#event(resource));
    this.instances = new InstancesFacade(now, whole);
    this.access = accessFacade(facade("access"), this.#caller);
    this.events = new EventsFacade(facade("events"));
    this.images = facade("images");
    this.volumes = facade("volumes");
    this.snapshots = facade("snapshots");
    this.backups = facade("backups");
    this.keyPairs = facade("keyPairs");
    this.launchTemplates = facade("launchTemplates");
    this.network = facade("network");
    this.vpcs = facade("vpcs");
    this.subnets = facade("subnets");
    this.securityGroups = facade("securityGroups");
    this.routeTables = facade("routeTables");
    this.internetGateways = facade("internetGateways");
    this.natGateways = facade("natGateways");
    this.networkAcls = facade("networkAcls");
    this.networkInterfaces = facade("networkInterfaces");
    this.addresses = facade("addresses");
    this.flowLogs = facade("flowLogs");
    this.quotas = facade("quotas");
    this.billing = facade("billing");
    this.storage = facade("storage");
    this.encryption = encryptionFacade(facade("encryption"), this.#caller);
    this.#subscribe();
  }

  get role(): TabRole {
    return this.#role;
  }

  /** Has EC2's endpoint, which is the owner's, answer a request. */
  async handleEc2(request: unknown): Promise<unknown> {
    return await this.#backend.call({ resource: EC2, id: null, method: "handle" }, [request]);
  }

  /** Fires when this tab has become the owner. */
  get onRoleChange(): Event<RoleChange> {
    return this.#roleChanged.event;
  }

  /**
   * In the owner: stops the instances of all accounts and regions in order, whoever this tab works as: whoever has the page
   * can close it, and this is how to do so gently. In a follower: `IncorrectState`.
   */
  async stopAll(told: (progress: StopProgress) => void = () => {}): Promise<void> {
    await this.#host.stopAll(told);
  }

  /**
   * In the owner: cuts the power of every instance after its disk is flushed, and lets go of everything; another tab
   * that has the cloud open takes over. In a follower the owner goes on.
   */
  dispose(): Promise<void> {
    this.#closed ??= this.#host.close().finally(() => {
      this.#subscriptions.dispose();
      this.events.dispose();
    });
    return this.#closed;
  }

  /** This tab owns the cloud now. */
  become(backend: Backend): void {
    const stateOf = ({ id }: { readonly id: string }) => this.#backend.instance(id)?.facts.state;
    const runs = (instance: { readonly id: string }) => RAN.some((state) => state === stateOf(instance));
    const ran = this.#backend.list("instances").filter(runs);
    this.#backend = backend;
    this.#role = "owner";
    this.#subscriptions.dispose();
    this.#subscribe();
    this.instances.rebind();
    this.#fireAll();
    const stopped = ran.filter((instance) => !runs(instance));
    this.#roleChanged.fire({ role: "owner", stoppedInstanceIds: stopped.map(({ id }) => id) });
  }

  /** Everything may look different now. */
  #fireAll(): void {
    for (const resource of RESOURCES) this.#fire(resource);
  }

  #fire(resource: ResourceName): void {
    if (resource === "instances") this.instances.changed();
    else this.#changed.get(resource)?.fire();
  }

  #event(resource: ResourceName): Event<void> {
    const emitter = new Emitter<void>();
    this.#changed.set(resource, emitter);
    return emitter.event;
  }

  #subscribe(): void {
    this.#subscriptions = new DisposableStore();
    this.#subscriptions.add(this.#backend.onChange("access")(() => this.#caller.policiesChanged()));
    this.#subscriptions.add(this.#caller.onIdentity(() => this.#fireAll()));
    for (const resource of RESOURCES) {
      this.#subscriptions.add(this.#backend.onChange(resource)(() => this.#fire(resource)));
    }
  }
}
