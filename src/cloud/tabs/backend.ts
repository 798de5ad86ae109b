import type { Event } from "../../base/event.ts";
import type { CallTarget } from "../../protocol/tab-contract.ts";
import type { InstanceConsole } from "../instance-console.ts";
import type { InstanceFacts, ResourceName } from "./plan.ts";

/** One instance as a tab has it: its own, or a copy. */
export interface InstanceSource {
  readonly id: string;
  readonly facts: InstanceFacts;
  readonly onChange: Event<void>;
  readonly console: Pick<InstanceConsole, "onData" | "history">;
}

/** What a tab's cloud works through: the resources themselves in the owner, their copy and calls in a follower. */
export interface Backend {
  /** A method of the API; `instances.launch` gives ids. */
  call(target: CallTarget, args: readonly unknown[]): Promise<unknown>;
  list(resource: ResourceName): readonly { readonly id: string }[];
  /** Throws the API's error when there is none. */
  get(resource: ResourceName, id: string): { readonly id: string };
  value(resource: ResourceName, member: string): unknown;
  onChange(resource: ResourceName): Event<void>;
  /** Undefined when there is none. */
  instance(id: string): InstanceSource | undefined;
}
