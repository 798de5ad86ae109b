import type { Disposable } from "../../base/disposable.ts";
import { Emitter, type Event } from "../../base/event.ts";
import type { CloudInstance } from "../instance.ts";
import type { InstanceConsole } from "../instance-console.ts";
import type { OpenConnection } from "../network/connections.ts";
import type { Backend, InstanceSource } from "./backend.ts";
import { type InstanceConnectionCalls, instanceConnections } from "./instance-connections.ts";
import { type ApiResources, CONSOLE_PLAN, INSTANCE_PLAN, type Kind, PLAN, type ResourceName } from "./plan.ts";

/** A resource as a tab's cloud shows it, whether this tab has it or another one. */
export type Facade<R extends ResourceName> = Pick<ApiResources[R], keyof (typeof PLAN)[R] & keyof ApiResources[R]>;

/** An instance as a tab's cloud shows it. */
export type Instance = Omit<Pick<CloudInstance, keyof typeof INSTANCE_PLAN & keyof CloudInstance>, "connect"> &
  InstanceConnectionCalls & {
    readonly console: Pick<InstanceConsole, "onData" | "history" | keyof typeof CONSOLE_PLAN>;
  };

/** Where a facade's members come from, by kind. */
interface Members {
  call?(member: string, args: readonly unknown[]): Promise<unknown>;
  list?(): readonly unknown[];
  get?(id: string): unknown;
  value?(member: string): unknown;
  readonly event?: Event<void>;
}

/** Makes an object with the members of a plan. What its members are is said by the plan; here they are only wired. */
function wire(plan: Readonly<Record<string, Kind>>, members: Members): object {
  const descriptors: PropertyDescriptorMap = {};
  for (const [member, kind] of Object.entries(plan)) {
    if (kind === "value") {
      descriptors[member] = { enumerable: true, get: () => members.value?.(member) };
      continue;
    }
    const value = {
      call: (...args: unknown[]) => members.call?.(member, args),
      list: () => members.list?.(),
      get: (id: string) => members.get?.(id),
      event: members.event,
    }[kind];
    descriptors[member] = { enumerable: true, value };
  }
  return Object.defineProperties({}, descriptors);
}

/** `event`: the resource's `onChange`, whatever the backend is at the time. */
export function resourceFacade<R extends ResourceName>(
  resource: R,
  backend: () => Backend,
  event: Event<void>,
): Facade<R> {
  return wire(PLAN[resource], {
    call: (method, args) => backend().call({ resource, id: null, method }, args),
    list: () => backend().list(resource),
    get: (id) => backend().get(resource, id),
    value: (member) => backend().value(resource, member),
    event,
  }) as Facade<R>;
}

/** One instance, the same object whatever the backend is: `bind` gives it another source. */
export class InstanceHandle implements Disposable {
  readonly instance: Instance;
  readonly #changed = new Emitter<void>();
  readonly #listeners = new Map<object, { readonly listener: OnData; subscription: Disposable }>();
  #source: InstanceSource;
  #subscription: Disposable;

  constructor(source: InstanceSource, backend: () => Backend) {
    const { id } = source;
    this.#source = source;
    this.#subscription = source.onChange(() => this.#changed.fire());
    const console = {
      ...wire(CONSOLE_PLAN, { call: (method, args) => backend().call({ resource: "console", id, method }, args) }),
      history: () => this.#source.console.history(),
      onData: (listener: OnData) => this.#onData(listener),
    };
    const { connect: _, ...plan } = INSTANCE_PLAN;
    const instance = wire(plan, {
      call: (method, args) => backend().call({ resource: "instance", id, method }, args),
      value: (member) => (this.#source.facts as unknown as Readonly<Record<string, unknown>>)[member],
      event: this.#changed.event,
    });
    const connections = instanceConnections(
      async (request) =>
        (await backend().call({ resource: "instance", id, method: "connect" }, [request])) as OpenConnection,
    );
    this.instance = Object.defineProperties(instance, {
      console: { enumerable: true, value: console },
      connect: { enumerable: true, value: connections.connect },
      fetch: { enumerable: true, value: connections.fetch },
      webSocket: { enumerable: true, value: connections.webSocket },
    }) as Instance;
  }

  /** What listens goes on with the other source; who listens for changes hears of one. */
  bind(source: InstanceSource): void {
    this.#subscription.dispose();
    this.#source = source;
    this.#subscription = source.onChange(() => this.#changed.fire());
    for (const entry of this.#listeners.values()) {
      entry.subscription.dispose();
      entry.subscription = source.console.onData(entry.listener);
    }
    this.#changed.fire();
  }

  /** It stays readable as it was last. */
  dispose(): void {
    this.#subscription.dispose();
  }

  #onData(listener: OnData): Disposable {
    const key = {};
    this.#listeners.set(key, { listener, subscription: this.#source.console.onData(listener) });
    return {
      dispose: () => {
        this.#listeners.get(key)?.subscription.dispose();
        this.#listeners.delete(key);
      },
    };
  }
}

type OnData = Parameters<InstanceConsole["onData"]>[0];
