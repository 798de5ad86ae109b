import { CloudError } from "../../base/errors.ts";
import type { Event } from "../../base/event.ts";
import type { CallTarget } from "../../protocol/tab-contract.ts";
import type { CloudResources } from "../assembly.ts";
import type { Backend, InstanceSource } from "./backend.ts";
import { type PLAN, planOf, type ResourceName } from "./plan.ts";

/** A resource, or an instance, by the names of its members; `plan.ts` has checked which there are. */
type Members = Readonly<Record<string, unknown>>;
type Method = (this: unknown, ...args: unknown[]) => unknown;

/** What the owner has, and what followers do not see of it. */
export type OwnResources = Pick<CloudResources, keyof typeof PLAN | "tags">;

/** The owner's: calls go straight to the resources. */
export class LocalBackend implements Backend {
  readonly #resources: OwnResources;

  constructor(resources: OwnResources) {
    this.#resources = resources;
  }

  get resources(): OwnResources {
    return this.#resources;
  }

  /** `Protocol.UnknownMethod` for what is no call of the plan: what is asked for may come from another tab. */
  async call({ resource, id, method }: CallTarget, args: readonly unknown[]): Promise<unknown> {
    const plan = planOf(resource);
    if (plan === undefined || !Object.hasOwn(plan, method) || plan[method] !== "call") {
      throw new CloudError("Protocol.UnknownMethod", `The cloud has no method "${resource}.${method}".`, { resource });
    }
    if (resource === "instances") {
      const launched = await this.#resources.instances.launch(...(args as [never]));
      return launched.map((instance) => instance.id);
    }
    const members = this.#members(resource, id);
    return await (members[method] as Method).call(members, ...args);
  }

  list(resource: ResourceName): readonly { readonly id: string }[] {
    return this.#run(resource, "list", []) as { id: string }[];
  }

  get(resource: ResourceName, id: string): { readonly id: string } {
    return this.#run(resource, "get", [id]) as { id: string };
  }

  value(resource: ResourceName, member: string): unknown {
    return this.#members(resource, null)[member];
  }

  onChange(resource: ResourceName): Event<void> {
    return this.#resources[resource].onChange;
  }

  instance(id: string): InstanceSource | undefined {
    const found = this.#resources.instances.list().find((instance) => instance.id === id);
    return found && { id, facts: found, onChange: found.onChange, console: found.console };
  }

  #members(resource: string, id: string | null): Members {
    const { instances } = this.#resources;
    const target: object =
      resource === "instance"
        ? instances.get(id ?? "")
        : resource === "console"
          ? instances.get(id ?? "").console
          : this.#resources[resource as ResourceName];
    return target as Members;
  }

  #run(resource: ResourceName, method: string, args: readonly unknown[]): unknown {
    const members = this.#members(resource, null);
    return (members[method] as Method).call(members, ...args);
  }
}
