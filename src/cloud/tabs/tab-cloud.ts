import { DisposableStore } from "../../base/disposable.ts";
import { Emitter, type Event } from "../../base/event.ts";
import type { InstanceState } from "../../lifecycle/states.ts";
import { INSTANCE_TYPES, type InstanceType } from "../instance-types.ts";
import type { Backend } from "./backend.ts";
import { type Facade, resourceFacade } from "./facade.ts";
import { InstancesFacade } from "./instances-facade.ts";
import { LocalBackend, type OwnResources } from "./local-backend.ts";
import { RESOURCES, type ResourceName } from "./plan.ts";

/** What a tab is to its cloud: the one that runs it, or one that shows it and works it through the owner. */
export type TabRole = "owner" | "follower";

export interface RoleChange {
  readonly role: TabRole;
  /** Instances that the owner before had running, and that have stopped with it (or are terminated: L14). */
  readonly stoppedInstanceIds: readonly string[];
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
  readonly storage: Facade<"storage">;
  readonly encryption: Facade<"encryption">;
  readonly instanceTypes: readonly InstanceType[] = INSTANCE_TYPES;
  readonly #roleChanged = new Emitter<RoleChange>();
  readonly #changed = new Map<ResourceName, Emitter<void>>();
  readonly #close: () => Promise<void>;
  #backend: Backend;
  #role: TabRole;
  #subscriptions = new DisposableStore();
  #closed: Promise<void> | undefined;

  constructor(role: TabRole, backend: Backend, close: () => Promise<void>) {
    this.#role = role;
    this.#backend = backend;
    this.#close = close;
    const now = () => this.#backend;
    const facade = <R extends ResourceName>(resource: R) => resourceFacade(resource, now, this.#event(resource));
    this.instances = new InstancesFacade(now);
    this.images = facade("images");
    this.volumes = facade("volumes");
    this.snapshots = facade("snapshots");
    this.backups = facade("backups");
    this.storage = facade("storage");
    this.encryption = facade("encryption");
    this.#subscribe();
  }

  get role(): TabRole {
    return this.#role;
  }

  /** The resources themselves, in the owner: what works on them needs no way to another tab. */
  get resources(): OwnResources | undefined {
    return this.#backend instanceof LocalBackend ? this.#backend.resources : undefined;
  }

  /** Fires when this tab has become the owner. */
  get onRoleChange(): Event<RoleChange> {
    return this.#roleChanged.event;
  }

  /**
   * In the owner: cuts the power of every instance after its disk is flushed, and lets go of everything; another tab
   * that has the cloud open takes over. In a follower the owner goes on.
   */
  dispose(): Promise<void> {
    this.#closed ??= this.#close().finally(() => this.#subscriptions.dispose());
    return this.#closed;
  }

  /** This tab owns the cloud now. */
  become(backend: Backend): void {
    const ran = this.instances.list().filter(({ state }) => RAN.includes(state));
    this.#backend = backend;
    this.#role = "owner";
    this.#subscriptions.dispose();
    this.#subscribe();
    this.instances.rebind();
    for (const resource of RESOURCES) this.#changed.get(resource)?.fire();
    const stopped = ran.filter(({ state }) => !RAN.includes(state));
    this.#roleChanged.fire({ role: "owner", stoppedInstanceIds: stopped.map(({ id }) => id) });
  }

  #event(resource: ResourceName): Event<void> {
    const emitter = new Emitter<void>();
    this.#changed.set(resource, emitter);
    return emitter.event;
  }

  #subscribe(): void {
    this.#subscriptions = new DisposableStore();
    for (const resource of RESOURCES) {
      const fire = () => {
        if (resource === "instances") this.instances.changed();
        else this.#changed.get(resource)?.fire();
      };
      this.#subscriptions.add(this.#backend.onChange(resource)(fire));
    }
  }
}
