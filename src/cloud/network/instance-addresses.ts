import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import type { InstanceId } from "../../base/ids.ts";
import type { Registry } from "../registry.ts";

/** What an instance is reached at: its primary interface's primary address. */
export interface InstanceAddresses {
  readonly privateIp: string;
  /** Its Elastic IP address, else the one that it is given while it runs (F53). */
  readonly publicIp: string | null;
}

/** Undefined of an instance without interfaces: one that is terminated. */
export function addressesOfInstance(registry: Registry, instanceId: string): InstanceAddresses | undefined {
  const primary = registry.interfacesOfInstance
    .of(instanceId)
    .find(([, { attachment }]) => attachment?.deviceIndex === 0);
  if (primary === undefined) return undefined;
  const [id, { privateIpAddress, publicIp }] = primary;
  const elastic = registry.addressesOfInterface
    .of(id)
    .find(([, { association }]) => association?.privateIpAddress === privateIpAddress);
  return { privateIp: privateIpAddress, publicIp: elastic?.[1].publicIp ?? publicIp };
}

/**
 * Tells of instances whose addresses have become other ones: of those of one transaction together. That an instance comes or
 * goes is told by itself.
 */
export class AddressWatch implements Disposable {
  readonly #registry: Registry;
  readonly #owned = new DisposableStore();
  /** By instance, by interface and by Elastic IP address: as they were. */
  readonly #known = new Map<string, string>();
  readonly #instances = new Map<string, string>();
  readonly #interfaces = new Map<string, string>();
  readonly #touched = new Set<string>();

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** Begins, when the records are there. */
  start(listener: (instanceIds: readonly InstanceId[]) => void): void {
    const { networkInterfaces, addresses } = this.#registry;
    for (const [id] of networkInterfaces.entries()) this.#touchInterface(id);
    for (const [id] of addresses.entries()) this.#touchAddress(id);
    this.#changed();
    const tell = () => {
      const changed = this.#changed();
      if (changed.length > 0) listener(changed as InstanceId[]);
    };
    this.#owned.add(networkInterfaces.onRecord((id) => this.#touchInterface(id)));
    this.#owned.add(addresses.onRecord((id) => this.#touchAddress(id)));
    this.#owned.add(networkInterfaces.onChange(tell));
    this.#owned.add(addresses.onChange(tell));
  }

  dispose(): void {
    this.#owned.dispose();
  }

  /** Both whose it was and whose it is. */
  #touchInterface(id: string): void {
    this.#touch(this.#instances.get(id));
    const instanceId = this.#registry.networkInterfaces.get(id)?.attachment?.instanceId;
    remember(this.#instances, id, instanceId);
    this.#touch(instanceId);
  }

  #touchAddress(id: string): void {
    this.#touch(this.#instances.get(this.#interfaces.get(id) ?? ""));
    const interfaceId = this.#registry.addresses.get(id)?.association?.networkInterfaceId;
    remember(this.#interfaces, id, interfaceId);
    this.#touch(this.#instances.get(interfaceId ?? ""));
  }

  #touch(instanceId: string | undefined): void {
    if (instanceId !== undefined) this.#touched.add(instanceId);
  }

  #changed(): string[] {
    const changed = [...this.#touched].filter((id) => {
      const before = this.#known.get(id);
      const addresses = addressesOfInstance(this.#registry, id);
      const now = addresses && `${addresses.privateIp} ${addresses.publicIp}`;
      remember(this.#known, id, now);
      return before !== undefined && now !== undefined && before !== now;
    });
    this.#touched.clear();
    return changed;
  }
}

function remember(known: Map<string, string>, key: string, value: string | undefined): void {
  if (value === undefined) known.delete(key);
  else known.set(key, value);
}
